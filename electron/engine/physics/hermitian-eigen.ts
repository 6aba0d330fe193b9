import { EchoError } from "../base/errors.ts";

/** A square complex matrix, row-major, real and imaginary parts apart, float64. */
export interface ComplexMatrix {
  readonly size: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

export interface HermitianEigen {
  /** All eigenvalues, largest first. */
  readonly values: Float64Array;
  /** Orthonormal eigenvectors of the first `count` eigenvalues, one a row: `[count, size]`. */
  readonly count: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** QL sweeps for one eigenvalue; two or three are usual. */
const mostSweeps = 60;

export function complexMatrix(size: number): ComplexMatrix {
  return { size, re: new Float64Array(size * size), im: new Float64Array(size * size) };
}

/**
 * Eigenvalues of a Hermitian matrix and the eigenvectors that `keep` asks for, to rounding: Householder reflections
 * to a real tridiagonal matrix, implicit QL on that, reflections backwards on the kept vectors (Golub and Van Loan,
 * Matrix Computations, 8.3). No tolerance to choose and no start to guess, so near multiplicities do no harm. Only
 * the lower triangle is read, and it is overwritten.
 *
 * @param keep how many of the largest to give vectors for, told all eigenvalues, largest first.
 * @throws EchoError INTERNAL when the matrix holds values that are not finite.
 */
export function hermitianEigen(
  matrix: ComplexMatrix,
  keep: (values: Float64Array) => number,
): HermitianEigen {
  const n = matrix.size;
  const tridiagonal = tridiagonalise(matrix);
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const values = tridiagonal.diagonal;
  implicitQl(values, tridiagonal.below, vectors, n);
  const order = Array.from(values.keys()).sort((a, b) => values[b] - values[a]);
  const sorted = Float64Array.from(order, (index) => values[index]);
  const count = Math.min(n, Math.max(0, keep(sorted)));
  const re = new Float64Array(count * n);
  const im = new Float64Array(count * n);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < n; i++) {
      const value = vectors[order[k] * n + i];
      re[k * n + i] = value * tridiagonal.phaseRe[i];
      im[k * n + i] = value * tridiagonal.phaseIm[i];
    }
  }
  reflectBack(tridiagonal, n, count, re, im);
  return { values: sorted, count, re, im };
}

interface Tridiagonal {
  diagonal: Float64Array;
  /** `below[i]` couples i and i + 1, not negative. */
  below: Float64Array;
  /** Unit factors that make the couplings real. */
  phaseRe: Float64Array;
  phaseIm: Float64Array;
  /** Row k holds the unit vector of reflection k in its places k + 1 and further. */
  mirrorRe: Float64Array;
  mirrorIm: Float64Array;
}

function tridiagonalise({ size: n, re, im }: ComplexMatrix): Tridiagonal {
  const diagonal = new Float64Array(n);
  const below = new Float64Array(n);
  const phaseRe = new Float64Array(n).fill(1);
  const phaseIm = new Float64Array(n);
  const mirrorRe = new Float64Array(n * n);
  const mirrorIm = new Float64Array(n * n);
  const [wRe, wIm] = [new Float64Array(n), new Float64Array(n)];
  for (let k = 0; k < n - 1; k++) {
    const [vRe, vIm] = [mirrorRe.subarray(k * n, (k + 1) * n), mirrorIm.subarray(k * n, (k + 1) * n)];
    let tail = 0;
    for (let i = k + 1; i < n; i++) {
      vRe[i] = re[i * n + k];
      vIm[i] = im[i * n + k];
      if (i > k + 1) tail += vRe[i] * vRe[i] + vIm[i] * vIm[i];
    }
    const [headRe, headIm] = [vRe[k + 1], vIm[k + 1]];
    const head = Math.hypot(headRe, headIm);
    const [unitRe, unitIm] = head > 0 ? [headRe / head, headIm / head] : [1, 0];
    let [coupleRe, coupleIm] = [headRe, headIm];
    if (tail > 0) {
      const norm = Math.sqrt(tail + head * head);
      // The reflection sends the column to minus its head's phase times its length, away from cancellation.
      [coupleRe, coupleIm] = [-unitRe * norm, -unitIm * norm];
      vRe[k + 1] += unitRe * norm;
      vIm[k + 1] += unitIm * norm;
      const scale = 1 / Math.sqrt(tail + (head + norm) ** 2);
      for (let i = k + 1; i < n; i++) {
        vRe[i] *= scale;
        vIm[i] *= scale;
      }
      reflectBothSides(re, im, n, k + 1, vRe, vIm, wRe, wIm);
    } else {
      vRe.fill(0);
      vIm.fill(0);
    }
    const length = Math.hypot(coupleRe, coupleIm);
    below[k] = length;
    const [turnRe, turnIm] = length > 0 ? [coupleRe / length, coupleIm / length] : [1, 0];
    phaseRe[k + 1] = phaseRe[k] * turnRe - phaseIm[k] * turnIm;
    phaseIm[k + 1] = phaseRe[k] * turnIm + phaseIm[k] * turnRe;
  }
  for (let i = 0; i < n; i++) diagonal[i] = re[i * n + i];
  return { diagonal, below, phaseRe, phaseIm, mirrorRe, mirrorIm };
}

