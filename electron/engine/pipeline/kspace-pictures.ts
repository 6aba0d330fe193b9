import { type ComplexArray, complexZeros } from "../base/complex.ts";
import type { KspaceSlice, SamplingMask } from "../dataset/dataset.ts";

/** The samples that both patterns hold. Separate calibration lines stay: the scanner measured them apart. */
export function undersampled(input: KspaceSlice, mask: SamplingMask): KspaceSlice {
  const [coils, rows, columns] = input.samples.shape;
  const at = (pattern: SamplingMask, row: number, column: number): number =>
    pattern.shape.length === 1 ? pattern.data[row] : pattern.data[row * columns + column];
  const whole = mask.shape.length === 1 && input.mask.shape.length === 1;
  const data = whole
    ? Uint8Array.from({ length: rows }, (_, row) => at(mask, row, 0) & at(input.mask, row, 0))
    : Uint8Array.from({ length: rows * columns }, (_, i) => {
        const row = Math.floor(i / columns);
        return at(mask, row, i % columns) & at(input.mask, row, i % columns);
      });
  const joint: SamplingMask = { shape: whole ? [rows] : [rows, columns], data };
  const samples: ComplexArray = { shape: input.samples.shape, data: Float32Array.from(input.samples.data) };
  for (let coil = 0; coil < coils; coil++) {
    for (let row = 0; row < rows; row++) {
      const start = 2 * (coil * rows + row) * columns;
      if (whole) {
        if (data[row] === 0) samples.data.fill(0, start, start + 2 * columns);
        continue;
      }
      for (let column = 0; column < columns; column++) {
        if (data[row * columns + column] === 0)
          samples.data.fill(0, start + 2 * column, start + 2 * column + 2);
      }
    }
  }
  return { samples, mask: joint, calibration: input.calibration };
}

/** Root sum of squares over coils of k-space, `[ky, kx]`, magnitude in the real part. */
export function coilMagnitude(samples: ComplexArray): ComplexArray {
  const [coils, rows, columns] = samples.shape;
  const out = complexZeros(rows, columns);
  const plane = rows * columns;
  for (let i = 0; i < plane; i++) {
    let sum = 0;
    for (let coil = 0; coil < coils; coil++) {
      const at = 2 * (coil * plane + i);
      sum += samples.data[at] ** 2 + samples.data[at + 1] ** 2;
    }
    out.data[2 * i] = Math.sqrt(sum);
  }
  return out;
}

export function maskPicture(mask: SamplingMask, matrix: readonly [number, number]): ComplexArray {
  const [rows, columns] = matrix;
  const out = complexZeros(rows, columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const one = mask.shape.length === 1 ? mask.data[row] : mask.data[row * columns + column];
      out.data[2 * (row * columns + column)] = one === 0 ? 0 : 1;
    }
  }
  return out;
}
