import { type ComplexMatrix, complexMatrix } from "./hermitian-eigen.ts";

/** A pivot below this part of its diagonal entry is rounding: the matrix is singular. */
const leastPivot = 1e-12;

/**
 * The lower triangular `L` with `L L^H = A` and a real positive diagonal, of the lower triangle of a Hermitian
 * matrix (Golub and Van Loan, Matrix Computations, 4.2); null when it is not positive definite.
 */
export function cholesky({ size: n, re, im }: ComplexMatrix): ComplexMatrix | null {
  const out = complexMatrix(n);
  for (let row = 0; row < n; row++) {
    const i = row * n;
    for (let column = 0; column <= row; column++) {
      const j = column * n;
      let sumRe = re[i + column];
      let sumIm = im[i + column];
      for (let k = 0; k < column; k++) {
        const a = out.re[i + k];
        const b = out.im[i + k];
        const c = out.re[j + k];
        const d = out.im[j + k];
        sumRe -= a * c + b * d;
        sumIm -= b * c - a * d;
      }
      if (column < row) {
        out.re[i + column] = sumRe / out.re[j + column];
        out.im[i + column] = sumIm / out.re[j + column];
        continue;
      }
      if (!(sumRe > leastPivot * re[i + row])) return null;
      out.re[i + row] = Math.sqrt(sumRe);
    }
  }
  return out;
}

/** Solves `L L^H x = b` in place of `b`, whose parts are `re` and `im`. */
export function solveCholesky(factor: ComplexMatrix, re: Float64Array, im: Float64Array): void {
  const n = factor.size;
  for (let row = 0; row < n; row++) {
    let [sumRe, sumIm] = [re[row], im[row]];
    for (let k = 0; k < row; k++) {
      const a = factor.re[row * n + k];
      const b = factor.im[row * n + k];
      sumRe -= a * re[k] - b * im[k];
      sumIm -= a * im[k] + b * re[k];
    }
    re[row] = sumRe / factor.re[row * n + row];
    im[row] = sumIm / factor.re[row * n + row];
  }
  for (let row = n - 1; row >= 0; row--) {
    const pivot = factor.re[row * n + row];
    const x = re[row] / pivot;
    const y = im[row] / pivot;
    re[row] = x;
    im[row] = y;
    // Column by column of `L^H`, which is row by row of `L` in memory.
    for (let k = 0; k < row; k++) {
      const a = factor.re[row * n + k];
      const b = factor.im[row * n + k];
      re[k] -= a * x + b * y;
      im[k] -= a * y - b * x;
    }
  }
}

/** The inverse of a lower triangular matrix, lower triangular itself. */
export function inverseLower(factor: ComplexMatrix): ComplexMatrix {
  const n = factor.size;
  const out = complexMatrix(n);
  for (let column = 0; column < n; column++) {
    for (let row = column; row < n; row++) {
      let [sumRe, sumIm] = [row === column ? 1 : 0, 0];
      for (let k = column; k < row; k++) {
        const [a, b] = [factor.re[row * n + k], factor.im[row * n + k]];
        const [c, d] = [out.re[k * n + column], out.im[k * n + column]];
        sumRe -= a * c - b * d;
        sumIm -= a * d + b * c;
      }
      out.re[row * n + column] = sumRe / factor.re[row * n + row];
      out.im[row * n + column] = sumIm / factor.re[row * n + row];
    }
  }
  return out;
}
