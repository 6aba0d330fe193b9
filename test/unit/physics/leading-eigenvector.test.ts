import { expect, test } from "vitest";
import {
  type ComplexMatrix,
  complexMatrix,
  hermitianEigen,
} from "../../../electron/engine/physics/hermitian-eigen.ts";
import { LeadingEigenvector } from "../../../electron/engine/physics/leading-eigenvector.ts";
import { hermitianWith } from "../../support/hermitian.ts";

/** Value found, and the part of the true eigenspace of the largest value that the vector found lies in. */
function found(matrix: ComplexMatrix, multiplicity = 1): { value: number; overlap: number } {
  const n = matrix.size;
  const solver = new LeadingEigenvector(n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j <= i; j++, at++) {
      solver.re[at] = matrix.re[i * n + j];
      solver.im[at] = matrix.im[i * n + j];
    }
  }
  const value = solver.solve();
  const exact = hermitianEigen({ size: n, re: matrix.re.slice(), im: matrix.im.slice() }, () => multiplicity);
  let overlap = 0;
  for (let k = 0; k < multiplicity; k++) {
    let [re, im] = [0, 0];
    for (let i = 0; i < n; i++) {
      const [a, b] = [exact.re[k * n + i], exact.im[k * n + i]];
      re += a * solver.vectorRe[i] + b * solver.vectorIm[i];
      im += a * solver.vectorIm[i] - b * solver.vectorRe[i];
    }
    overlap += re * re + im * im;
  }
  return { value, overlap };
}

test.each([
  ["alone", [1, 0, 0, 0]],
  ["one row", [0.7]],
  ["two rows", [0.9, 0.2]],
  ["spread", [1, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0]],
  ["a close second, where power iterations need thousands", [1, 0.999, 0.5, 0.1, 0, 0, 0, 0]],
  ["several close", [0.95, 0.949, 0.948, 0.947, 0.3, 0.2, 0.1, 0]],
  ["small", [1e-6, 5e-7, 1e-8]],
  ["thirty-two rows", Array.from({ length: 32 }, (_, k) => 1 / (1 + k))],
])("%s", (_name, values) => {
  for (let seed = 0; seed < 20; seed++) {
    const { value, overlap } = found(hermitianWith(values, seed));
    expect(Math.abs(value - values[0])).toBeLessThan(1e-10 * values[0]);
    expect(overlap).toBeGreaterThan(1 - 1e-8);
  }
});

test("a value that occurs twice gives a vector of its plane", () => {
  const { value, overlap } = found(hermitianWith([1, 1, 0.5, 0.2], 3), 2);
  expect(value).toBeCloseTo(1, 12);
  expect(overlap).toBeCloseTo(1, 10);
});

test("the strongest coil may stand alone beside the eigenvector", () => {
  const matrix = complexMatrix(4);
  matrix.re.set([0.9, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 0.1]);
  matrix.im.set([0.5], 4 * 2 + 1);
  matrix.im.set([-0.5], 4 * 1 + 2);
  const { value, overlap } = found(matrix);
  expect(value).toBeCloseTo(1, 12);
  expect(overlap).toBeCloseTo(1, 12);
});

test("a matrix of zeros has no vector", () => {
  const solver = new LeadingEigenvector(3);
  expect(solver.solve()).toBe(0);
  expect([...solver.vectorRe, ...solver.vectorIm].every((value) => value === 0)).toBe(true);
});
