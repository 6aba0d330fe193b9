import { describe, expect, test } from "vitest";
import type { ComplexArray } from "../../../electron/engine/base/complex.ts";
import { complexZeros, energy } from "../../../electron/engine/base/complex.ts";
import { cancelled } from "../../../electron/engine/base/errors.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import { kspaceResidual } from "../../../electron/engine/judge/residual.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { finiteDifferences } from "../../../electron/engine/physics/finite-differences.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { addNoise } from "../../../electron/engine/physics/noise.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { vectorNorm } from "../../../electron/engine/physics/total-variation.ts";
import { detailNorm, waveletOperator } from "../../../electron/engine/physics/wavelet.ts";
import { nrmse } from "../../support/compare.ts";
import { maskedSlice, runMethod } from "../../support/method-run.ts";

const [rows, columns, coils] = [72, 61, 6];
const maps = simulatedCoils(coils, rows, columns, 1);

/** A head of a few tissues with a smooth phase: edges, and detail of a few pixels. */
const object = (() => {
  const image = complexZeros(rows, columns);
  for (let i = 0; i < rows * columns; i++) {
    const y = (2 * Math.floor(i / columns)) / rows - 1;
    const x = (2 * (i % columns)) / columns - 1;
    const inside = (cx: number, cy: number, a: number, b: number): boolean =>
      ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 < 1;
    let tissue = inside(0, 0, 0.8, 0.9) ? 1 : 0;
    if (inside(0, 0, 0.7, 0.8)) tissue = 0.5 + 0.15 * Math.cos(5 * x + 2 * y);
    if (inside(-0.2, 0.1, 0.12, 0.35)) tissue = 0.1;
    if (inside(0.25, 0.1, 0.1, 0.3)) tissue = 0.15;
    if (inside(0.1, -0.45, 0.15, 0.08)) tissue = 0.9;
    if (inside(-0.35, -0.4, 0.06, 0.06)) tissue = 0.95;
    image.data.set([tissue * Math.cos(1.5 * x - y), tissue * Math.sin(1.5 * x - y)], 2 * i);
  }
  return image;
})();

function scan(spec: string, height = 1, noise = 0) {
  const mask = drawMask(parseMask(spec), rows, columns, 3);
  const samples = senseOperator(maps, mask).forward(object);
  for (let i = 0; i < samples.data.length; i++) samples.data[i] *= height;
  if (noise > 0) addNoise(samples, noise * height, randomStream(1, "test.sparse"));
  return maskedSlice(samples, mask);
}

const errorOf = async (id: string, input: ReturnType<typeof scan>, raw: Record<string, unknown> = {}) =>
  nrmse(object.data, (await runMethod(id, input, raw, { maps })).result.image.data);

/** What the method weighs with lambda, by operators that its solver does not use. */
function penalty(id: string, image: ComplexArray): number {
  if (id === "tv") return vectorNorm(finiteDifferences(rows, columns).forward(image));
  // The solver takes an image by its columns where the mask keeps lines; separable, it is the same transform.
  const { forward, grid } = waveletOperator("db2", 3, rows, columns);
  return detailNorm(forward(image), grid);
}

