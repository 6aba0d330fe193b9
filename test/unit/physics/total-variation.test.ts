import { expect, test } from "vitest";
import type { ComplexArray } from "../../../electron/engine/base/complex.ts";
import { complexZeros, energy } from "../../../electron/engine/base/complex.ts";
import { cancelled } from "../../../electron/engine/base/errors.ts";
import { finiteDifferences } from "../../../electron/engine/physics/finite-differences.ts";
import { minimiseTotalVariation, vectorNorm } from "../../../electron/engine/physics/total-variation.ts";
import { nrmse } from "../../support/compare.ts";
import { randomArray } from "../../support/operator.ts";

const same = (x: ComplexArray): ComplexArray => ({ shape: x.shape, data: x.data.slice() });

test("a step between two halves shrinks by 2 lambda / width on either side, along its own direction (closed form)", async () => {
  const [rows, columns] = [13, 20];
  const image = complexZeros(rows, columns);
  for (let i = 0; i < rows * columns; i++) image.data.set(i % columns < 10 ? [1, 2] : [4, 6], 2 * i);
  const lambda = 2;
  const { solution } = await minimiseTotalVariation({
    normal: same,
    rightHandSide: image,
    lambda,
    iterations: 2000,
    tolerance: 0,
  });
  // The halves differ by 3 + 4i, of length 5; each of 10 columns moves by lambda / 10 along (0.6, 0.8).
  const moved = lambda / 10;
  for (let i = 0; i < rows * columns; i++) {
    const sign = i % columns < 10 ? 1 : -1;
    expect(solution.data[2 * i]).toBeCloseTo(image.data[2 * i] + sign * 0.6 * moved, 3);
    expect(solution.data[2 * i + 1]).toBeCloseTo(image.data[2 * i + 1] + sign * 0.8 * moved, 3);
  }
  expect(vectorNorm(finiteDifferences(rows, columns).forward(image))).toBeCloseTo(5 * rows, 3);
});

test("it is isotropic and covariant: an image turned, or multiplied by a phase, gives the solution turned", async () => {
  const n = 12;
  const image = randomArray([n, n], 3);
  const turned = complexZeros(n, n);
  for (let i = 0; i < n * n; i++) {
    const from = 2 * ((i % n) * n + Math.floor(i / n));
    turned.data.set([-image.data[from + 1], image.data[from]], 2 * i);
  }
  const solve = async (b: ComplexArray): Promise<Float32Array> =>
    (
      await minimiseTotalVariation({
        normal: same,
        rightHandSide: b,
        lambda: 0.3,
        iterations: 300,
        tolerance: 0,
      })
    ).solution.data;
  const [one, other] = [await solve(image), await solve(turned)];
  for (let i = 0; i < n * n; i++) {
    const from = 2 * ((i % n) * n + Math.floor(i / n));
    expect(other[2 * i]).toBeCloseTo(-one[from + 1], 4);
    expect(other[2 * i + 1]).toBeCloseTo(one[from], 4);
  }
  expect(nrmse(image.data, one)).toBeGreaterThan(0.1);
});

test("what it tells belongs to the iterate, the objective falls, and it can be cancelled", async () => {
  const [rows, columns] = [17, 11];
  const b = randomArray([rows, columns], 2);
  const variationOf = (x: ComplexArray): number => vectorNorm(finiteDifferences(rows, columns).forward(x));
  const objectives: number[] = [];
  const { iterations, change } = await minimiseTotalVariation({
    normal: same,
    rightHandSide: b,
    lambda: 0.5,
    iterations: 400,
    tolerance: 1e-5,
    async onIteration({ iteration, explained, variation, solution }) {
      const misfit = energy(solution.data.map((value, i) => value - b.data[i]));
      expect((energy(b.data) - explained) / misfit).toBeCloseTo(1, 3);
      expect(variation / variationOf(solution)).toBeCloseTo(1, 5);
      objectives.push(misfit / 2 + 0.5 * variation);
      expect(objectives.length).toBe(iteration);
    },
  });
  expect(iterations).toBeLessThan(400);
  expect(change).toBeLessThanOrEqual(1e-5);
  expect(objectives.length).toBe(iterations);
  expect(objectives.at(-1)! / Math.min(...objectives)).toBeLessThan(1 + 1e-6);
  expect(objectives.at(-1)).toBeLessThan(0.9 * objectives[0]);

  const told: number[] = [];
  const cancel = minimiseTotalVariation({
    normal: same,
    rightHandSide: b,
    lambda: 0.5,
    iterations: 50,
    tolerance: 0,
    async onIteration({ iteration }) {
      told.push(iteration);
      if (iteration === 2) throw cancelled();
    },
  });
  await expect(cancel).rejects.toThrow("CANCELLED");
  expect(told).toEqual([1, 2]);
});

test("nothing measured gives an image of zeros at once", async () => {
  const { solution, iterations } = await minimiseTotalVariation({
    normal: same,
    rightHandSide: complexZeros(6, 5),
    lambda: 0.1,
    iterations: 50,
    tolerance: 0,
  });
  expect(iterations).toBe(1);
  expect(energy(solution.data)).toBe(0);
});
