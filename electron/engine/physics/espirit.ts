import { type ComplexArray, complexZeros } from "../base/complex.ts";
import type { KspaceSlice } from "../dataset/dataset.ts";
import { calibrationOf, type KspaceBlock, strongestBlock } from "./calibration.ts";
import { lagTable, signalKernels } from "./espirit-kernels.ts";
import { RowMatrices } from "./espirit-rows.ts";
import { complexMatrix, hermitianEigen } from "./hermitian-eigen.ts";
import type { Planes } from "./lagged-gram.ts";
import { LeadingEigenvector } from "./leading-eigenvector.ts";

/** Samples per axis of the calibration block that are used (`ecalib -r`). */
const blockSide = 24;
/**
 * From a block of fewer samples in either direction low-resolution images give better sensitivities: with 8 and 9
 * lines of a 16-coil head SENSE erred less with them, with 10 and more it erred more.
 */
export const smallestSide = 10;
/** Pixels whose eigenvalue is not above this hold no signal that the coils agree on (`ecalib -c`). */
const crop = 0.8;
/** Square of the singular value at which soft sensitivities end: as far below the crop as 1 is above it. */
const smallestSoft = (2 * crop - 1) ** 2;
/** Image rows between two chances to cancel. */
const rowsPerStep = 16;

export interface EspiritMaps {
  /** `[coil, y, x]`, `sum_c |S_c|^2 = 1` on the support, zero elsewhere; with soft edges it falls from 1 to 0. */
  readonly maps: ComplexArray;
  /** Largest eigenvalue `[y, x]`, 0 to 1, in the real part; zero where it is surely too small to count. */
  readonly eigenvalues: ComplexArray;
  /** Lines of the calibration block. */
  readonly lines: number;
  /** Kernels that span its windows. */
  readonly kernels: number;
}

/**
 * Coil sensitivities by ESPIRiT (Uecker et al., MRM 71, 2014): at every pixel the eigenvector with eigenvalue 1 of
 * the operator that leaves calibrated k-space unchanged. Kernels of 6 x 6, at most 24 x 24 calibration samples
 * around the peak, singular values down to sqrt(0.001) of the largest, crop at 0.8, phases turned so that the first
 * principal component of the coils is real and positive: the defaults of BART's `ecalib`.
 *
 * By default BART 0.8.00 iterates 30 times from the first coil at every pixel, which leaves a mixture where the second
 * eigenvalue is close to the first or the first coil sees little. Here each eigenvector is iterated until it is
 * one, which is what `ecalib -O` finds with LAPACK.
 *
 * @param step awaited between blocks of rows, so that messages come in; may throw to cancel.
 * @param edges `hard` crops at 0.8; `soft` lets sensitivities fall smoothly between eigenvalues that are well above
 *   and well below it (`ecalib -S`).
 * @returns null where the block is smaller than 10 x 10, holds no signal, or there is one coil only.
 */
