import { type ComplexMatrix, complexMatrix } from "./hermitian-eigen.ts";

/** Planes `[plane, rows, columns]` of complex samples, parts apart, float64. */
export interface Planes {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/**
 * Gram matrix of windows that slide over planes: for every two planes and every two places `d`, `e` of `places`
 * (rows x columns), the sum over the window of `plane(p + d) conj(other(p + e))`. The window is what the places
 * leave: `rows - places[0] + 1` by `columns - places[1] + 1`. Index of a row: `plane * places + d`.
 *
 * All entries with the same `e - d` are box sums over one product of two planes, so running sums give each in four
 * additions; nothing of the size window x places is ever made.
 *
 * @param joined true sums over the planes first: one matrix `[places, places]`, with the same plane on both sides.
 */
export function laggedGram(
  planes: Planes,
  places: readonly [number, number],
  joined: boolean,
): ComplexMatrix {
  const { count, rows, columns } = planes;
  const perPlane = places[0] * places[1];
  const out = complexMatrix(joined ? perPlane : count * perPlane);
  const sums = new RunningSums(rows, columns);
  const everyPlane = Array.from({ length: count }, (_, plane) => [plane, plane] as const);
  for (let one = 0; one < (joined ? 1 : count); one++) {
    for (let other = 0; other <= one; other++) {
      const pairs = joined ? everyPlane : [[one, other] as const];
      for (let down = 1 - places[0]; down < places[0]; down++) {
        for (let right = 1 - places[1]; right < places[1]; right++) {
          // On the diagonal the lower triangle is enough.
          if (one === other && (down > 0 || (down === 0 && right > 0))) continue;
          sums.start();
          for (const [f, g] of pairs) sums.addProduct(planes, f, g, down, right);
          sums.finish();
          fill(out, sums, places, [one * perPlane, other * perPlane], [down, right], [rows, columns]);
        }
      }
    }
  }
  return out;
}

/** Writes every entry whose places lie `lag` apart. */
function fill(
  out: ComplexMatrix,
  sums: RunningSums,
  places: readonly [number, number],
  corner: readonly [number, number],
  lag: readonly [number, number],
  size: readonly [number, number],
): void {
  const [height, width] = [size[0] - places[0] + 1, size[1] - places[1] + 1];
  for (let y = Math.max(0, -lag[0]); y < Math.min(places[0], places[0] - lag[0]); y++) {
    for (let x = Math.max(0, -lag[1]); x < Math.min(places[1], places[1] - lag[1]); x++) {
      const row = corner[0] + y * places[1] + x;
      const column = corner[1] + (y + lag[0]) * places[1] + x + lag[1];
      sums.box(y, x, height, width);
      out.re[row * out.size + column] = sums.boxRe;
      out.im[row * out.size + column] = sums.boxIm;
    }
  }
}

/** Products of planes and their sums over boxes, by a summed-area table. */
class RunningSums {
  private readonly columns: number;
  private readonly re: Float64Array;
  private readonly im: Float64Array;
  boxRe = 0;
  boxIm = 0;

  constructor(rows: number, columns: number) {
    this.columns = columns;
    this.re = new Float64Array((rows + 1) * (columns + 1));
    this.im = new Float64Array((rows + 1) * (columns + 1));
  }

  start(): void {
    this.re.fill(0);
    this.im.fill(0);
  }

  /** Adds `f(y, x) conj(g(y + down, x + right))` where both exist, one row and column further in the table. */
  addProduct(planes: Planes, f: number, g: number, down: number, right: number): void {
    const { rows, columns, re, im } = planes;
    const left = Math.max(0, -right);
    const end = Math.min(columns, columns - right);
    for (let y = Math.max(0, -down); y < Math.min(rows, rows - down); y++) {
      const one = (f * rows + y) * columns;
      const other = (g * rows + y + down) * columns + right;
      const to = (y + 1) * (columns + 1) + 1;
      for (let x = left; x < end; x++) {
        const a = re[one + x];
        const b = im[one + x];
        const c = re[other + x];
        const d = im[other + x];
        this.re[to + x] += a * c + b * d;
        this.im[to + x] += b * c - a * d;
      }
    }
  }

  finish(): void {
    const width = this.columns + 1;
    for (let start = width; start < this.re.length; start += width) {
      let [sumRe, sumIm] = [0, 0];
      for (let at = start + 1; at < start + width; at++) {
        sumRe += this.re[at];
        sumIm += this.im[at];
        this.re[at] = this.re[at - width] + sumRe;
        this.im[at] = this.im[at - width] + sumIm;
      }
    }
  }

  box(y: number, x: number, height: number, width: number): void {
    const top = y * (this.columns + 1) + x;
    const bottom = top + height * (this.columns + 1);
    this.boxRe = this.re[bottom + width] - this.re[bottom] - this.re[top + width] + this.re[top];
    this.boxIm = this.im[bottom + width] - this.im[bottom] - this.im[top + width] + this.im[top];
  }
}
