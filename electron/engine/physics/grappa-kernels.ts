import { cholesky, solveCholesky } from "./cholesky.ts";
import { type ComplexMatrix, complexMatrix } from "./hermitian-eigen.ts";

/** Products with the matrix for its largest eigenvalue; a tenth of a percent is more than enough. */
const powerSteps = 15;

/** Weights of one missing place: for every coil of it, of every coil and source: `[coil, coil, source]`, float64. */
export interface Weights {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Least-squares weights that predict the samples of all coils at some places of a window from those at others, over
 * all windows that a Gram matrix was summed over, with Tikhonov's regularisation.
 */
export class KernelSolver {
  private readonly gram: ComplexMatrix;
  private readonly coils: number;
  private readonly perCoil: number;
  private readonly regularisation: number;

  /**
   * @param gram lower triangle of the Gram matrix `[coil * place, coil * place]` of the windows
   * @param regularisation in units of the largest eigenvalue of the sources' part
   */
  constructor(gram: ComplexMatrix, coils: number, regularisation: number) {
    this.gram = gram;
    this.coils = coils;
    this.perCoil = gram.size / coils;
    this.regularisation = regularisation;
  }

  /** Places count within one coil. Null where the sources hold no signal. */
  solve(sources: readonly number[], targets: readonly number[]): Weights[] | null {
    const { coils, perCoil } = this;
    const count = sources.length;
    const n = coils * count;
    const index = Int32Array.from(
      { length: n },
      (_, i) => Math.floor(i / count) * perCoil + sources[i % count],
    );
    const system = complexMatrix(n);
    for (let row = 0; row < n; row++) {
      for (let column = 0; column <= row; column++) {
        this.read(index[row], index[column], system, row * n + column);
      }
    }
    // Exactly dependent coils must not stop a factor without regularisation: rounding is added in any case.
    const loading = Math.max(this.regularisation, 1e-11) * largestEigenvalue(system);
    if (!(loading > 0)) return null;
    for (let i = 0; i < n; i++) system.re[i * n + i] += loading;
    const factor = cholesky(system);
    if (factor === null) return null;
    return targets.map((target) => {
      const weights = { re: new Float64Array(coils * n), im: new Float64Array(coils * n) };
      for (let coil = 0; coil < coils; coil++) {
        const re = weights.re.subarray(coil * n, (coil + 1) * n);
        const im = weights.im.subarray(coil * n, (coil + 1) * n);
        for (let i = 0; i < n; i++) this.read(index[i], coil * perCoil + target, { re, im }, i);
        solveCholesky(factor, re, im);
        // The system is that of the conjugate weights.
        for (let i = 0; i < n; i++) im[i] = -im[i];
      }
      return weights;
    });
  }

  private read(row: number, column: number, to: { re: Float64Array; im: Float64Array }, at: number): void {
    const { re, im, size } = this.gram;
    const lower = row >= column;
    const from = lower ? row * size + column : column * size + row;
    to.re[at] = re[from];
    to.im[at] = lower ? im[from] : -im[from];
  }
}

/** Of a positive semi-definite matrix's lower triangle, by the power method, from below. */
function largestEigenvalue({ size: n, re, im }: ComplexMatrix): number {
  let [xRe, xIm] = [new Float64Array(n), new Float64Array(n)];
  // The row of the largest diagonal entry lies well in the leading direction.
  let start = 0;
  for (let i = 1; i < n; i++) if (re[i * n + i] > re[start * n + start]) start = i;
  xRe[start] = 1;
  let value = 0;
  for (let step = 0; step < powerSteps; step++) {
    const [yRe, yIm] = [new Float64Array(n), new Float64Array(n)];
    for (let row = 0; row < n; row++) {
      const [c, d] = [xRe[row], xIm[row]];
      let sumRe = re[row * n + row] * c;
      let sumIm = re[row * n + row] * d;
      for (let column = 0; column < row; column++) {
        const a = re[row * n + column];
        const b = im[row * n + column];
        sumRe += a * xRe[column] - b * xIm[column];
        sumIm += a * xIm[column] + b * xRe[column];
        yRe[column] += a * c + b * d;
        yIm[column] += a * d - b * c;
      }
      yRe[row] += sumRe;
      yIm[row] += sumIm;
    }
    value = 0;
    for (let i = 0; i < n; i++) value += yRe[i] ** 2 + yIm[i] ** 2;
    value = Math.sqrt(value);
    if (!(value > 0)) return 0;
    for (let i = 0; i < n; i++) {
      yRe[i] /= value;
      yIm[i] /= value;
    }
    [xRe, xIm] = [yRe, yIm];
  }
  return value;
}
