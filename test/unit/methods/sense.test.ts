import { describe, expect, test } from "vitest";
import { cancelled } from "../../../electron/engine/base/errors.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { addNoise } from "../../../electron/engine/physics/noise.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { nrmse } from "../../support/compare.ts";
import { maskedSlice, runMethod } from "../../support/method-run.ts";
import { randomArray } from "../../support/operator.ts";

const [rows, columns, coils] = [48, 41, 6];
const maps = simulatedCoils(coils, rows, columns, 1);

/** A smooth complex object that fills part of the field of view. */
const object = (() => {
  const image = randomArray([rows, columns], 1);
  for (let i = 0; i < rows * columns; i++) {
    const y = Math.floor(i / columns) / rows - 0.5;
    const x = (i % columns) / columns - 0.5;
    const body = x * x + y * y < 0.14 ? 1 + 0.4 * Math.sin(20 * x) * Math.cos(17 * y) : 0;
    image.data[2 * i] = body * Math.cos(2 * x + y);
    image.data[2 * i + 1] = body * Math.sin(2 * x + y);
  }
  return image;
})();

function scan(spec: string, height = 1, noise = 0) {
  const mask = drawMask(parseMask(spec), rows, columns, 0);
  const samples = senseOperator(maps, mask).forward(object);
  for (let i = 0; i < samples.data.length; i++) samples.data[i] *= height;
  if (noise > 0) addNoise(samples, noise * height, randomStream(1, "test.sense"));
  return maskedSlice(samples, mask);
}

describe("sense", () => {
  test("gives the object back from half of the lines, at any absolute size", async () => {
    for (const height of [4e-4, 1, 5e13]) {
      const input = scan("equispaced:2:16:0", height);
      const { result } = await runMethod("sense", input, { lambda: 0, iterations: 60 }, { maps });
      const scaled = object.data.map((value) => value * height);
      expect(nrmse(scaled, result.image.data), String(height)).toBeLessThan(2e-3);
      expect(result.residual).toBeLessThan(1e-3);
      expect(result.scale / height).toBeGreaterThan(0.7);
      expect(result.scale / height).toBeLessThan(1.6);
    }
  });

  test("tells a falling residual per iteration that ends at the true one, and previews in the input's scale", async () => {
    const input = scan("equispaced:3:12:0", 50, 0.02);
    const { result, told } = await runMethod("sense", input, { iterations: 12 }, { maps });
    expect(told.steps.map((step) => step.iteration)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(told.steps.at(-1)?.fraction).toBe(1);
    const residuals = told.steps.map((step) => step.residual!);
    for (let i = 1; i < 6; i++) expect(residuals[i]).toBeLessThan(residuals[i - 1]);
    expect(residuals.at(-1)).toBeCloseTo(result.residual!, 4);
    expect(nrmse(result.image.data, told.previews.at(-1)!.data)).toBeLessThan(1e-6);
    expect(result.iterations).toBe(12);
  });

  test("a larger lambda fits less and is smaller", async () => {
    const input = scan("equispaced:2:16:0");
    const [less, more] = await Promise.all(
      [0.001, 1].map((lambda) => runMethod("sense", input, { lambda }, { maps })),
    );
    expect(more.result.residual!).toBeGreaterThan(less.result.residual! + 0.1);
  });

  test("stops early at the tolerance, and runs every iteration for 0", async () => {
    const input = scan("equispaced:1:0:0");
    expect((await runMethod("sense", input, { iterations: 20 }, { maps })).result.iterations).toBeLessThan(5);
  });

  test("is cancelled within the iteration", async () => {
    const input = scan("equispaced:3:12:0", 1, 0.02);
    let steps = 0;
    const run = runMethod(
      "sense",
      input,
      { iterations: 100 },
      {
        maps,
        onStep: (step) => {
          steps = step;
          if (step === 3) throw cancelled();
        },
      },
    );
    await expect(run).rejects.toThrow("CANCELLED");
    expect(steps).toBe(3);
  });

  test("estimates its maps where none are given, refuses without calibration lines, leaves the input alone", async () => {
    const input = scan("equispaced:2:16:0");
    const before = input.samples.data.slice();
    const { result } = await runMethod("sense", input);
    expect(input.samples.data).toEqual(before);
    expect(result.residual).toBeLessThan(0.1);
    await expect(runMethod("sense", scan("equispaced:2:0:0"))).rejects.toThrow("NO_CALIBRATION");
    const given = await runMethod("sense", scan("equispaced:2:0:0"), {}, { maps });
    expect(given.told.notices.join()).toContain("scale");
    await expect(
      runMethod("sense", input, {}, { maps: simulatedCoils(coils + 1, rows, columns, 0) }),
    ).rejects.toThrow("SHAPE_MISMATCH");
  });

  test("the order of the coils changes nothing that counts", async () => {
    const input = scan("equispaced:2:16:0", 1, 0.01);
    const plane = 2 * rows * columns;
    const data = new Float32Array(input.samples.data.length);
    for (let coil = 0; coil < coils; coil++) {
      data.set(input.samples.data.subarray(coil * plane, (coil + 1) * plane), (coils - 1 - coil) * plane);
    }
    const reversed = { ...input, samples: { shape: input.samples.shape, data } };
    const [one, other] = [await runMethod("sense", input), await runMethod("sense", reversed)];
    expect(nrmse(one.result.image.data, other.result.image.data)).toBeLessThan(1e-5);
    expect((await runMethod("sense", input)).result.image.data).toEqual(one.result.image.data);
  });
});

describe("zero-filled", () => {
  test("is the magnitude, or with coils the complex image, of a fully sampled scan", async () => {
    const input = scan("equispaced:1:0:0", 7);
    const rss = (await runMethod("zero-filled", input)).result;
    const coilImage = (await runMethod("zero-filled", input, { combine: "coils" }, { maps })).result;
    const scaled = object.data.map((value) => 7 * value);
    expect(nrmse(scaled, coilImage.image.data)).toBeLessThan(1e-5);
    expect(coilImage.residual).toBeLessThan(1e-5);
    expect(rss).toMatchObject({ residual: null, iterations: 0, scale: 1 });
    for (let i = 0; i < scaled.length; i += 2) {
      expect(Math.abs(rss.image.data[i] - Math.hypot(scaled[i], scaled[i + 1]))).toBeLessThan(1e-4);
    }
  });
});
