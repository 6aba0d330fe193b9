import type { ComplexArray } from "../base/complex.ts";
import type { KspaceSlice, SamplingMask } from "../dataset/dataset.ts";

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

/** Where a slice's coil sensitivities are learned from. */
export interface Calibration {
  /** `[coil, ky, kx]`: the separate calibration lines where the scan has them, else its samples. */
  readonly source: ComplexArray;
  readonly mask: SamplingMask;
  readonly peak: readonly [number, number];
  readonly block: KspaceBlock;
}

export function calibrationOf(input: KspaceSlice): Calibration {
  const source = input.calibration ?? input.samples;
  const mask = input.calibration === null ? input.mask : acquiredLines(input.calibration);
  const peak = kspacePeak(source);
  return { source, mask, peak, block: calibrationBlock(mask, peak, [source.shape[1], source.shape[2]]) };
}

/**
 * The fully acquired block of at most `side` x `side` samples of largest energy that adjoins the peak. Where whole
 * lines are kept, it moves within the lines acquired without a gap around the peak, and freely along the readout; it
 * is not bound to be centred on the peak, so an even number of central lines is used to the last.
 * Without whole lines it moves within the acquired square around the peak.
 */
export function strongestBlock({ source, mask, block }: Calibration, side: number): KspaceBlock {
  const [coils, rows, columns] = source.shape;
  let [top, bottom] = block.rows;
  if (bottom === top) return { rows: [top, top], columns: block.columns };
  if (mask.shape.length === 1) {
    while (top > 0 && mask.data[top - 1] !== 0) top--;
    while (bottom < rows && mask.data[bottom] !== 0) bottom++;
  }
  const lines = new Float64Array(rows);
  addEnergy(lines, source, [top, bottom], (row) => row);
  const chosen = strongestWindow(lines, [top, bottom], side);
  const readout = new Float64Array(columns);
  addEnergy(readout, source, chosen, (_row, column) => column);
  return { rows: chosen, columns: strongestWindow(readout, block.columns, side) };

  function addEnergy(
    sums: Float64Array,
    { data }: ComplexArray,
    [from, to]: readonly [number, number],
    place: (row: number, column: number) => number,
  ): void {
    for (let coil = 0; coil < coils; coil++) {
      for (let row = from; row < to; row++) {
        for (let column = 0; column < columns; column++) {
          const at = 2 * ((coil * rows + row) * columns + column);
          sums[place(row, column)] += data[at] ** 2 + data[at + 1] ** 2;
        }
      }
    }
  }
}

/** The `count` adjoining positions of a range that hold the largest sum. */
function strongestWindow(
  values: Float64Array,
  [from, to]: readonly [number, number],
  count: number,
): [number, number] {
  if (to - from <= count) return [from, to];
  let best = from;
  let largest = Number.NEGATIVE_INFINITY;
  for (let start = from; start + count <= to; start++) {
    const sum = values.subarray(start, start + count).reduce((total, value) => total + value, 0);
    if (sum > largest) [best, largest] = [start, sum];
  }
  return [best, best + count];
}

/** The part of a range of one axis that lies within `count` positions around `centre`. */
export function limited(
  range: readonly [number, number],
  centre: number,
  count: number,
  length: number,
): [number, number] {
  const [from, to] = around(centre, count, length);
  return [Math.max(from, range[0]), Math.min(to, range[1])];
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
