import { expect, test } from "vitest";
import { cancelled } from "../../../electron/engine/base/errors.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { disc } from "../../support/disc.ts";
import { maskedSlice, runMethod } from "../../support/method-run.ts";

const { maps, samples } = disc(4, 40, 36);
const scan = (spec: string) => maskedSlice(samples, drawMask(parseMask(spec), 40, 36, 0));

test("sensitivities are estimated by ESPIRiT unless low-resolution images are asked for", async () => {
  const input = scan("equispaced:2:20:0");
  const [usual, espirit, soft, low] = await Promise.all(
    [{}, { maps: "espirit" }, { maps: "espirit-soft" }, { maps: "low-resolution" }].map((options) =>
      runMethod("zero-filled", input, { combine: "coils", ...options }),
    ),
  );
  expect(usual.result.image.data).toEqual(espirit.result.image.data);
  expect(usual.result.image.data).not.toEqual(soft.result.image.data);
  expect(usual.result.image.data).not.toEqual(low.result.image.data);
  expect([...usual.told.notices, ...low.told.notices]).toEqual([]);
});

test("maps that are given go before either", async () => {
  const input = scan("equispaced:2:20:0");
  const [one, other] = await Promise.all(
    ["espirit", "low-resolution"].map((estimation) =>
      runMethod("zero-filled", input, { combine: "coils", maps: estimation }, { maps }),
    ),
  );
  expect(one.result.image.data).toEqual(other.result.image.data);
});

test("where the block is too small for ESPIRiT low-resolution images step in, and it is said", async () => {
  const input = scan("equispaced:5:9:2");
  const options = { combine: "coils", maps: "low-resolution" };
  const small = await runMethod("zero-filled", input, { combine: "coils" });
  expect(small.told.notices.join(" ")).toContain("too small for ESPIRiT, which needs 10 x 10");
  expect(small.told.notices.join(" ")).toContain("calibration lines only");
  expect(small.result.image.data).toEqual((await runMethod("zero-filled", input, options)).result.image.data);
  await expect(runMethod("zero-filled", scan("equispaced:5:0:2"), { combine: "coils" })).rejects.toThrow(
    "NO_CALIBRATION",
  );
});

test("few lines are told, also by ESPIRiT", async () => {
  const { told } = await runMethod("zero-filled", scan("equispaced:5:12:0"), { combine: "coils" });
  expect(told.notices.join()).toMatch(/from 1[234] calibration lines only/);
  expect(told.notices.join()).not.toContain("too small");
});

test("one coil has no sensitivities to find: its image keeps its whole field of view, and nothing is said", async () => {
  const one = disc(1, 40, 36);
  const input = maskedSlice(one.samples, drawMask(parseMask("equispaced:1:0:0"), 40, 36, 0));
  const { result, told } = await runMethod("zero-filled", input, { combine: "coils" });
  expect(told.notices).toEqual([]);
  expect(result.residual).toBeLessThan(0.05);
});

test("an estimation is cancelled before the method begins", async () => {
  let steps = 0;
  const run = runMethod(
    "sense",
    scan("equispaced:2:20:0"),
    {},
    {
      onStep: (step) => {
        steps = step;
        if (step === 2) throw cancelled();
      },
    },
  );
  await expect(run).rejects.toThrow("CANCELLED");
  expect(steps).toBe(2);
});