export async function espiritMaps(
  input: KspaceSlice,
  step: () => Promise<void>,
  edges: "hard" | "soft" = "hard",
): Promise<EspiritMaps | null> {
  const [coils, rows, columns] = input.samples.shape;
  const calibration = calibrationOf(input);
  const block = blockPlanes(calibration.source, strongestBlock(calibration, blockSide));
  if (coils < 2 || block === null) return null;
  const phases = principalCoil(block);
  const kernels = signalKernels(block);
  await step();
  const matrices = new RowMatrices(lagTable(kernels), rows, columns);
  const maps = complexZeros(coils, rows, columns);
  const eigenvalues = complexZeros(rows, columns);
  const [right, left] = [new LeadingEigenvector(coils), new LeadingEigenvector(coils)];
  const centre = Math.floor(columns / 2);
  const least = edges === "hard" ? crop : smallestSoft;
  for (let row = 0; row < rows; row++) {
    if (row % rowsPerStep === 0) await step();
    matrices.setRow(row);
    for (let distance = 0; distance <= centre; distance++) {
      if (!matrices.write(distance, right, left, least)) continue;
      if (centre + distance < columns) place(right, row * columns + centre + distance);
      if (distance > 0) place(left, row * columns + centre - distance);
    }
  }
  return { maps, eigenvalues, lines: block.rows, kernels: kernels.count };

  function place(matrix: LeadingEigenvector, pixel: number): void {
    const value = matrix.solve();
    eigenvalues.data[2 * pixel] = value;
    if (!(value > least)) return;
    const { vectorRe, vectorIm } = matrix;
    let alongRe = 0;
    let alongIm = 0;
    for (let coil = 0; coil < coils; coil++) {
      alongRe += phases.re[coil] * vectorRe[coil] + phases.im[coil] * vectorIm[coil];
      alongIm += phases.re[coil] * vectorIm[coil] - phases.im[coil] * vectorRe[coil];
    }
    const size = Math.hypot(alongRe, alongIm);
    const weight = edges === "hard" ? 1 : softWeight(value);
    const [c, s] = size > 0 ? [(weight * alongRe) / size, (weight * alongIm) / size] : [weight, 0];
    for (let coil = 0; coil < coils; coil++) {
      const at = 2 * (coil * rows * columns + pixel);
      maps.data[at] = vectorRe[coil] * c + vectorIm[coil] * s;
      maps.data[at + 1] = vectorIm[coil] * c - vectorRe[coil] * s;
    }
  }
}

/** Part of a sensitivity that is kept: 0 to 1, a half where the square root of the eigenvalue is at the crop. */
function softWeight(eigenvalue: number): number {
  const place = Math.min(1, (Math.sqrt(eigenvalue) - crop) / (1 - crop));
  return 0.5 + place / (1 + place * place);
}

/** The block's samples in float64, divided by their largest part; null when too few or without signal. */
function blockPlanes(source: ComplexArray, block: KspaceBlock): Planes | null {
  const [coils, height, width] = source.shape;
  const [[top, bottom], [left, right]] = [block.rows, block.columns];
  const [rows, columns] = [bottom - top, right - left];
  if (rows < smallestSide || columns < smallestSide) return null;
  const re = new Float64Array(coils * rows * columns);
  const im = new Float64Array(coils * rows * columns);
  let largest = 0;
  for (let at = 0; at < re.length; at++) {
    const coil = Math.floor(at / (rows * columns));
    const row = top + (Math.floor(at / columns) % rows);
    const from = 2 * ((coil * height + row) * width + left + (at % columns));
    re[at] = source.data[from];
    im[at] = source.data[from + 1];
    largest = Math.max(largest, Math.abs(re[at]), Math.abs(im[at]));
  }
  if (!(largest > 0) || !Number.isFinite(largest)) return null;
  for (let at = 0; at < re.length; at++) {
    re[at] /= largest;
    im[at] /= largest;
  }
  return { count: coils, rows, columns, re, im };
}

/** First principal component of the coils over the block, with its largest entry real and positive. */
function principalCoil({ count, rows, columns, re, im }: Planes): { re: Float64Array; im: Float64Array } {
  const gram = complexMatrix(count);
  const samples = rows * columns;
  for (let one = 0; one < count; one++) {
    for (let other = 0; other <= one; other++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let i = one * samples, j = other * samples; i < (one + 1) * samples; i++, j++) {
        sumRe += re[i] * re[j] + im[i] * im[j];
        sumIm += im[i] * re[j] - re[i] * im[j];
      }
      gram.re[one * count + other] = sumRe;
      gram.im[one * count + other] = sumIm;
    }
  }
  const first = hermitianEigen(gram, () => 1);
  let best = 0;
  for (let coil = 1; coil < count; coil++) {
    if (Math.hypot(first.re[coil], first.im[coil]) > Math.hypot(first.re[best], first.im[best])) best = coil;
  }
  const size = Math.hypot(first.re[best], first.im[best]);
  const [c, s] = [first.re[best] / size, first.im[best] / size];
  return {
    re: first.re.map((value, coil) => value * c + first.im[coil] * s),
    im: first.im.map((value, coil) => value * c - first.re[coil] * s),
  };
}