/** `A - 2 (v w^H + w v^H)` on the lower triangle from `first`, with `w = A v - (v^H A v) v`: `H A H`, `H = 1 - 2 v v^H`. */
function reflectBothSides(
  re: Float64Array,
  im: Float64Array,
  n: number,
  first: number,
  vRe: Float64Array,
  vIm: Float64Array,
  wRe: Float64Array,
  wIm: Float64Array,
): void {
  wRe.fill(0, first);
  wIm.fill(0, first);
  for (let i = first; i < n; i++) {
    const row = i * n;
    const [xRe, xIm] = [vRe[i], vIm[i]];
    let sumRe = re[row + i] * xRe;
    let sumIm = re[row + i] * xIm;
    for (let j = first; j < i; j++) {
      const a = re[row + j];
      const b = im[row + j];
      sumRe += a * vRe[j] - b * vIm[j];
      sumIm += a * vIm[j] + b * vRe[j];
      wRe[j] += a * xRe + b * xIm;
      wIm[j] += a * xIm - b * xRe;
    }
    wRe[i] += sumRe;
    wIm[i] += sumIm;
  }
  let quotient = 0;
  for (let i = first; i < n; i++) quotient += vRe[i] * wRe[i] + vIm[i] * wIm[i];
  for (let i = first; i < n; i++) {
    wRe[i] = 2 * (wRe[i] - quotient * vRe[i]);
    wIm[i] = 2 * (wIm[i] - quotient * vIm[i]);
  }
  for (let i = first; i < n; i++) {
    const row = i * n;
    const a = vRe[i];
    const b = vIm[i];
    const c = wRe[i];
    const d = wIm[i];
    for (let j = first; j <= i; j++) {
      re[row + j] -= a * wRe[j] + b * wIm[j] + c * vRe[j] + d * vIm[j];
      im[row + j] -= b * wRe[j] - a * wIm[j] + d * vRe[j] - c * vIm[j];
    }
  }
}

/**
 * Eigenvalues of a real symmetric tridiagonal matrix in place of its diagonal, by QL with Wilkinson's shift; the
 * rows of `vectors` `[n, n]` become its eigenvectors. Rotations act on whole rows, which lie together in memory.
 */
function implicitQl(diagonal: Float64Array, below: Float64Array, vectors: Float64Array, n: number): void {
  for (let first = 0; first < n; first++) {
    for (let sweep = 0; ; sweep++) {
      let last = first;
      while (last < n - 1) {
        const size = Math.abs(diagonal[last]) + Math.abs(diagonal[last + 1]);
        if (Math.abs(below[last]) <= Number.EPSILON * size) break;
        last++;
      }
      if (last === first) break;
      if (sweep === mostSweeps)
        throw new EchoError(
          "INTERNAL",
          "the eigenvalues of a matrix were not found: does it hold values that are not finite?",
        );
      const half = (diagonal[first + 1] - diagonal[first]) / (2 * below[first]);
      const root = Math.hypot(half, 1);
      let chase = diagonal[last] - diagonal[first] + below[first] / (half + (half >= 0 ? root : -root));
      let [sine, cosine, shift] = [1, 1, 0];
      let at = last - 1;
      for (; at >= first; at--) {
        const spill = sine * below[at];
        const b = cosine * below[at];
        const length = Math.hypot(spill, chase);
        below[at + 1] = length;
        if (length === 0) {
          diagonal[at + 1] -= shift;
          below[last] = 0;
          break;
        }
        sine = spill / length;
        cosine = chase / length;
        chase = diagonal[at + 1] - shift;
        const turned = (diagonal[at] - chase) * sine + 2 * cosine * b;
        shift = sine * turned;
        diagonal[at + 1] = chase + shift;
        chase = cosine * turned - b;
        rotateRows(vectors, at * n, n, sine, cosine);
      }
      if (at >= first) continue;
      diagonal[first] -= shift;
      below[first] = chase;
      below[last] = 0;
    }
  }
}

function rotateRows(vectors: Float64Array, start: number, n: number, sine: number, cosine: number): void {
  for (let i = start; i < start + n; i++) {
    const upper = vectors[i];
    const lower = vectors[i + n];
    vectors[i + n] = sine * upper + cosine * lower;
    vectors[i] = cosine * upper - sine * lower;
  }
}

function reflectBack(
  { mirrorRe, mirrorIm }: Tridiagonal,
  n: number,
  count: number,
  re: Float64Array,
  im: Float64Array,
): void {
  for (let k = n - 2; k >= 0; k--) {
    const mirror = k * n;
    for (let vector = 0; vector < count; vector++) {
      const row = vector * n;
      let [sumRe, sumIm] = [0, 0];
      for (let i = k + 1; i < n; i++) {
        sumRe += mirrorRe[mirror + i] * re[row + i] + mirrorIm[mirror + i] * im[row + i];
        sumIm += mirrorRe[mirror + i] * im[row + i] - mirrorIm[mirror + i] * re[row + i];
      }
      sumRe *= 2;
      sumIm *= 2;
      for (let i = k + 1; i < n; i++) {
        re[row + i] -= mirrorRe[mirror + i] * sumRe - mirrorIm[mirror + i] * sumIm;
        im[row + i] -= mirrorRe[mirror + i] * sumIm + mirrorIm[mirror + i] * sumRe;
      }
    }
  }
}
