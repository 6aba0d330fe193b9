import { expect, test } from "vitest";
import { type ComplexArray, complexZeros, energy } from "../../../electron/engine/base/complex.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import type { SamplingMask } from "../../../electron/engine/dataset/dataset.ts";
import { conjugateGradient } from "../../../electron/engine/physics/cg.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { addNoise } from "../../../electron/engine/physics/noise.ts";
import type { LinearOperator } from "../../../electron/engine/physics/operator.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { nrmse } from "../../support/compare.ts";
import { randomArray } from "../../support/operator.ts";

const rho = 0.1;

/** Single coil, 8 x 8, columns 0, 2, 3, 4, 5, 7: a problem whose solution is known in closed form. */
function closedFormProblem(): { operator: LinearOperator; y: ComplexArray; start: ComplexArray } {
  const x = complexZeros(8, 8);
  const ramp = (row: number, column: number): number => (8 * row + column) / 64;
  const start = complexZeros(8, 8);
  for (let row = 0; row < 8; row++) {
    for (let column = 0; column < 8; column++) {
      const at = 2 * (8 * row + column);
      x.data[at] = ramp(row, column);
      x.data[at + 1] = ramp(7 - row, (column + 5) % 8);
      start.data[at] = 0.25;
      start.data[at + 1] = -0.5;
    }
  }
  const one = complexZeros(1, 8, 8);
  for (let i = 0; i < 64; i++) one.data[2 * i] = 1;
  const kept = [1, 0, 1, 1, 1, 1, 0, 1];
  const mask: SamplingMask = { shape: [8, 8], data: Uint8Array.from({ length: 64 }, (_, i) => kept[i % 8]) };
  const operator = senseOperator(one, mask);
  return { operator, y: operator.forward(x), start };
}

function proximalRightHandSide(operator: LinearOperator, y: ComplexArray, start: ComplexArray): ComplexArray {
  const b = operator.adjoint(y);
  for (let i = 0; i < b.data.length; i++) b.data[i] += rho * start.data[i];
  return b;
}

test("the closed form of a single coil is reached in one iteration from its prior", async () => {
  const { operator, y, start } = closedFormProblem();
  const solved = await conjugateGradient({
    normal: operator.normal,
    rightHandSide: proximalRightHandSide(operator, y, start),
    lambda: rho,
    start,
    iterations: 1,
    tolerance: 0,
  });
  expect(solved.relativeResidual).toBeLessThan(1e-6);
  const { data } = solved.solution;
  const at = (row: number, column: number): [number, number] => [
    data[2 * (8 * row + column)],
    data[2 * (8 * row + column) + 1],
  ];
  expect(at(0, 0)[0]).toBeCloseTo(0.0227272727, 5);
  expect(at(0, 0)[1]).toBeCloseTo(0.8269064426, 5);
  expect(at(3, 5)[0]).toBeCloseTo(0.4304986759, 5);
  expect(at(3, 5)[1]).toBeCloseTo(0.441660415, 5);
  let sum = [0, 0];
  for (let i = 0; i < data.length; i += 2) sum = [sum[0] + data[i], sum[1] + data[i + 1]];
  expect(sum[0]).toBeCloseTo(30.0909090909, 4);
  expect(sum[1]).toBeCloseTo(25.7272727273, 4);
  expect(Math.sqrt(energy(data))).toBeCloseTo(5.7707007305, 5);
  expect(Math.sqrt(energy(y.data))).toBeCloseTo(6.4551680206, 5);
  const misfit = operator.forward(solved.solution).data.map((value, i) => value - y.data[i]);
  expect(Math.sqrt(energy(misfit))).toBeCloseTo(0.7998925247, 5);
});

/** 16 x 16, four coils of white sensitivities, 11 random lines: published bounds hold for such a problem. */
function multiCoil(): { operator: LinearOperator; b: ComplexArray } {
  const maps = randomArray([4, 16, 16], 77);
  for (let i = 0; i < 512; i += 2) {
    const parts = [0, 1, 2, 3].flatMap((coil) => [512 * coil + i, 512 * coil + i + 1]);
    const length = Math.hypot(...parts.map((at) => maps.data[at]));
    for (const at of parts) maps.data[at] /= length;
  }
  const operator = senseOperator(maps, drawMask(parseMask("random:2:4"), 16, 16, 0));
  return { operator, b: operator.adjoint(operator.forward(randomArray([16, 16], 8))) };
}

