import type { ComplexArray } from "../base/complex.ts";
import { complexZeros } from "../base/complex.ts";
import type { LinearOperator } from "./operator.ts";

/** Low-pass filters of the orthogonal wavelets of Daubechies (Comm. Pure Appl. Math. 41, 1988), by vanishing moments. */
const root3 = Math.sqrt(3);
export const lowPass = {
  haar: [1, 1].map((tap) => tap / Math.SQRT2),
  db2: [1 + root3, 3 + root3, 3 - root3, 1 - root3].map((tap) => tap / (4 * Math.SQRT2)),
  db4: [
    0.23037781330885523, 0.7148465705525415, 0.6308807679295904, -0.02798376941698385, -0.18703481171888114,
    0.030841381835986965, 0.032883011666982945, -0.010597401784997278,
  ],
} as const;

export type Wavelet = keyof typeof lowPass;
export const wavelets = Object.keys(lowPass) as Wavelet[];

/** The high-pass filter that makes a low-pass filter's bank orthogonal: its taps backwards, every other one negative. */
export function highPass(low: readonly number[]): number[] {
  return low.map((_, k) => (k % 2 === 0 ? 1 : -1) * low[low.length - 1 - k]);
}

/** The torus that is transformed: the image's sides rounded up to what the levels need, filled up with zeros. */
export interface WaveletGrid {
  /** Levels done. */
  readonly levels: number;
  readonly rows: number;
  readonly columns: number;
}

/** Most levels of a side: the coarsest filtered side keeps at least `taps` and 8 samples. */
function mostLevels(side: number, taps: number): number {
  let levels = 0;
  while (Math.ceil(side / 2 ** levels) >= Math.max(taps, 8)) levels++;
  return levels;
}

/** @param levels Asked for; fewer where a side is too short, none where a side has fewer than 8 samples. */
export function waveletGrid(wavelet: Wavelet, levels: number, rows: number, columns: number): WaveletGrid {
  const taps = lowPass[wavelet].length;
  const done = Math.min(levels, mostLevels(rows, taps), mostLevels(columns, taps));
  // Every level halves both sides, and both stay even at the coarsest one.
  const unit = 2 ** (done + 1);
  return {
    levels: done,
    rows: unit * Math.ceil(rows / unit),
    columns: unit * Math.ceil(columns / unit),
  };
}

/** One level along one axis: `count` samples that lie `stride` complex numbers apart, low half first; in place. */
function analyse(data: Float32Array, at: number, stride: number, count: number, bank: Bank): void {
  const { low, high, line } = bank;
  for (let i = 0; i < count; i++) {
    line[2 * i] = data[2 * (at + i * stride)];
    line[2 * i + 1] = data[2 * (at + i * stride) + 1];
  }
  for (let i = 0; i < count / 2; i++) {
    let [lowReal, lowImaginary, highReal, highImaginary] = [0, 0, 0, 0];
    for (let k = 0; k < low.length; k++) {
      const from = 2 * ((2 * i + k) % count);
      lowReal += low[k] * line[from];
      lowImaginary += low[k] * line[from + 1];
      highReal += high[k] * line[from];
      highImaginary += high[k] * line[from + 1];
    }
    const [first, second] = [2 * (at + i * stride), 2 * (at + (count / 2 + i) * stride)];
    data[first] = lowReal;
    data[first + 1] = lowImaginary;
    data[second] = highReal;
    data[second + 1] = highImaginary;
  }
}

/** The adjoint, and so the inverse, of `analyse`. */
function synthesise(data: Float32Array, at: number, stride: number, count: number, bank: Bank): void {
  const { low, high, line } = bank;
  line.fill(0, 0, 2 * count);
  for (let i = 0; i < count / 2; i++) {
    const [first, second] = [2 * (at + i * stride), 2 * (at + (count / 2 + i) * stride)];
    for (let k = 0; k < low.length; k++) {
      const to = 2 * ((2 * i + k) % count);
      line[to] += low[k] * data[first] + high[k] * data[second];
      line[to + 1] += low[k] * data[first + 1] + high[k] * data[second + 1];
    }
  }
  for (let i = 0; i < count; i++) {
    data[2 * (at + i * stride)] = line[2 * i];
    data[2 * (at + i * stride) + 1] = line[2 * i + 1];
  }
}

interface Bank {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** One line, float64. */
  readonly line: Float64Array;
}

/**
 * The orthogonal periodic wavelet transform in two dimensions, separable, coefficients of each level in the usual
 * four quarters: `|W x| = |x|` and `W^H W = 1`. Sides that do not divide evenly are extended by zeros to the torus
 * of `waveletGrid`, which keeps both; its `range` is that torus. Sums in float64: it is what the kernels of the
 * same transform are tested against, and serves where one transform and not an iteration is due.
 *
 * @param shift How far the image is moved on the torus before it is transformed.
 */
export function waveletOperator(
  wavelet: Wavelet,
  levels: number,
  rows: number,
  columns: number,
  shift: readonly [number, number] = [0, 0],
): LinearOperator & { readonly grid: WaveletGrid } {
  const grid = waveletGrid(wavelet, levels, rows, columns);
  const low = lowPass[wavelet];
  const line = new Float64Array(2 * Math.max(grid.rows, grid.columns));
  const bank: Bank = { low, high: highPass(low), line };
  /** Calls back with the places of every pixel in the image and on the torus. */
  const eachPixel = (visit: (image: number, torus: number) => void): void => {
    for (let row = 0; row < rows; row++) {
      const torusRow = (row + shift[0]) % grid.rows;
      for (let column = 0; column < columns; column++) {
        visit(
          2 * (row * columns + column),
          2 * (torusRow * grid.columns + ((column + shift[1]) % grid.columns)),
        );
      }
    }
  };
  return {
    grid,
    domain: [rows, columns],
    range: [grid.rows, grid.columns],
    forward(x) {
      const out = complexZeros(grid.rows, grid.columns);
      eachPixel((image, torus) => {
        out.data[torus] = x.data[image];
        out.data[torus + 1] = x.data[image + 1];
      });
      for (let level = 0; level < grid.levels; level++) {
        const [height, width] = [grid.rows >> level, grid.columns >> level];
        for (let row = 0; row < height; row++) analyse(out.data, row * grid.columns, 1, width, bank);
        for (let column = 0; column < width; column++) analyse(out.data, column, grid.columns, height, bank);
      }
      return out;
    },
    adjoint(y) {
      const work = Float32Array.from(y.data);
      for (let level = grid.levels - 1; level >= 0; level--) {
        const [height, width] = [grid.rows >> level, grid.columns >> level];
        for (let column = 0; column < width; column++) synthesise(work, column, grid.columns, height, bank);
        for (let row = 0; row < height; row++) synthesise(work, row * grid.columns, 1, width, bank);
      }
      const out = complexZeros(rows, columns);
      eachPixel((image, torus) => {
        out.data[image] = work[torus];
        out.data[image + 1] = work[torus + 1];
      });
      return out;
    },
    normal: (x) => ({ shape: x.shape, data: Float32Array.from(x.data) }),
  };
}

/** Sum of magnitudes of the coefficients `[y, x]` of a transform, its coarsest band left out: `|W x|_1`. */
export function detailNorm(coefficients: ComplexArray, { levels, rows, columns }: WaveletGrid): number {
  const [coarseRows, coarseColumns] = [rows >> levels, columns >> levels];
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = row < coarseRows ? coarseColumns : 0; column < columns; column++) {
      const at = 2 * (row * columns + column);
      sum += Math.hypot(coefficients.data[at], coefficients.data[at + 1]);
    }
  }
  return sum;
}
