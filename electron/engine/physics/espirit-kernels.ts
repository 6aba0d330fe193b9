import { complexMatrix, type HermitianEigen, hermitianEigen } from "./hermitian-eigen.ts";
import { laggedGram, type Planes } from "./lagged-gram.ts";

/** Side of the k-space kernels. */
export const kernelSide = 6;
/** Largest distance between two places of a kernel. */
export const reach = kernelSide - 1;
/** Lags from -reach to reach. */
export const lags = 2 * reach + 1;
/** Kernels whose squared singular value is below this part of the largest are noise (`ecalib -t`). */
const threshold = 0.001;
const places = kernelSide * kernelSide;

/** Orthonormal kernels `[kernel, coil, ky, kx]` that span every window of the calibration block. */
export interface Kernels {
  readonly count: number;
  readonly coils: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

function keptOf(values: Float64Array): number {
  return values.findLastIndex((value) => value > threshold * values[0]) + 1;
}

/**
 * The signal space of a calibration block `[coil, ky, kx]`: eigenvectors of the Gram matrix of its windows of 6 x 6
 * samples in all coils, down to 0.001 of the largest eigenvalue. Where there are fewer windows than samples in one,
 * the other Gram matrix, between windows, is smaller and has the same eigenvalues. None without signal.
 */
export function signalKernels(block: Planes): Kernels {
  const windows = [block.rows - kernelSide + 1, block.columns - kernelSide + 1] as const;
  const length = block.count * places;
  if (length <= windows[0] * windows[1]) {
    const { count, re, im } = hermitianEigen(laggedGram(block, [kernelSide, kernelSide], false), keptOf);
    return { count, coils: block.count, re, im };
  }
  // Its entries are the conjugates of those between windows, and so are its eigenvectors' coefficients.
  return combinedWindows(block, windows, hermitianEigen(laggedGram(block, windows, true), keptOf));
}

/** Kernel `k`: the windows added up with the conjugates of an eigenvector between them, at unit length. */
function combinedWindows(
  block: Planes,
  windows: readonly [number, number],
  { count, values, re, im }: HermitianEigen,
): Kernels {
  const length = block.count * places;
  const out: Kernels = {
    count,
    coils: block.count,
    re: new Float64Array(count * length),
    im: new Float64Array(count * length),
  };
  for (let k = 0; k < count; k++) {
    const factor = 1 / Math.sqrt(values[k]);
    const weights = k * windows[0] * windows[1];
    for (let at = 0; at < length; at++) {
      const coil = Math.floor(at / places);
      const y = Math.floor((at % places) / kernelSide);
      const x = at % kernelSide;
      let sumRe = 0;
      let sumIm = 0;
      for (let row = 0; row < windows[0]; row++) {
        const from = (coil * block.rows + y + row) * block.columns + x;
        const weight = weights + row * windows[1];
        for (let column = 0; column < windows[1]; column++) {
          const a = block.re[from + column];
          const b = block.im[from + column];
          const c = re[weight + column];
          const d = im[weight + column];
          sumRe += a * c + b * d;
          sumIm += b * c - a * d;
        }
      }
      out.re[k * length + at] = sumRe * factor;
      out.im[k * length + at] = sumIm * factor;
    }
  }
  return out;
}

/** Fourier series of every pair of coils, packed lower triangle: `[pair, lag y, lag x]`, lags from -5 to 5. */
export interface LagTable {
  readonly coils: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * The projector on the kernels' span, averaged over the places of a kernel, is a convolution in k-space and hence
 * a matrix between coils at every point of the image: `G_cd(x) = sum over lags of T_cd(lag) exp(-2 pi i x lag)`.
 * Eleven by eleven lags hold all of it (Uecker et al., MRM 71, 2014, eq. 14 and 15). They come from an 11 x 11 grid
 * of the image, where each kernel is transformed once and products are cheap; a grid as fine as the lags loses nothing.
 */
export function lagTable(kernels: Kernels): LagTable {
  const { count, coils } = kernels;
  const grid = lags * lags;
  const spectra = gridSpectra(kernels);
  const pairs = (coils * (coils + 1)) / 2;
  const table: LagTable = {
    coils,
    re: new Float64Array(pairs * grid),
    im: new Float64Array(pairs * grid),
  };
  const values = complexMatrix(lags);
  let pair = 0;
  for (let one = 0; one < coils; one++) {
    for (let other = 0; other <= one; other++, pair++) {
      for (let point = 0; point < grid; point++) {
        const f = (point * coils + one) * count;
        const g = (point * coils + other) * count;
        let sumRe = 0;
        let sumIm = 0;
        for (let k = 0; k < count; k++) {
          const a = spectra.re[f + k];
          const b = spectra.im[f + k];
          const c = spectra.re[g + k];
          const d = spectra.im[g + k];
          sumRe += a * c + b * d;
          sumIm += b * c - a * d;
        }
        values.re[point] = sumRe / places;
        values.im[point] = sumIm / places;
      }
      seriesOf(values, table, pair * grid);
    }
  }
  return table;
}

/** `exp(2 pi i k / 11)`. */
const turns = Array.from({ length: lags }, (_, k) => [
  Math.cos((2 * Math.PI * k) / lags),
  Math.sin((2 * Math.PI * k) / lags),
]);

/** `sum over d of w(c, d) exp(2 pi i d x / 11)` at the grid's points x, as `[point, coil, kernel]`. */
function gridSpectra({ count, coils, re, im }: Kernels): { re: Float64Array; im: Float64Array } {
  const out = {
    re: new Float64Array(lags * lags * coils * count),
    im: new Float64Array(lags * lags * coils * count),
  };
  const halfRe = new Float64Array(kernelSide * lags);
  const halfIm = new Float64Array(kernelSide * lags);
  for (let plane = 0; plane < count * coils; plane++) {
    const to = (plane % coils) * count + Math.floor(plane / coils);
    for (let y = 0; y < kernelSide; y++) {
      for (let column = 0; column < lags; column++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let x = 0; x < kernelSide; x++) {
          const at = plane * places + y * kernelSide + x;
          const turn = turns[(x * column) % lags];
          sumRe += re[at] * turn[0] - im[at] * turn[1];
          sumIm += re[at] * turn[1] + im[at] * turn[0];
        }
        halfRe[y * lags + column] = sumRe;
        halfIm[y * lags + column] = sumIm;
      }
    }
    for (let row = 0; row < lags; row++) {
      for (let column = 0; column < lags; column++) {
        let sumRe = 0;
        let sumIm = 0;
        for (let y = 0; y < kernelSide; y++) {
          const at = y * lags + column;
          const turn = turns[(y * row) % lags];
          sumRe += halfRe[at] * turn[0] - halfIm[at] * turn[1];
          sumIm += halfRe[at] * turn[1] + halfIm[at] * turn[0];
        }
        out.re[(row * lags + column) * coils * count + to] = sumRe;
        out.im[(row * lags + column) * coils * count + to] = sumIm;
      }
    }
  }
  return out;
}

/** Coefficients of the Fourier series with these values on the grid, written from `to`, lag -5 first. */
function seriesOf(values: { re: Float64Array; im: Float64Array }, table: LagTable, to: number): void {
  const half = complexMatrix(lags);
  for (let row = 0; row < lags; row++) {
    for (let lag = 0; lag < lags; lag++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let x = 0; x < lags; x++) {
        const at = row * lags + x;
        const turn = turns[(x * (lag + lags - reach)) % lags];
        sumRe += values.re[at] * turn[0] - values.im[at] * turn[1];
        sumIm += values.re[at] * turn[1] + values.im[at] * turn[0];
      }
      half.re[row * lags + lag] = sumRe;
      half.im[row * lags + lag] = sumIm;
    }
  }
  for (let down = 0; down < lags; down++) {
    for (let lag = 0; lag < lags; lag++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let y = 0; y < lags; y++) {
        const at = y * lags + lag;
        const turn = turns[(y * (down + lags - reach)) % lags];
        sumRe += half.re[at] * turn[0] - half.im[at] * turn[1];
        sumIm += half.re[at] * turn[1] + half.im[at] * turn[0];
      }
      table.re[to + down * lags + lag] = sumRe / (lags * lags);
      table.im[to + down * lags + lag] = sumIm / (lags * lags);
    }
  }
}
