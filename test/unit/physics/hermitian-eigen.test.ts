import { describe, expect, test } from "vitest";
import {
  type ComplexMatrix,
  complexMatrix,
  type HermitianEigen,
  hermitianEigen,
} from "../../../electron/engine/physics/hermitian-eigen.ts";
import { hermitianWith } from "../../support/hermitian.ts";

/** Largest part of `A v - value v` over all pairs, and of `<v_i, v_j>` beside 1 and 0. */
function faults(matrix: ComplexMatrix, found: HermitianEigen): { residual: number; orthonormal: number } {
  const n = matrix.size;
  let [residual, orthonormal] = [0, 0];
  for (let k = 0; k < found.count; k++) {
    for (let i = 0; i < n; i++) {
      let re = -found.values[k] * found.re[k * n + i];
      let im = -found.values[k] * found.im[k * n + i];
      for (let j = 0; j < n; j++) {
        const [a, b] = [matrix.re[i * n + j], matrix.im[i * n + j]];
        const [c, d] = [found.re[k * n + j], found.im[k * n + j]];
        re += a * c - b * d;
        im += a * d + b * c;
      }
      residual = Math.max(residual, Math.hypot(re, im));
    }
    for (let other = 0; other <= k; other++) {
      let [re, im] = [other === k ? -1 : 0, 0];
      for (let i = 0; i < n; i++) {
        const [a, b] = [found.re[k * n + i], found.im[k * n + i]];
        const [c, d] = [found.re[other * n + i], found.im[other * n + i]];
        re += a * c + b * d;
        im += b * c - a * d;
      }
      orthonormal = Math.max(orthonormal, Math.hypot(re, im));
    }
  }
  return { residual, orthonormal };
}

const copyOf = ({ size, re, im }: ComplexMatrix): ComplexMatrix => ({ size, re: re.slice(), im: im.slice() });
const solved = (matrix: ComplexMatrix): HermitianEigen => hermitianEigen(copyOf(matrix), (all) => all.length);

describe("eigenvalues and eigenvectors of a Hermitian matrix", () => {
  test("of two rows by hand", () => {
    const matrix: ComplexMatrix = {
      size: 2,
      re: Float64Array.of(2, 0, 0, 2),
      im: Float64Array.of(0, 1, -1, 0),
    };
    const found = solved(matrix);
    expect(found.values[0]).toBeCloseTo(3, 14);
    expect(found.values[1]).toBeCloseTo(1, 14);
    // (1, -i) up to a phase.
    expect(Math.hypot(found.re[0], found.im[0])).toBeCloseTo(Math.SQRT1_2, 14);
    expect(found.re[0] * found.re[1] + found.im[0] * found.im[1]).toBeCloseTo(0, 14);
    expect(found.re[0] * found.im[1] - found.im[0] * found.re[1]).toBeCloseTo(-0.5, 14);
  });

  test("of a chain whose couplings turn by a quarter are 2 - 2 cos(pi k / (n + 1))", () => {
    const n = 31;
    const chain = complexMatrix(n);
    for (let i = 0; i < n; i++) {
      chain.re[i * n + i] = 2;
      if (i === 0) continue;
      chain.im[i * n + i - 1] = -1;
      chain.im[(i - 1) * n + i] = 1;
    }
    const found = solved(chain);
    for (let k = 1; k <= n; k++) {
      expect(found.values[n - k]).toBeCloseTo(2 - 2 * Math.cos((Math.PI * k) / (n + 1)), 13);
    }
    expect(faults(chain, found).residual).toBeLessThan(1e-13);
  });

  test.each([
    ["one value", [-3]],
    ["apart", [5, 2, 1, 0.5, 1e-3, -4]],
    ["all the same", [2, 2, 2, 2, 2]],
    ["several times", [1, 1, 1, 0.5, 0.5, 0, 0, 0]],
    ["closer than float32", [1, 1 - 1e-9, 1 - 2e-9, 1e-12, 0]],
    ["over fifteen decades", Array.from({ length: 16 }, (_, k) => 10 ** -k)],
    ["many", Array.from({ length: 60 }, (_, k) => Math.exp(-k / 5))],
    ["none", [0, 0, 0]],
  ])("%s", (_name, values) => {
    const matrix = hermitianWith(values, values.length);
    const found = solved(matrix);
    const sorted = [...values].sort((a, b) => b - a);
    sorted.forEach((value, k) => {
      expect(Math.abs(found.values[k] - value)).toBeLessThan(2e-14 * Math.abs(sorted[0]) + 1e-300);
    });
    const { residual, orthonormal } = faults(matrix, found);
    expect(residual).toBeLessThan(3e-14 * Math.max(...values.map(Math.abs)) + 1e-300);
    expect(orthonormal).toBeLessThan(3e-14);
  });

  test("only the lower triangle is read, and only the vectors asked for are given", () => {
    const matrix = hermitianWith([4, 3, 2, 1], 9);
    const lower = copyOf(matrix);
    for (let i = 0; i < 4; i++) for (let j = i + 1; j < 4; j++) lower.re[i * 4 + j] = Number.NaN;
    const found = hermitianEigen(lower, (values) => values.filter((value) => value > 2.5).length);
    expect(found).toMatchObject({ count: 2 });
    expect(found.re.length).toBe(8);
    expect(faults(matrix, found).residual).toBeLessThan(1e-13);
  });

  test("is refused for values that are not finite", () => {
    const matrix = hermitianWith([3, 2, 1], 1);
    matrix.re[3] = Number.NaN;
    expect(() => solved(matrix)).toThrow("INTERNAL");
  });
});
