import { describe, expect, test } from "vitest";
import { type ComplexArray, complexPart, complexZeros } from "../../../electron/engine/base/complex.ts";
import type { KspaceSlice } from "../../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { estimateMaps, usableMaps } from "../../../electron/engine/physics/maps.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { disc } from "../../support/disc.ts";
import { maskedSlice } from "../../support/method-run.ts";

/** Lowest `|<S, T>|` over coils, with both normalised, of the pixels well inside the disc. */
function worstOverlap(estimated: ComplexArray, truth: ComplexArray): number {
  const [coils, rows, columns] = truth.shape;
  let worst = 1;
  for (let i = 0; i < rows * columns; i++) {
    const y = (Math.floor(i / columns) - Math.floor(rows / 2)) / rows;
    const x = ((i % columns) - Math.floor(columns / 2)) / columns;
    if (x * x + y * y > 0.09) continue;
    let [re, im] = [0, 0];
    for (let coil = 0; coil < coils; coil++) {
      const at = 2 * (coil * rows * columns + i);
      const [a, b, c, d] = [estimated.data[at], estimated.data[at + 1], truth.data[at], truth.data[at + 1]];
      re += a * c + b * d;
      im += a * d - b * c;
    }
    worst = Math.min(worst, Math.hypot(re, im));
  }
  return worst;
}

function sumsOfSquares(maps: ComplexArray): Float64Array {
  const [coils, rows, columns] = maps.shape;
  const sums = new Float64Array(rows * columns);
  for (let coil = 0; coil < coils; coil++) {
    const plane = complexPart(maps, coil).data;
    for (let i = 0; i < sums.length; i++) sums[i] += plane[2 * i] ** 2 + plane[2 * i + 1] ** 2;
  }
  return sums;
}

describe.each([
  [64, 64, 0],
  [65, 48, 0],
  [48, 77, 3],
])("%i x %i, peak moved by %i lines", (rows, columns, shift) => {
  const { maps, samples } = disc(4, rows, columns, shift);
  const mask = drawMask(parseMask("equispaced:2:26:0"), rows, columns, 0);
  const estimated = estimateMaps(maskedSlice(samples, mask));

  test("the true sensitivities are found inside the object, up to a phase common to all coils", () => {
    expect(worstOverlap(estimated.maps, maps)).toBeGreaterThan(0.995);
    expect(estimated.notice).toBeNull();
  });

  test("they are normalised on the support and zero elsewhere", () => {
    const sums = sumsOfSquares(estimated.maps);
    for (const sum of sums) expect(sum === 0 || Math.abs(sum - 1) < 1e-5).toBe(true);
    expect(sums.some((sum) => sum === 0)).toBe(true);
  });
});

test("separate calibration lines, on a smaller grid too, are used where the scan has them", () => {
  const { maps, samples } = disc(4, 64, 64);
  const sparse = maskedSlice(samples, drawMask(parseMask("equispaced:4:0:0"), 64, 64, 0));
  const whole = complexZeros(4, 64, 64);
  const small = complexZeros(4, 24, 64);
  for (let coil = 0; coil < 4; coil++) {
    const from = complexPart(samples, coil).data.subarray(2 * 20 * 64, 2 * 44 * 64);
    complexPart(whole, coil).data.set(from, 2 * 20 * 64);
    complexPart(small, coil).data.set(from);
  }
  for (const calibration of [whole, small]) {
    const input: KspaceSlice = { ...sparse, calibration };
    const estimated = estimateMaps(input);
    expect(estimated.lines).toBe(24);
    expect(estimated.maps.shape).toEqual([4, 64, 64]);
    expect(worstOverlap(estimated.maps, maps)).toBeGreaterThan(0.995);
  }
});

test("too few lines are refused with a hint, few are told", () => {
  const { samples } = disc(3, 64, 64);
  const estimate = (spec: string): ReturnType<typeof estimateMaps> =>
    estimateMaps(maskedSlice(samples, drawMask(parseMask(spec), 64, 64, 0)));
  expect(() => estimate("equispaced:4:0:0")).toThrow("NO_CALIBRATION");
  expect(() => estimate("equispaced:4:6:1")).toThrow("at least 8");
  expect(estimate("equispaced:4:12:1").notice).toContain("calibration lines only");
});

test("maps from a file must fit, and are normalised when they are larger than 1", () => {
  const maps = simulatedCoils(3, 8, 9, 0);
  expect(usableMaps(maps, [3, 8, 9])).toEqual({ maps, notice: null });
  expect(() => usableMaps(maps, [2, 8, 9])).toThrow("SHAPE_MISMATCH");
  const large: ComplexArray = { shape: maps.shape, data: maps.data.map((value) => 7 * value) };
  const given = large.data.slice();
  const used = usableMaps(large, [3, 8, 9]);
  expect(used.notice).toContain("normalised");
  expect(large.data).toEqual(given);
  used.maps.data.forEach((value, i) => {
    expect(value).toBeCloseTo(maps.data[i], 5);
  });
});

test("the calibration block is tapered by a Hann window about its centre and keeps its place in k-space", () => {
  // Coil 0 holds the centre of k-space only, coil 1 a sample three lines further: sensitivities are the taper itself.
  const calibration = complexZeros(2, 17, 20);
  calibration.data[2 * (8 * 20 + 10)] = 5;
  for (let row = 0; row < 17; row++) calibration.data[2 * (row * 20 + 10)] += 1e-6;
  calibration.data[2 * (17 * 20 + 11 * 20 + 10)] = 4;
  const input = maskedSlice(complexZeros(2, 32, 20), drawMask(parseMask("equispaced:1:0:0"), 32, 20, 0));
  const { maps } = estimateMaps({ ...input, calibration });
  const taper = (row: number): number => 0.5 - 0.5 * Math.cos((2 * Math.PI * (row + 1)) / 18);
  const ratio = (4 * taper(11)) / (5 * taper(8));
  for (let i = 0; i < 32 * 20; i++) {
    const turns = (3 * (Math.floor(i / 20) - 16)) / 32;
    const first = maps.data[2 * i];
    expect(first).toBeCloseTo(1 / Math.hypot(1, ratio), 4);
    expect(maps.data[2 * i + 1]).toBeCloseTo(0, 4);
    expect(maps.data[2 * (640 + i)]).toBeCloseTo(first * ratio * Math.cos(2 * Math.PI * turns), 4);
    expect(maps.data[2 * (640 + i) + 1]).toBeCloseTo(first * ratio * Math.sin(2 * Math.PI * turns), 4);
  }
});
