import { expect, test } from "vitest";
import { type ComplexArray, complexZeros } from "../../../electron/engine/base/complex.ts";
import { toReconMatrix } from "../../../electron/engine/physics/resample.ts";

type Pair = [number, number];
const grids = (encoded: Pair, recon: Pair, encodedFov: Pair | null, reconFov: Pair | null) => ({
  encoded: { matrix: encoded, fovMm: encodedFov },
  recon: { matrix: recon, fovMm: reconFov },
});

/** A smooth, asymmetric picture sampled at millimetre positions about the centre pixel. */
function sampled(matrix: Pair, spacing: Pair): ComplexArray {
  const out = complexZeros(...matrix);
  for (let row = 0; row < matrix[0]; row++) {
    for (let column = 0; column < matrix[1]; column++) {
      const y = (row - Math.floor(matrix[0] / 2)) * spacing[0];
      const x = (column - Math.floor(matrix[1] / 2)) * spacing[1];
      const at = 2 * (row * matrix[1] + column);
      out.data[at] = 3 * Math.exp(-((x - 14) ** 2 + (y + 9) ** 2) / 200);
      out.data[at + 1] = Math.exp(-((x + 11) ** 2 + (y - 17) ** 2) / 160);
    }
  }
  return out;
}

function largestDifference(a: ComplexArray, b: ComplexArray): number {
  expect(a.shape).toEqual(b.shape);
  return a.data.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b.data[i])), 0);
}

test("equal grids leave the image as it is", () => {
  const image = sampled([64, 48], [2, 2]);
  expect(toReconMatrix(image, grids([64, 48], [64, 48], [128, 96], [128, 96]))).toBe(image);
});

test("phase oversampling is cut off around the centre pixel", () => {
  for (const [rows, kept] of [
    [96, 64],
    [95, 64],
    [96, 63],
  ]) {
    const image = sampled([rows, 64], [2, 2]);
    const cut = toReconMatrix(image, grids([rows, 64], [kept, 64], [rows * 2, 128], [kept * 2, 128]));
    expect(largestDifference(cut, sampled([kept, 64], [2, 2]))).toBe(0);
  }
});

test("a larger matrix of the same field of view is interpolated where the pixels then lie", () => {
  for (const [from, to] of [
    [64, 128],
    [64, 96],
    [63, 96],
  ]) {
    const image = sampled([from, 64], [128 / from, 2]);
    const finer = toReconMatrix(image, grids([from, 64], [to, 64], [128, 128], [128, 128]));
    expect(largestDifference(finer, sampled([to, 64], [128 / to, 2])), `${from} to ${to}`).toBeLessThan(2e-3);
  }
});

test("a smaller matrix of the same field of view is cut in k-space", () => {
  const image = sampled([64, 128], [2, 1]);
  const coarser = toReconMatrix(image, grids([64, 128], [64, 64], [128, 128], [128, 128]));
  expect(largestDifference(coarser, sampled([64, 64], [2, 2]))).toBeLessThan(2e-3);
});

test("oversampling and interpolation at once, both axes", () => {
  const image = sampled([80, 64], [2, 2]);
  // The cut picture does not end at zero: interpolation rings a little at its edge.
  const out = toReconMatrix(image, grids([80, 64], [128, 96], [160, 128], [128, 96]));
  expect(largestDifference(out, sampled([128, 96], [1, 1]))).toBeLessThan(1e-2);
});

test("without fields of view a smaller matrix is a part, a larger one an interpolation", () => {
  const image = sampled([96, 64], [2, 2]);
  expect(
    largestDifference(toReconMatrix(image, grids([96, 64], [64, 64], null, null)), sampled([64, 64], [2, 2])),
  ).toBe(0);
  const larger = toReconMatrix(image, grids([96, 64], [96, 128], null, null));
  expect(largestDifference(larger, sampled([96, 128], [2, 1]))).toBeLessThan(2e-3);
});

test("a prescribed field of view larger than the encoded one is filled with zeros", () => {
  const image = sampled([32, 32], [4, 4]);
  const out = toReconMatrix(image, grids([32, 32], [48, 32], [128, 128], [192, 128]));
  expect(out.shape).toEqual([48, 32]);
  expect(out.data.subarray(0, 2 * 8 * 32).every((value) => value === 0)).toBe(true);
  expect(out.data.subarray(2 * 8 * 32, 2 * 40 * 32)).toEqual(image.data);
});
