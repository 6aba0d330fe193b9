import { fftCentred } from "../physics/fft.ts";

/** How readouts of `length` samples become `columns` samples of a grid whose oversampling is removed. */
export interface ReadoutGrid {
  /** Samples of the full readout, oversampling included. */
  readonly length: number;
  readonly columns: number;
}

/**
 * Columns that remain when the readout is cut to the reconstructed field of view. A field of view that is not stated
 * is judged by the matrix: twice as many samples as reconstructed columns is the usual oversampling.
 */
export function columnsWithoutOversampling(
  length: number,
  encodedFov: number | null,
  reconFov: number | null,
  reconColumns: number,
): number {
  if (encodedFov !== null && reconFov !== null) {
    const kept = Math.round((length * reconFov) / encodedFov);
    return kept >= 1 && kept < length ? kept : length;
  }
  return length === 2 * reconColumns ? reconColumns : length;
}

/**
 * Removes readout oversampling from `count` contiguous readouts: inverse FFT, central crop, FFT. Orthonormal, so image
 * values and the variance of white noise stay as they are. Returns the input where there is nothing to remove.
 */
export function removeOversampling(data: Float32Array, count: number, grid: ReadoutGrid): Float32Array {
  const { length, columns } = grid;
  if (columns === length) return data;
  fftCentred(data, length, count, true);
  const first = Math.floor(length / 2) - Math.floor(columns / 2);
  const out = new Float32Array(2 * columns * count);
  for (let row = 0; row < count; row++) {
    const from = 2 * (row * length + first);
    out.set(data.subarray(from, from + 2 * columns), 2 * row * columns);
  }
  fftCentred(out, columns, count, false);
  return out;
}

/**
 * Columns of the reduced grid that lie inside the samples `[from, to)` of the full readout: those of an asymmetric echo
 * that were really acquired.
 */
export function acquiredColumns(from: number, to: number, grid: ReadoutGrid): [number, number] {
  const { length, columns } = grid;
  if (from <= 0 && to >= length) return [0, columns];
  const factor = length / columns;
  const column = (sample: number): number =>
    (sample - Math.floor(length / 2)) / factor + Math.floor(columns / 2);
  const first = Math.max(0, Math.ceil(column(from - 0.5)));
  const last = Math.min(columns, Math.floor(column(to - 0.5)) + 1);
  return [first, Math.max(first, last)];
}