/** `(A^H A + lambda I)^-1 b` by elimination on the dense matrix of the normal operator, float64. */
function denseSolution(operator: LinearOperator, b: ComplexArray, lambda: number): Float32Array {
  const n = b.data.length / 2;
  // The complex system as a real one of twice the size: [Re -Im; Im Re].
  const rows = Array.from({ length: 2 * n }, () => new Float64Array(2 * n + 1));
  for (let column = 0; column < n; column++) {
    const unit = complexZeros(...b.shape);
    unit.data[2 * column] = 1;
    const { data } = operator.normal(unit);
    for (let row = 0; row < n; row++) {
      rows[row][column] = rows[n + row][n + column] = data[2 * row] + (row === column ? lambda : 0);
      rows[n + row][column] = data[2 * row + 1];
      rows[row][n + column] = -data[2 * row + 1];
    }
  }
  for (let row = 0; row < n; row++) {
    rows[row][2 * n] = b.data[2 * row];
    rows[n + row][2 * n] = b.data[2 * row + 1];
  }
  for (let pivot = 0; pivot < 2 * n; pivot++) {
    for (let row = pivot + 1; row < 2 * n; row++) {
      const factor = rows[row][pivot] / rows[pivot][pivot];
      if (factor === 0) continue;
      for (let column = pivot; column <= 2 * n; column++) rows[row][column] -= factor * rows[pivot][column];
    }
  }
  const x = new Float64Array(2 * n);
  for (let row = 2 * n - 1; row >= 0; row--) {
    let rest = rows[row][2 * n];
    for (let column = row + 1; column < 2 * n; column++) rest -= rows[row][column] * x[column];
    x[row] = rest / rows[row][row];
  }
  return Float32Array.from({ length: 2 * n }, (_, i) => x[(i % 2) * n + Math.floor(i / 2)]);
}

test.each([
  // Weight, twice the published error after 5 and after 10 iterations (never below float32), published iterations.
  [0.01, 0.234, 0.034, 45],
  [0.1, 1.26e-2, 1.24e-4, 21],
  [1, 1.78e-5, 1e-6, 11],
])("CG reaches the dense solution as published for weight %f", async (lambda, afterFive, afterTen, most) => {
  const { operator, b } = multiCoil();
  const reference = denseSolution(operator, b, lambda);
  const solve = (iterations: number, tolerance: number): ReturnType<typeof conjugateGradient> =>
    conjugateGradient({ normal: operator.normal, rightHandSide: b, lambda, iterations, tolerance });
  expect(nrmse(reference, (await solve(5, 0)).solution.data)).toBeLessThan(afterFive);
  expect(nrmse(reference, (await solve(10, 0)).solution.data)).toBeLessThan(afterTen);
  const ended = await solve(100, 1e-10);
  expect(ended.iterations).toBeLessThanOrEqual(most);
  expect(ended.relativeResidual).toBeLessThanOrEqual(1e-10);
  expect(nrmse(reference, ended.solution.data)).toBeLessThan(1e-6);
});

test("eigenvalues of A^H A lie between 0 and 1", async () => {
  const { operator } = multiCoil();
  let x = randomArray([16, 16], 5);
  let largest = 0;
  for (let i = 0; i < 200; i++) {
    const next = operator.normal(x);
    largest = Math.sqrt(energy(next.data) / energy(x.data));
    const norm = Math.sqrt(energy(next.data));
    x = { shape: next.shape, data: next.data.map((value) => value / norm) };
  }
  expect(largest).toBeLessThanOrEqual(1 + 1e-6);
  expect(largest).toBeGreaterThan(0.9);
});

test("the recurrence's remainder is the true one, every iteration is awaited, and a throw ends it at once", async () => {
  const { operator, b } = multiCoil();
  let told = 0;
  const run = conjugateGradient({
    normal: operator.normal,
    rightHandSide: b,
    lambda: rho,
    iterations: 30,
    tolerance: 0,
    async onIteration({ iteration, solution, remainder, relativeResidual }) {
      await new Promise((resume) => setImmediate(resume));
      told++;
      expect(iteration).toBe(told);
      const ax = operator.normal(solution).data;
      const truth = b.data.map((value, i) => value - ax[i] - rho * solution.data[i]);
      const off = Math.sqrt(energy(truth.map((value, i) => value - remainder.data[i])) / energy(b.data));
      expect(off).toBeLessThan(1e-6);
      expect(relativeResidual).toBeCloseTo(Math.sqrt(energy(remainder.data) / energy(b.data)), 6);
      if (told === 4) throw new Error("enough");
    },
  });
  await expect(run).rejects.toThrow("enough");
  expect(told).toBe(4);
});

test("zero data give zero after no iteration", async () => {
  const { operator } = multiCoil();
  const { solution, iterations } = await conjugateGradient({
    normal: operator.normal,
    rightHandSide: complexZeros(16, 16),
    lambda: rho,
    iterations: 5,
    tolerance: 0,
  });
  expect(iterations).toBe(0);
  expect(energy(solution.data)).toBe(0);
});

test("the noise of 4 coils and 22 of 64 lines has the energy of the discrepancy target", () => {
  const mask = drawMask(parseMask("equispaced:4:8:0"), 64, 64, 0);
  const samples = mask.data.reduce((sum, one) => sum + one, 0) * 64 * 4;
  expect(samples).toBe(5632);
  // s is the deviation of a complex sample: s / sqrt(2) per real component.
  const s = 0.02;
  const draws = Array.from({ length: 200 }, (_, draw) => {
    const noise = complexZeros(samples);
    addNoise(noise, s / Math.SQRT2, randomStream(draw, "test.noise"));
    return energy(noise.data);
  });
  const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
  const deviation = Math.sqrt(
    draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (draws.length - 1),
  );
  expect(samples * s * s).toBeCloseTo(2.2528, 6);
  expect(Math.abs(mean - 2.2528)).toBeLessThan((4 * 0.03) / Math.sqrt(200));
  expect(deviation).toBeGreaterThan(0.025);
  expect(deviation).toBeLessThan(0.035);
});
