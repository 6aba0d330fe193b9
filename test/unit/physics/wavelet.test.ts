import { describe, expect, test } from "vitest";
import { complexZeros, energy } from "../../../electron/engine/base/complex.ts";
import { KernelInstance } from "../../../electron/engine/physics/kernels/instance.ts";
import { placeWavelet } from "../../../electron/engine/physics/kernels/wavelet.ts";
import {
  detailNorm,
  highPass,
  lowPass,
  waveletGrid,
  waveletOperator,
  wavelets,
} from "../../../electron/engine/physics/wavelet.ts";
import { nrmse } from "../../support/compare.ts";
import { expectLinearOperator, randomArray } from "../../support/operator.ts";

describe.each(wavelets)("%s", (wavelet) => {
  test.each([
    [32, 32, 3, 0, 0],
    [16, 24, 1, 3, 5],
    [23, 37, 2, 1, 0],
    [46, 61, 3, 47, 63],
    [9, 75, 5, 2, 2],
    [3, 50, 2, 0, 1],
  ])(
    "%i x %i, %i levels, shift %i, %i: an isometry, whatever the size",
    (rows, columns, levels, down, right) => {
      expectLinearOperator(waveletOperator(wavelet, levels, rows, columns, [down, right]), {
        isometry: true,
      });
    },
  );

  test("the filters are orthonormal and orthogonal to their own even shifts and to each other's", () => {
    const low = lowPass[wavelet];
    const high = highPass(low);
    const product = (a: readonly number[], b: readonly number[], shift: number): number =>
      a.reduce((sum, tap, k) => sum + tap * (b[k + shift] ?? 0), 0);
    for (let shift = 0; shift < low.length; shift += 2) {
      expect(product(low, low, shift)).toBeCloseTo(shift === 0 ? 1 : 0, 10);
      expect(product(high, high, shift)).toBeCloseTo(shift === 0 ? 1 : 0, 10);
      expect(product(low, high, shift)).toBeCloseTo(0, 10);
    }
    expect(low.reduce((sum, tap) => sum + tap, 0)).toBeCloseTo(Math.SQRT2, 10);
  });

  test.each([
    [40, 61, 3],
    [64, 48, 2],
  ])("the kernels do the same (%i x %i)", (rows, columns, levels) => {
    const shift = [5, 7] as const;
    const x = randomArray([rows, columns], 3);
    const operator = waveletOperator(wavelet, levels, rows, columns, shift);
    const instance = new KernelInstance();
    const place = placeWavelet(instance, wavelet, levels, rows, columns);
    const image = instance.place(x.data);
    instance.run.waveletPlace(place.job, image, 8 * columns, rows, columns, ...shift);
    instance.run.waveletForward(place.job);
    const buffer = instance.words(place.job, 1)[0];
    const theirs = instance.floats(buffer, 2 * place.lines * place.samples).slice();
    const ours = operator.forward(x);
    expect(ours.shape).toEqual([place.lines, place.samples]);
    expect(nrmse(ours.data, theirs)).toBeLessThan(1e-6);
    // A threshold of nothing tells the sum of magnitudes alone.
    expect(instance.run.waveletShrink(place.job, 0) / detailNorm(ours, operator.grid)).toBeCloseTo(1, 5);
  });
});

test("a side that is too short is not transformed, one that does not divide is extended", () => {
  expect(waveletGrid("db4", 3, 7, 64)).toEqual({ levels: 0, rows: 8, columns: 64 });
  expect(waveletGrid("db2", 3, 128, 75)).toEqual({ levels: 3, rows: 128, columns: 80 });
  expect(waveletGrid("haar", 99, 64, 64).levels).toBe(4);
});

test("a constant image has no details, and its coarsest band holds all of it", () => {
  const image = complexZeros(32, 32);
  for (let i = 0; i < image.data.length; i += 2) image.data.set([0.6, -0.8], i);
  const { forward, grid } = waveletOperator("db2", 2, 32, 32);
  const coefficients = forward(image);
  expect(detailNorm(coefficients, grid)).toBeLessThan(1e-4);
  const coarse = coefficients.data.filter((_, i) => i >> 6 < 8 && (i >> 1) % 32 < 8);
  expect(coarse.length).toBe(2 * 8 * 8);
  expect(energy(coarse)).toBeCloseTo(32 * 32, 2);
});
