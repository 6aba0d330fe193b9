/** A residual below this part of the largest eigenvalue ends the iteration. */
const tolerance = 1e-7;

/**
 * Largest eigenvalue and its eigenvector of many small Hermitian matrices, one after the other, by Lanczos'
 * method with every vector kept orthogonal to all before. After as many steps as the matrix has rows it is exact, and
 * it ends earlier when the residual of the pair, known without further products, is small: power iterations would
 * need hundreds where the second eigenvalue is close to the first.
 *
 * Matrices are packed lower triangles, row by row: `(i, j)` at `i (i + 1) / 2 + j` for `j <= i`, parts apart.
 */
export class LeadingEigenvector {
  readonly size: number;
  /** The matrix, to be written by the caller. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  /** Unit eigenvector, valid after `solve`. */
  readonly vectorRe: Float64Array;
  readonly vectorIm: Float64Array;
  private readonly startRe: Float64Array;
  private readonly startIm: Float64Array;
  private readonly basisRe: Float64Array;
  private readonly basisIm: Float64Array;
  private readonly productRe: Float64Array;
  private readonly productIm: Float64Array;
  private readonly diagonal: Float64Array;
  private readonly below: Float64Array;
  private readonly ritz: Float64Array;

  constructor(size: number) {
    const packed = (size * (size + 1)) / 2;
    this.size = size;
    this.re = new Float64Array(packed);
    this.im = new Float64Array(packed);
    this.vectorRe = new Float64Array(size);
    this.vectorIm = new Float64Array(size);
    // Squares times an irrational part of a turn are spread evenly and repeat nowhere.
    const angles = Array.from({ length: size }, (_, i) => 2 * Math.PI * i * i * ((Math.sqrt(5) - 1) / 2));
    this.startRe = Float64Array.from(angles, Math.cos);
    this.startIm = Float64Array.from(angles, Math.sin);
    this.basisRe = new Float64Array(size * size);
    this.basisIm = new Float64Array(size * size);
    this.productRe = new Float64Array(size);
    this.productIm = new Float64Array(size);
    this.diagonal = new Float64Array(size);
    this.below = new Float64Array(size);
    this.ritz = new Float64Array(size);
  }

  /** The largest eigenvalue; its vector is in `vectorRe` and `vectorIm`. 0 and no vector for a matrix of zeros. */
  solve(): number {
    const n = this.size;
    if (!this.start()) {
      this.vectorRe.fill(0);
      this.vectorIm.fill(0);
      return 0;
    }
    let value = 0;
    let coupling = 0;
    for (let step = 0; ; step++) {
      this.multiply(step * n);
      this.diagonal[step] = this.orthogonalise(step);
      const next = Math.sqrt(this.productEnergy());
      value = largestRoot(this.diagonal, this.below, step + 1, value, coupling);
      const last = ritzVector(this.diagonal, this.below, step + 1, value, this.ritz);
      coupling = next;
      if (step + 1 === n || next * last <= tolerance * value) {
        this.combine(step + 1);
        return value;
      }
      this.below[step] = next;
      const to = (step + 1) * n;
      for (let i = 0; i < n; i++) {
        this.basisRe[to + i] = this.productRe[i] / next;
        this.basisIm[to + i] = this.productIm[i] / next;
      }
    }
  }

  /**
   * Starts from the matrix applied to phases without a pattern, the same ones every time. One coil alone, even the
   * strongest, may see nothing of the eigenvector; then no number of steps would find it.
   */
  private start(): boolean {
    const { size: n, basisRe, basisIm, productRe, productIm, startRe, startIm } = this;
    for (let i = 0; i < n; i++) {
      basisRe[i] = startRe[i];
      basisIm[i] = startIm[i];
    }
    this.multiply(0);
    const energy = this.productEnergy();
    if (!(energy > 0)) return false;
    const factor = 1 / Math.sqrt(energy);
    for (let i = 0; i < n; i++) {
      basisRe[i] = productRe[i] * factor;
      basisIm[i] = productIm[i] * factor;
    }
    return true;
  }