describe.each(["l1-wavelet", "tv"])("%s", (id) => {
  test("beats SENSE, whatever its lambda, on a third of the lines at random", async () => {
    const input = scan("random:3:12", 1, 0.01);
    const lambdas = [0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
    const errors = await Promise.all(lambdas.map((lambda) => errorOf("sense", input, { lambda })));
    expect(await errorOf(id, input, { lambda: 0.01 })).toBeLessThan(0.8 * Math.min(...errors));
  });

  test("without regularisation it ends at SENSE's solution", async () => {
    const input = scan("equispaced:2:16:0", 1, 0.01);
    const exact = await runMethod("sense", input, { lambda: 0, iterations: 200, tolerance: 0 }, { maps });
    const settings = { lambda: 0, iterations: 600, tolerance: 0 };
    const ours = await runMethod(id, input, settings, { maps });
    expect(nrmse(exact.result.image.data, ours.result.image.data)).toBeLessThan(1e-3);
    expect(ours.result.residual).toBeCloseTo(exact.result.residual!, 4);
  });

  test("what it tells belongs to what it shows, and its objective falls from preview to preview", async () => {
    const input = scan("random:3:12", 40, 0.02);
    const operator = senseOperator(maps, input.mask);
    const lambda = 0.02;
    const settings = { lambda, iterations: 40, tolerance: 0, ...(id === "tv" ? {} : { shifts: false }) };
    const { result, told } = await runMethod(id, input, settings, { maps });
    const norm = energy(input.samples.data) / result.scale ** 2;
    const objectives = told.previews.map((preview, i) => {
      const residual = kspaceResidual(operator, preview, input.samples);
      expect(told.steps[i].residual, `iteration ${i + 1}`).toBeCloseTo(residual, 4);
      const image = { shape: preview.shape, data: preview.data.map((value) => value / result.scale) };
      return (residual ** 2 * norm) / 2 + lambda * penalty(id, image);
    });
    expect(told.steps.map((step) => step.iteration)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(told.steps.at(-1)?.fraction).toBe(1);
    expect(nrmse(result.image.data, told.previews.at(-1)!.data)).toBeLessThan(1e-6);
    // Neither iteration promises that every step goes down; the best so far is never left by more than a trifle.
    let best = norm / 2;
    for (const objective of objectives) {
      expect(objective / best).toBeLessThan(1.02);
      best = Math.min(best, objective);
    }
    expect(objectives.at(-1)! / best).toBeLessThan(1.001);
    expect(best).toBeLessThan(0.8 * objectives[0]);
  });

  test("the objective is smaller at its own solution than at those of half and of twice the lambda", async () => {
    const input = scan("random:3:12", 40, 0.02);
    const operator = senseOperator(maps, input.mask);
    const lambda = 0.02;
    const objectives: number[] = [];
    for (const factor of [0.5, 1, 2]) {
      const settings = {
        lambda: factor * lambda,
        iterations: 200,
        tolerance: 0,
        ...(id === "tv" ? {} : { shifts: false }),
      };
      const { image, scale } = (await runMethod(id, input, settings, { maps })).result;
      const misfit = kspaceResidual(operator, image, input.samples) ** 2 * energy(input.samples.data);
      const scaled = { shape: image.shape, data: image.data.map((value) => value / scale) };
      objectives.push(misfit / scale ** 2 / 2 + lambda * penalty(id, scaled));
    }
    expect(objectives[1]).toBeLessThan(objectives[0]);
    expect(objectives[1]).toBeLessThan(objectives[2]);
  });

  test("lambda acts on scaled samples: the absolute size changes nothing", async () => {
    const settings = { lambda: 0.01, iterations: 20 };
    const one = await runMethod(id, scan("random:3:12", 1, 0.01), settings, { maps });
    for (const height of [4e-4, 5e13]) {
      const other = await runMethod(id, scan("random:3:12", height, 0.01), settings, { maps });
      const back = other.result.image.data.map((value) => value / height);
      expect(nrmse(one.result.image.data, back), String(height)).toBeLessThan(1e-4);
    }
  });

  test("more lambda fits less", async () => {
    const input = scan("random:3:12", 1, 0.02);
    const residuals: number[] = [];
    for (const lambda of [0.001, 0.01, 0.1]) {
      residuals.push((await runMethod(id, input, { lambda }, { maps })).result.residual!);
    }
    expect(residuals[1]).toBeGreaterThan(1.05 * residuals[0]);
    expect(residuals[2]).toBeGreaterThan(1.1 * residuals[1]);
  });

  test("is cancelled within the iteration, and runs again afterwards", async () => {
    const input = scan("random:3:12", 1, 0.02);
    let steps = 0;
    const onStep = (step: number): void => {
      steps = step;
      if (step === 3) throw cancelled();
    };
    const run = runMethod(id, input, { iterations: 500, tolerance: 0 }, { maps, onStep });
    await expect(run).rejects.toThrow("CANCELLED");
    expect(steps).toBe(3);
    expect(await errorOf(id, input)).toBeLessThan(0.5);
  });

  test("stops early at the tolerance, estimates its own maps, leaves the input alone", async () => {
    const input = scan("equispaced:2:24:0");
    const before = input.samples.data.slice();
    const settings = { lambda: 0.001, iterations: 500, tolerance: 0.01 };
    const { result, told } = await runMethod(id, input, settings);
    expect(result.iterations).toBeLessThan(50);
    expect(told.steps.at(-1)?.iteration).toBe(result.iterations);
    expect(result.residual).toBeLessThan(0.1);
    expect(input.samples.data).toEqual(before);
    await expect(runMethod(id, scan("equispaced:2:0:0"))).rejects.toThrow("NO_CALIBRATION");
  });

  test("an empty scan stays empty, an image of one iteration is possible", async () => {
    const input = scan("random:3:12", 0);
    const { result } = await runMethod(id, input, { iterations: 5 }, { maps });
    expect(energy(result.image.data)).toBe(0);
    expect(result.residual).toBe(0);
    const one = await runMethod(id, scan("random:3:12"), { iterations: 1 }, { maps });
    expect(one.told.steps.map((step) => step.iteration)).toEqual([1]);
  });

  test("it solves for whitened and fewer coils as well, at the brightness of the scan's own", async () => {
    const input = scan("random:3:12", 1, 0.01);
    const noise = complexZeros(coils, 400);
    addNoise(noise, 0.01, randomStream(2, "test.sparse"));
    // Two coils are taken for noisy: they count for less, and what they leave dark must be made up for.
    for (let i = 0; i < 4 * 400; i++) noise.data[i] *= 5;
    const plain = await errorOf(id, input, { lambda: 0.01 });
    const given = { maps, noise };
    const whitened = await runMethod(id, input, { lambda: 0.01, virtualCoils: 5 }, given);
    expect(whitened.told.notices.join()).toContain("whitened");
    expect(nrmse(object.data, whitened.result.image.data)).toBeLessThan(1.5 * plain);
  });
});

describe("random shifts", () => {
  const run = async (seed: number, raw: Record<string, unknown> = {}): Promise<Float32Array> =>
    (await runMethod("l1-wavelet", scan("random:3:12", 1, 0.01), raw, { maps, seed })).result.image.data;

  test("the same seed gives the same bits, another one other shifts, none without", async () => {
    const one = await run(1);
    expect(await run(1)).toEqual(one);
    const other = await run(2);
    expect(other).not.toEqual(one);
    expect(nrmse(one, other)).toBeLessThan(0.1);
    expect(await run(1, { shifts: false })).toEqual(await run(2, { shifts: false }));
  });

  test("the mean of the last iterations depends less on the seed than the last one of them", async () => {
    const [one, other] = await Promise.all(
      [1, 2].map((seed) =>
        runMethod("l1-wavelet", scan("random:3:12", 1, 0.01), { tolerance: 0 }, { maps, seed }),
      ),
    );
    const before = nrmse(one.told.previews.at(-2)!.data, other.told.previews.at(-2)!.data);
    expect(nrmse(one.result.image.data, other.result.image.data)).toBeLessThan(0.8 * before);
  });

  test("they leave less error than a grid that stands still", async () => {
    const input = scan("random:3:12", 1, 0.01);
    const errors = await Promise.all(
      [true, false].map((shifts) => errorOf("l1-wavelet", input, { lambda: 0.01, shifts })),
    );
    expect(errors[0]).toBeLessThan(0.95 * errors[1]);
  });
});
