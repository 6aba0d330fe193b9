import type { ComplexArray } from "../base/complex.ts";
import type { SamplingMask } from "../dataset/dataset.ts";

/** Half-open ranges of k-space. */
export interface KspaceBlock {
  readonly rows: readonly [number, number];
  readonly columns: readonly [number, number];
}

/**
 * Row and column where k-space `[coil, ky, kx]` is strongest over all coils: the line of largest energy, and the
 * readout position of largest energy in it. A whole line decides first, so that a single spike does not.
 */
export function kspacePeak(samples: ComplexArray): [number, number] {
  const [coils, rows, columns] = samples.shape;
  const sampleEnergy = new Float64Array(rows * columns);
  const lineEnergy = new Float64Array(rows);
  for (let at = 0; at < coils * rows * columns; at++) {
    const value = samples.data[2 * at] ** 2 + samples.data[2 * at + 1] ** 2;
    const sample = at % (rows * columns);
    sampleEnergy[sample] += value;
    lineEnergy[Math.floor(sample / columns)] += value;
  }
  const largest = (energy: Float64Array): number =>
    energy.reduce(
      (best, value, index) => (value > energy[best] ? index : best),
      Math.floor(energy.length / 2),
    );
  const row = largest(lineEnergy);
  return [row, largest(sampleEnergy.subarray(row * columns, (row + 1) * columns))];
}

/** The `count` positions around `centre` (centre at `floor(count/2)` of them), cut at the ends of the axis. */
export function around(centre: number, count: number, length: number): [number, number] {
  const start = centre - Math.floor(count / 2);
  return [Math.max(0, start), Math.min(length, start + count)];
}

/**
 * The largest fully acquired block around the peak of k-space: whole lines where the mask keeps whole lines, a
 * square otherwise. At least the peak itself when it was acquired, else empty.
 */
export function calibrationBlock(
  mask: SamplingMask,
  peak: readonly [number, number],
  matrix: readonly [number, number],
): KspaceBlock {
  const [rows, columns] = matrix;
  if (mask.shape.length === 1) {
    const complete = ([from, to]: [number, number]): boolean =>
      mask.data.subarray(from, to).every((one) => one !== 0);
    const count = largestCount(rows, (tried) => complete(around(peak[0], tried, rows)));
    return { rows: around(peak[0], count, rows), columns: [0, columns] };
  }
  const count = largestCount(Math.max(rows, columns), (tried) => {
    const [top, bottom] = around(peak[0], tried, rows);
    const [left, right] = around(peak[1], tried, columns);
    for (let row = top; row < bottom; row++) {
      if (!mask.data.subarray(row * columns + left, row * columns + right).every((one) => one !== 0))
        return false;
    }
    return true;
  });
  return { rows: around(peak[0], count, rows), columns: around(peak[1], count, columns) };
}

function largestCount(limit: number, complete: (count: number) => boolean): number {
  let count = 0;
  // A block cut at one end of the axis still grows at the other, up to twice the axis.
  while (count < 2 * limit && complete(count + 1)) count++;
  return count;
}

/** The lines of k-space that hold samples, for calibration data that comes without a mask. */
export function acquiredLines(samples: ComplexArray): SamplingMask {
  const [coils, rows, columns] = samples.shape;
  const data = new Uint8Array(rows);
  for (let coil = 0; coil < coils; coil++) {
    for (let row = 0; row < rows; row++) {
      const from = 2 * (coil * rows + row) * columns;
      if (data[row] === 0 && samples.data.subarray(from, from + 2 * columns).some((value) => value !== 0)) {
        data[row] = 1;
      }
    }
  }
  return { shape: [rows], data };
}
