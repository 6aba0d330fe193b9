import type { ComplexArray } from "../base/complex.ts";
import type { SamplingMask } from "../dataset/dataset.ts";

/**
 * Sampling pattern of `[coil, ky, kx]` found from what is not zero: whole lines `[ky]` where every acquired line is complete, else points
 * `[ky, kx]`. A sample counts as acquired when any coil holds something other than exact zero.
 */
export function foundMask(samples: ComplexArray): SamplingMask {
  const [coils, rows, columns] = samples.shape;
  const points = new Uint8Array(rows * columns);
  for (let coil = 0; coil < coils; coil++) {
    const base = 2 * coil * rows * columns;
    for (let i = 0; i < points.length; i++) {
      if (samples.data[base + 2 * i] !== 0 || samples.data[base + 2 * i + 1] !== 0) points[i] = 1;
    }
  }
  const lines = new Uint8Array(rows);
  let acquired = 0;
  let found = 0;
  for (let row = 0; row < rows; row++) {
    let count = 0;
    for (let column = 0; column < columns; column++) count += points[row * columns + column];
    if (count > 0) {
      lines[row] = 1;
      acquired++;
    }
    found += count;
  }
  // A measured sample may be exactly zero by chance or by quantisation: a line counts as complete when nearly full.
  const complete = found >= 0.98 * acquired * columns;
  return complete ? { shape: [rows], data: lines } : { shape: [rows, columns], data: points };
}

/** Samples in all over samples acquired; 1 for an empty pattern. */
export function accelerationOf(mask: SamplingMask): number {
  const acquired = mask.data.reduce((sum, one) => sum + one, 0);
  return acquired === 0 ? 1 : mask.data.length / acquired;
}

/** `[coil, a, b]` as `[coil, b, a]`. */
export function transposedLast(array: ComplexArray): ComplexArray {
  const [coils, rows, columns] = array.shape;
  const data = new Float32Array(array.data.length);
  for (let coil = 0; coil < coils; coil++) {
    const base = coil * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const from = 2 * (base + row * columns + column);
        const to = 2 * (base + column * rows + row);
        data[to] = array.data[from];
        data[to + 1] = array.data[from + 1];
      }
    }
  }
  return { shape: [coils, columns, rows], data };
}
