import { expect, test } from "vitest";
import { complexZeros, energy } from "../../../electron/engine/base/complex.ts";
import { differencesNorm, finiteDifferences } from "../../../electron/engine/physics/finite-differences.ts";
import { expectLinearOperator, randomArray } from "../../support/operator.ts";

test.each([
  [16, 16],
  [15, 22],
  [23, 37],
  [1, 9],
  [9, 1],
])("%i x %i: linear, with its adjoint", (rows, columns) => {
  expectLinearOperator(finiteDifferences(rows, columns));
});

test("differences to the next row and column, none beyond the last", () => {
  const x = complexZeros(2, 3);
  x.data.set([1, 0, 3, 1, 7, 0, 11, 5, 20, 0, 40, -2]);
  const { data } = finiteDifferences(2, 3).forward(x);
  expect([...data.subarray(0, 12)]).toEqual([10, 5, 17, -1, 33, -2, 0, 0, 0, 0, 0, 0]);
  expect([...data.subarray(12)]).toEqual([2, 1, 4, -1, 0, 0, 9, -5, 20, -2, 0, 0]);
});

test("its norm stays below the bound, and reaches it nearly", () => {
  const { normal } = finiteDifferences(40, 37);
  let x = randomArray([40, 37], 1);
  let norm = 0;
  for (let i = 0; i < 300; i++) {
    const next = normal(x);
    norm = Math.sqrt(energy(next.data) / energy(x.data));
    const size = Math.sqrt(energy(next.data));
    x = { shape: next.shape, data: next.data.map((value) => value / size) };
  }
  expect(norm).toBeLessThan(differencesNorm);
  expect(norm).toBeGreaterThan(0.97 * differencesNorm);
});
