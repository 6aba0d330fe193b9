import { describe, expect, test } from "vitest";
import { methodDescriptionSchema } from "../../../electron/contracts/operations.ts";
import {
  describeMethods,
  methodById,
  methods,
  parseOptions,
} from "../../../electron/engine/methods/index.ts";

test("every method describes itself: unique id, and title, help and default of every option", () => {
  const described = describeMethods();
  const ids = described.map((one) => one.id);
  expect(ids).toEqual(expect.arrayContaining(["zero-filled", "sense", "l1-wavelet", "tv"]));
  expect(new Set(ids).size).toBe(ids.length);
  for (const method of described) {
    expect(() => methodDescriptionSchema.parse(method)).not.toThrow();
    expect(JSON.parse(JSON.stringify(method))).toEqual(method);
    const { properties, additionalProperties, required } = method.optionsSchema as {
      properties: Record<string, Record<string, unknown>>;
      additionalProperties: boolean;
      required?: string[];
    };
    expect(additionalProperties).toBe(false);
    expect(required ?? []).toEqual([]);
    for (const [name, option] of Object.entries(properties)) {
      for (const key of ["title", "help", "default"])
        expect(option, `${method.id} ${name}`).toHaveProperty(key);
      if (option.type === "number" || option.type === "integer") {
        for (const key of ["unit", "minimum", "maximum"])
          expect(option, `${method.id} ${name}`).toHaveProperty(key);
      }
    }
  }
});

test("estimates are positive and grow with the scan", () => {
  for (const method of methods) {
    const options = parseOptions(method, {});
    const small = method.estimate({ slices: 1, coils: 4, rows: 64, columns: 64 }, options);
    const large = method.estimate({ slices: 1, coils: 16, rows: 320, columns: 320 }, options);
    expect(small.bytes).toBeGreaterThan(4 * 64 * 64 * 8);
    expect(large.bytes).toBeGreaterThan(small.bytes);
    expect(large.seconds).toBeGreaterThan(small.seconds);
  }
});

describe("options", () => {
  const sense = methodById("sense");

  test("defaults are filled in and text is read as the option's type", () => {
    expect(parseOptions(sense, {})).toEqual({
      lambda: 0.01,
      iterations: 30,
      tolerance: 1e-6,
      maps: "espirit",
      whiten: "auto",
      virtualCoils: 0,
    });
    expect(parseOptions(sense, { lambda: "1e-3", iterations: "12" })).toEqual({
      lambda: 0.001,
      iterations: 12,
      tolerance: 1e-6,
      maps: "espirit",
      whiten: "auto",
      virtualCoils: 0,
    });
    expect(parseOptions(sense, { lambda: 0 })).toMatchObject({ lambda: 0 });
    expect(parseOptions(methodById("zero-filled"), { combine: "coils", maps: "low-resolution" })).toEqual({
      combine: "coils",
      maps: "low-resolution",
    });
  });

  test.each([
    ["sense", { lambda: "-1" }, ["lambda", "from 0 to 100"]],
    ["sense", { lambda: "much" }, ["lambda", "a number"]],
    ["sense", { lambda: "" }, ["lambda", "a number"]],
    ["sense", { iterations: "0" }, ["iterations", "a whole number from 1 to 1000 (iterations)"]],
    ["sense", { iterations: "2.5" }, ["iterations", "a whole number"]],
    ["sense", { iterations: "Infinity" }, ["iterations"]],
    ["sense", { lamda: "1" }, ["lamda", "lambda, iterations, tolerance"]],
    ["sense", { constructor: "1" }, ["constructor", "no option"]],
    ["zero-filled", { combine: "sum" }, ["combine", "rss, coils"]],
    ["sense", { maps: "walsh" }, ["maps", "espirit, espirit-soft, low-resolution"]],
  ])("%s with %j is refused with what is due", (id, raw, words) => {
    let said = "";
    try {
      parseOptions(methodById(id), raw);
    } catch (error) {
      const { fault } = error as { fault: { code: string; reason: string; hint: string; where: string } };
      said = `${fault.code} ${fault.where} ${fault.reason} ${fault.hint}`;
    }
    expect(said).toContain("USAGE");
    for (const word of words) expect(said).toContain(word);
  });

  test("an unknown method is refused with those that are known", () => {
    expect(() => methodById("magic")).toThrow("USAGE");
    try {
      methodById("magic");
    } catch (error) {
      expect((error as { fault: { hint: string } }).fault.hint).toContain("zero-filled, sense, grappa");
    }
  });
});
