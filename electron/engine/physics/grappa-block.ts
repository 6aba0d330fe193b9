import type { ComplexArray } from "../base/complex.ts";
import type { KspaceBlock } from "./calibration.ts";
import type { Planes } from "./lagged-gram.ts";

/** Windows of the calibration block for each weight; from fewer a kernel learns their noise by heart. */
export const windowsPerUnknown = 3;
/** Rows of the largest Gram matrix, over all coils: 40 MB. */
export const mostUnknowns = 1600;

export interface GrappaSettings {
  /** Acquired lines that a missing one is predicted from, half of them on either side; masks of whole lines only. */
  readonly lines: number;
  /** Missing lines or samples further than this from every acquired one are left empty. */
  readonly reach: number;
  /** Samples along the readout that go into a prediction; masks of whole lines only. */
  readonly width: number;
  /** Tikhonov's weight in units of the largest eigenvalue of the calibration matrix. */
  readonly regularisation: number;
}

export interface GrappaProgress {
  /** Part of the work that is done. */
  readonly fraction: number;
  /** `[coil, ky, kx]` as far as it is filled: the array itself. */
  readonly samples: ComplexArray;
}

export interface GrappaResult {
  /** `[coil, ky, kx]`: acquired samples as they are, missing ones predicted. */
  readonly samples: ComplexArray;
  /** Kernels that were calibrated. */
  readonly kernels: number;
  /** Lines, or samples of masks without whole lines, left empty: out of reach, or in gaps that are too wide for the calibration block. */
  readonly empty: number;
}

/** The samples of a block of k-space `[coil, ky, kx]` in float64. */
export function blockPlanes(source: ComplexArray, block: KspaceBlock): Planes {
  const [coils, height, length] = source.shape;
  const [[top, bottom], [left, right]] = [block.rows, block.columns];
  const [rows, columns] = [bottom - top, right - left];
  const re = new Float64Array(coils * rows * columns);
  const im = new Float64Array(coils * rows * columns);
  for (let at = 0; at < re.length; at++) {
    const coil = Math.floor(at / (rows * columns));
    const row = top + (Math.floor(at / columns) % rows);
    const from = 2 * ((coil * height + row) * length + left + (at % columns));
    re[at] = source.data[from];
    im[at] = source.data[from + 1];
  }
  return { count: coils, rows, columns, re, im };
}
