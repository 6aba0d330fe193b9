import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseMask } from "../../../electron/engine/physics/masks.ts";
import { type MaskKind, noMask, readMask, usualCentre } from "../../../renderer/state/mask-form.ts";
import { fieldsOf, rangeOf, readField } from "../../../renderer/state/option-fields.ts";
import { words } from "../../../renderer/words/en.ts";

const schema = z.toJSONSchema(
  z.strictObject({
    lambda: z
      .number()
      .min(0)
      .max(100)
      .default(0.01)
      .meta({ title: "Regularisation", help: "Weight.", unit: "1" }),
    iterations: z
      .int()
      .min(1)
      .default(30)
      .meta({ title: "Iterations", help: "Most of them.", unit: "iterations" }),
    sigma: z.number().positive().nullable().default(null).meta({ title: "Noise", help: "", unit: "scaled" }),
    combine: z.enum(["rss", "coils"]).default("rss").meta({ title: "Combine", help: "How." }),
    level: z
      .union([z.literal(1), z.literal(2)])
      .default(2)
      .meta({ title: "Level", help: "" }),
    early: z.boolean().default(true).meta({ title: "Stop early", help: "" }),
    note: z.string().default("x").meta({ title: "Note", help: "" }),
  }),
);

describe("form of a method's options", () => {
  const fields = fieldsOf(schema);
  const field = (key: string) => {
    const found = fields.find((one) => one.key === key);
    if (found === undefined) throw new Error(key);
    return found;
  };

  it("comes from the schema in its order, with defaults, units and ranges", () => {
    expect(fields.map((one) => [one.key, one.kind, one.initial, one.unit, rangeOf(one)])).toEqual([
      ["lambda", "number", 0.01, "", "0 to 100"],
      ["iterations", "integer", 30, "", "1 or more"],
      ["sigma", "number", null, "scaled", "above 0"],
      ["combine", "choice", "rss", "", ""],
      ["level", "choice", 2, "", ""],
      ["early", "boolean", true, "", ""],
      ["note", "text", "x", "", ""],
    ]);
    expect(field("combine").choices).toEqual(["rss", "coils"]);
    expect(fieldsOf({})).toEqual([]);
  });

  it("reads what is written, or says what is wrong with it", () => {
    expect(readField(field("lambda"), " 0,5 ")).toEqual({ value: 0.5, error: null });
    expect(readField(field("lambda"), "1e-3")).toEqual({ value: 0.001, error: null });
    expect(readField(field("lambda"), "much").error).toBe("Write a number.");
    expect(readField(field("lambda"), "").error).toBe("A value is needed.");
    expect(readField(field("lambda"), "-1").error).toBe("At least 0.");
    expect(readField(field("lambda"), "101").error).toBe("At most 100.");
    expect(readField(field("lambda"), "Infinity").error).toBe("Write a number.");
    expect(readField(field("iterations"), "1.5").error).toBe("Write a whole number.");
    expect(readField(field("sigma"), "")).toEqual({ value: null, error: null });
    expect(readField(field("sigma"), "0").error).toBe("Must be above 0.");
    expect(readField(field("level"), "1")).toEqual({ value: 1, error: null });
    expect(readField(field("combine"), "other").error).not.toBeNull();
    expect(readField(field("early"), "false")).toEqual({ value: false, error: null });
  });
});

describe("mask", () => {
  it("writes the grammar of the command line", () => {
    expect(readMask(noMask, 256).spec).toBeNull();
    expect(readMask({ kind: "equispaced", factor: "3", centre: "24" }, 256).spec).toBe("equispaced:3:24");
    expect(readMask({ kind: "random", factor: "4", centre: "0.08" }, 256).spec).toBe("random:4:0.08");
    expect(readMask({ kind: "random", factor: "4", centre: "" }, 256).spec).toBe("random:4:24");
  });

  it("keeps the usual centre: 24 of 256 at 4x, 12 at 8x", () => {
    expect([usualCentre(256, 4), usualCentre(256, 8), usualCentre(128, 4), usualCentre(8, 64)]).toEqual([
      24, 12, 12, 1,
    ]);
  });

  it("knows which kinds step in whole lines", () => {
    const factor = (kind: "equispaced" | "fraction" | "magic") =>
      readMask({ kind, factor: "2.5", centre: "8" }, 256).errors.factor;
    const whole = "R: Write a whole number. Allowed: 2 to 64.";
    expect([factor("equispaced"), factor("fraction"), factor("magic")]).toEqual([whole, null, whole]);
    expect(readMask({ kind: "random", factor: "2", centre: "8.5" }, 256).errors.centre).toBe(
      "Centre lines: Write a whole number. Allowed: 0 to 256.",
    );
  });

  it("offers every kind that the engine draws, in specs that it takes", () => {
    for (const kind of Object.keys(words.form.maskKinds) as MaskKind[]) {
      const { spec } = readMask({ kind, factor: "4", centre: "" }, 256);
      expect(parseMask(spec ?? "").kind).toBe(kind);
    }
  });

  it("says what is wrong, with which field, and what it takes", () => {
    const read = readMask({ kind: "random", factor: "1", centre: "300" }, 256);
    expect(read).toEqual({
      spec: null,
      errors: {
        factor: "R: Must be above 1. Allowed: above 1, 64 or less.",
        centre: "Centre lines: At most 256. Allowed: 0 to 256.",
      },
    });
    expect(readMask({ kind: "equispaced", factor: "1", centre: "" }, 256).errors.factor).toBe(
      "R: At least 2. Allowed: 2 to 64.",
    );
  });
});
