import { expect, test } from "vitest";
import { complexZeros } from "../../../electron/engine/base/complex.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import { fft2Centred, fftAxisCentred, fftCentred } from "../../../electron/engine/physics/fft.ts";

function noise(length: number, seed = 1): Float32Array {
  const stream = randomStream(seed, "test");
  return Float32Array.from({ length }, () => stream.normal());
}

/** The definition, term by term, centred at floor(N/2) on both sides. */
function directDft(row: Float32Array, inverse: boolean): Float64Array {
  const n = row.length / 2;
  const centre = Math.floor(n / 2);
  const out = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    for (let x = 0; x < n; x++) {
      const turns = (((k - centre) * (x - centre)) % n) / n;
      const angle = (inverse ? 2 : -2) * Math.PI * turns;
      out[2 * k] += (row[2 * x] * Math.cos(angle) - row[2 * x + 1] * Math.sin(angle)) / Math.sqrt(n);
      out[2 * k + 1] += (row[2 * x] * Math.sin(angle) + row[2 * x + 1] * Math.cos(angle)) / Math.sqrt(n);
    }
  }
  return out;
}

function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    norm += b[i] ** 2;
  }
  return Math.sqrt(difference / norm);
}

// 368 = 16 x 23, 372 = 4 x 3 x 31; 37, 67, 310 = 2 x 5 x 31, 521 and 1021 (primes) go through the chirp or 31.
const lengths = [
  ...Array.from({ length: 64 }, (_, i) => i + 1),
  ...[67, 74, 105, 128, 180, 230, 256, 310, 312, 320, 343, 368, 372, 400, 521, 640, 1021, 1024],
];

test.each([false, true])("every length equals the direct transform (inverse: %s)", (inverse) => {
  for (const length of lengths) {
    const row = noise(2 * length, length);
    const expected = directDft(row, inverse);
    fftCentred(row, length, 1, inverse);
    expect(relativeError(row, expected), `length ${length}`).toBeLessThan(1.5e-7);
  }
});

test("many rows, more than one block of them and an odd rest, are transformed one by one", () => {
  const [length, count] = [30, 19];
  const rows = noise(2 * length * count);
  const expected = Float64Array.from({ length: rows.length });
  for (let row = 0; row < count; row++) {
    expected.set(directDft(rows.slice(2 * length * row, 2 * length * (row + 1)), false), 2 * length * row);
  }
  fftCentred(rows, length, count, false);
  expect(relativeError(rows, expected)).toBeLessThan(1.5e-7);
});

test.each([
  [3, 7, 13],
  [2, 16, 9],
  [1, 37, 46],
])("an inner axis of %i x %i x %i is transformed with its neighbours untouched", (coils, rows, columns) => {
  const array = complexZeros(coils, rows, columns);
  array.data.set(noise(array.data.length));
  const before = array.data.slice();
  fftAxisCentred(array, -2, false);
  for (let coil = 0; coil < coils; coil++) {
    for (let column = 0; column < columns; column++) {
      const at = (row: number): number => 2 * ((coil * rows + row) * columns + column);
      const line = new Float32Array(2 * rows);
      const got = new Float32Array(2 * rows);
      for (let row = 0; row < rows; row++) {
        line.set(before.subarray(at(row), at(row) + 2), 2 * row);
        got.set(array.data.subarray(at(row), at(row) + 2), 2 * row);
      }
      expect(relativeError(got, directDft(line, false))).toBeLessThan(1.5e-7);
    }
  }
});

test("a point at the centre has a flat spectrum without phase, and a constant a point at the centre", () => {
  for (const [rows, columns] of [
    [8, 6],
    [7, 9],
    [23, 14],
  ]) {
    const point = complexZeros(rows, columns);
    const centre = Math.floor(rows / 2) * columns + Math.floor(columns / 2);
    point.data[2 * centre] = 1;
    fft2Centred(point, false);
    const flat = 1 / Math.sqrt(rows * columns);
    for (let i = 0; i < rows * columns; i++) {
      expect(point.data[2 * i]).toBeCloseTo(flat, 6);
      expect(point.data[2 * i + 1]).toBeCloseTo(0, 6);
    }
    fft2Centred(point, false);
    expect(point.data[2 * centre]).toBeCloseTo(1, 6);
  }
});

test("16 coils of 128 x 128 there and back keep every sample and take well under 0.3 s", () => {
  const array = complexZeros(16, 128, 128);
  array.data.set(noise(array.data.length));
  const before = array.data.slice();
  fft2Centred(array, false);
  const started = performance.now();
  fft2Centred(array, true);
  const seconds = (performance.now() - started) / 1000;
  expect(relativeError(array.data, before)).toBeLessThan(3e-7);
  expect(seconds).toBeLessThan(0.3);
});
