import { type ComplexMatrix, complexMatrix } from "./hermitian-eigen.ts";
import type { Planes } from "./lagged-gram.ts";

/**
 * Lower triangle of the Gram matrix of windows that slide over a calibration block `[coil, ky, kx]`: for every two
 * coils and every two places of a window, the sum over all windows of `one conj(other)`. Places are `width` samples
 * of every line in `lines`, and row `coil * places + line * width + x` is one of them.
 *
 * Windows count by one over the energy of their lines. Otherwise the few that hold the centre of k-space, where a
 * line is far stronger than its neighbours, would decide alone, and their kernels would amplify everywhere else.
 *
 * @param lines of a window, rising, the first 0
 * @param span lines that a window takes up
 */
export function windowGram(
  block: Planes,
  lines: readonly number[],
  span: number,
  width: number,
): ComplexMatrix {
  const { count: coils, rows } = block;
  const places = lines.length * width;
  const out = complexMatrix(coils * places);
  const weights = windowWeights(block, span);
  const products = new LineProducts(block, width);
  const lags = new Set(lines.flatMap((one) => lines.map((other) => other - one)));
  for (let one = 0; one < coils; one++) {
    for (let other = 0; other <= one; other++) {
      for (const down of lags) {
        // On the diagonal the lower triangle is enough.
        if (one === other && down > 0) continue;
        for (let right = 1 - width; right < width; right++) {
          if (one === other && down === 0 && right > 0) continue;
          for (let y = Math.max(0, -down); y < Math.min(rows, rows - down); y++) {
            products.setLine(one, other, y, down, right);
          }
          place(one * places, other * places, down, right);
        }
      }
    }
  }
  return out;

  /** Writes every entry whose places lie so far apart. */
  function place(rowStart: number, columnStart: number, down: number, right: number): void {
    for (const [index, line] of lines.entries()) {
      const partner = lines.indexOf(line + down);
      if (partner < 0) continue;
      for (let x = Math.max(0, -right); x < Math.min(width, width - right); x++) {
        let [sumRe, sumIm] = [0, 0];
        for (let window = 0; window < weights.length; window++) {
          const at = (window + line) * width + x;
          sumRe += weights[window] * products.re[at];
          sumIm += weights[window] * products.im[at];
        }
        const row = rowStart + index * width + x;
        const column = columnStart + partner * width + x + right;
        out.re[row * out.size + column] = sumRe;
        out.im[row * out.size + column] = sumIm;
      }
    }
  }
}

/** One over the energy of the lines of every window, the mean of them 1; zero without signal. */
function windowWeights({ count, rows, columns, re, im }: Planes, span: number): Float64Array {
  const lines = new Float64Array(rows);
  for (let at = 0; at < count * rows * columns; at++) {
    lines[Math.floor(at / columns) % rows] += re[at] ** 2 + im[at] ** 2;
  }
  const weights = Float64Array.from({ length: rows - span + 1 }, (_, window) => {
    const energy = lines.subarray(window, window + span).reduce((sum, value) => sum + value, 0);
    return energy > 0 ? 1 / energy : 0;
  });
  const mean = weights.reduce((sum, value) => sum + value, 0) / weights.length;
  return mean > 0 ? weights.map((value) => value / mean) : weights;
}

/** Sums along the readout of products of two lines, for every place that a window of columns can start at. */
class LineProducts {
  private readonly block: Planes;
  private readonly width: number;
  /** `[line, x]` */
  readonly re: Float64Array;
  readonly im: Float64Array;

  constructor(block: Planes, width: number) {
    this.block = block;
    this.width = width;
    this.re = new Float64Array(block.rows * width);
    this.im = new Float64Array(block.rows * width);
  }

  /** For line `y` of one coil and line `y + down` of another, `right` columns further. */
  setLine(one: number, other: number, y: number, down: number, right: number): void {
    const { rows, columns, re, im } = this.block;
    const a = (one * rows + y) * columns;
    const b = (other * rows + y + down) * columns + right;
    const length = columns - this.width + 1;
    const first = Math.max(0, -right);
    let [sumRe, sumIm] = [0, 0];
    for (let x = first; x < first + length; x++) {
      sumRe += re[a + x] * re[b + x] + im[a + x] * im[b + x];
      sumIm += im[a + x] * re[b + x] - re[a + x] * im[b + x];
    }
    const last = Math.min(this.width, this.width - right);
    for (let x = first; x < last; x++) {
      this.re[y * this.width + x] = sumRe;
      this.im[y * this.width + x] = sumIm;
      // The next window leaves one product behind and takes one more; the last has no next.
      if (x + 1 === last) break;
      const [p, q] = [x, x + length];
      sumRe += re[a + q] * re[b + q] + im[a + q] * im[b + q] - re[a + p] * re[b + p] - im[a + p] * im[b + p];
      sumIm += im[a + q] * re[b + q] - re[a + q] * im[b + q] - im[a + p] * re[b + p] + re[a + p] * im[b + p];
    }
  }
}