  /** The matrix times the basis vector that starts at `from`. */
  private multiply(from: number): void {
    const { size: n, re, im, basisRe, basisIm, productRe, productIm } = this;
    let at = 0;
    for (let i = 0; i < n; i++) {
      const xRe = basisRe[from + i];
      const xIm = basisIm[from + i];
      let sumRe = 0;
      let sumIm = 0;
      for (let j = 0; j < i; j++) {
        const a = re[at];
        const b = im[at];
        at++;
        const yRe = basisRe[from + j];
        const yIm = basisIm[from + j];
        sumRe += a * yRe - b * yIm;
        sumIm += a * yIm + b * yRe;
        productRe[j] += a * xRe + b * xIm;
        productIm[j] += a * xIm - b * xRe;
      }
      productRe[i] = sumRe + re[at] * xRe;
      productIm[i] = sumIm + re[at] * xIm;
      at++;
    }
  }

  /** Takes from the product what lies along the basis so far; returns the part along the newest, which is real. */
  private orthogonalise(step: number): number {
    const { size: n, basisRe, basisIm, productRe, productIm } = this;
    let along = 0;
    for (let k = step; k >= 0; k--) {
      let dotRe = 0;
      let dotIm = 0;
      for (let i = k * n, j = 0; j < n; i++, j++) {
        dotRe += basisRe[i] * productRe[j] + basisIm[i] * productIm[j];
        dotIm += basisRe[i] * productIm[j] - basisIm[i] * productRe[j];
      }
      if (k === step) along = dotRe;
      for (let i = k * n, j = 0; j < n; i++, j++) {
        productRe[j] -= basisRe[i] * dotRe - basisIm[i] * dotIm;
        productIm[j] -= basisRe[i] * dotIm + basisIm[i] * dotRe;
      }
    }
    return along;
  }

  private productEnergy(): number {
    let sum = 0;
    for (let i = 0; i < this.size; i++) sum += this.productRe[i] ** 2 + this.productIm[i] ** 2;
    return sum;
  }

  private combine(count: number): void {
    const { size: n, basisRe, basisIm, vectorRe, vectorIm, ritz } = this;
    vectorRe.fill(0);
    vectorIm.fill(0);
    for (let k = 0; k < count; k++) {
      for (let i = 0; i < n; i++) {
        vectorRe[i] += ritz[k] * basisRe[k * n + i];
        vectorIm[i] += ritz[k] * basisIm[k * n + i];
      }
    }
  }
}

/**
 * Largest eigenvalue of the real symmetric tridiagonal matrix of `count` rows: Newton's method on the characteristic
 * polynomial from above, where it falls monotonically on the largest root. `before` is the largest eigenvalue of
 * the matrix without its last row, `coupling` what ties that row to it: together they bound the root.
 */
function largestRoot(
  diagonal: Float64Array,
  below: Float64Array,
  count: number,
  before: number,
  coupling: number,
): number {
  const newest = diagonal[count - 1];
  if (count === 1) return newest;
  const half = (before - newest) / 2;
  let root = (before + newest) / 2 + Math.hypot(half, coupling);
  for (;;) {
    // Pivots d_i of T - root, all negative above the largest root, and the sum of their relative slopes p' / p.
    let pivot = diagonal[0] - root;
    let slope = -1;
    let sum = slope / pivot;
    for (let i = 1; i < count; i++) {
      const ratio = (below[i - 1] * below[i - 1]) / pivot;
      slope = -1 + (ratio * slope) / pivot;
      pivot = diagonal[i] - root - ratio;
      sum += slope / pivot;
    }
    if (!(pivot < 0) || !(sum > 0)) return root;
    const lower = root - 1 / sum;
    if (!(lower < root) || root - lower <= 1e-15 * root) return lower;
    root = lower;
  }
}

/** Unit eigenvector of the tridiagonal matrix, backwards, the direction in which it grows; returns its last entry. */
function ritzVector(
  diagonal: Float64Array,
  below: Float64Array,
  count: number,
  value: number,
  out: Float64Array,
): number {
  out[count - 1] = 1;
  let energy = 1;
  for (let i = count - 1; i > 0; i--) {
    const further = i + 1 < count ? below[i] * out[i + 1] : 0;
    out[i - 1] = ((value - diagonal[i]) * out[i] - further) / below[i - 1];
    energy += out[i - 1] * out[i - 1];
  }
  const factor = 1 / Math.sqrt(energy);
  for (let i = 0; i < count; i++) out[i] *= factor;
  return out[count - 1];
}
