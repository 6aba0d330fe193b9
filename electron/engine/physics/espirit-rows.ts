import { type LagTable, lags, reach } from "./espirit-kernels.ts";
import type { LeadingEigenvector } from "./leading-eigenvector.ts";

/** Numbers per pair of coils and row: even and odd part of the real and of the imaginary part. */
const perPair = 2 * lags;

/**
 * Evaluates the matrices between coils along image rows. A row first sums the lags down the image; what is left are
 * trigonometric polynomials of degree 5 along the row, whose even and odd parts serve the two pixels that lie
 * opposite each other about the centre.
 */
export class RowMatrices {
  private readonly table: LagTable;
  private readonly rows: number;
  private readonly series: Float64Array;
  private readonly cosines: Float64Array;
  private readonly sines: Float64Array;

  constructor(table: LagTable, rows: number, columns: number) {
    const pairs = (table.coils * (table.coils + 1)) / 2;
    this.table = table;
    this.rows = rows;
    this.series = new Float64Array(pairs * perPair);
    const distances = Math.floor(columns / 2) + 1;
    this.cosines = new Float64Array(distances * reach);
    this.sines = new Float64Array(distances * reach);
    for (let distance = 0; distance < distances; distance++) {
      for (let m = 1; m <= reach; m++) {
        const angle = (2 * Math.PI * distance * m) / columns;
        this.cosines[distance * reach + m - 1] = Math.cos(angle);
        this.sines[distance * reach + m - 1] = Math.sin(angle);
      }
    }
  }

  /** Goes to an image row. */
  setRow(row: number): void {
    const { re, im } = this.table;
    const angle = (2 * Math.PI * (row - Math.floor(this.rows / 2))) / this.rows;
    const cosines = Array.from({ length: lags }, (_, lag) => Math.cos((lag - reach) * angle));
    const sines = Array.from({ length: lags }, (_, lag) => -Math.sin((lag - reach) * angle));
    const sumRe = new Float64Array(lags);
    const sumIm = new Float64Array(lags);
    for (let from = 0, to = 0; to < this.series.length; from += lags * lags, to += perPair) {
      sumRe.fill(0);
      sumIm.fill(0);
      for (let down = 0; down < lags; down++) {
        const c = cosines[down];
        const s = sines[down];
        for (let lag = 0, at = from + down * lags; lag < lags; lag++, at++) {
          sumRe[lag] += re[at] * c - im[at] * s;
          sumIm[lag] += re[at] * s + im[at] * c;
        }
      }
      this.series[to] = sumRe[reach];
      this.series[to + lags] = sumIm[reach];
      for (let m = 1; m <= reach; m++) {
        const [plus, minus] = [reach + m, reach - m];
        this.series[to + m] = sumRe[plus] + sumRe[minus];
        this.series[to + reach + m] = sumIm[plus] - sumIm[minus];
        this.series[to + lags + m] = sumIm[plus] + sumIm[minus];
        this.series[to + lags + reach + m] = sumRe[minus] - sumRe[plus];
      }
    }
  }

  /**
   * Writes the matrices at `distance` pixels right and left of the centre, and says whether the trace of either, which no
   * eigenvalue exceeds, is above `least`: nothing is written where neither is.
   */
  write(distance: number, right: LeadingEigenvector, left: LeadingEigenvector, least: number): boolean {
    const { coils } = this.table;
    const series = this.series;
    const at = distance * reach;
    const c1 = this.cosines[at];
    const c2 = this.cosines[at + 1];
    const c3 = this.cosines[at + 2];
    const c4 = this.cosines[at + 3];
    const c5 = this.cosines[at + 4];
    const s1 = this.sines[at];
    const s2 = this.sines[at + 1];
    const s3 = this.sines[at + 2];
    const s4 = this.sines[at + 3];
    const s5 = this.sines[at + 4];
    let traceRight = 0;
    let traceLeft = 0;
    for (let coil = 0; coil < coils; coil++) {
      const pair = (coil * (coil + 3)) / 2;
      const p = pair * perPair;
      const even =
        series[p] +
        series[p + 1] * c1 +
        series[p + 2] * c2 +
        series[p + 3] * c3 +
        series[p + 4] * c4 +
        series[p + 5] * c5;
      const odd =
        series[p + 6] * s1 +
        series[p + 7] * s2 +
        series[p + 8] * s3 +
        series[p + 9] * s4 +
        series[p + 10] * s5;
      traceRight += right.re[pair] = even + odd;
      traceLeft += left.re[pair] = even - odd;
    }
    if (traceRight <= least && traceLeft <= least) return false;
    for (let i = 1, pair = 1, p = perPair; i < coils; i++, pair++, p += perPair) {
      for (let j = 0; j < i; j++, pair++, p += perPair) {
        const evenRe =
          series[p] +
          series[p + 1] * c1 +
          series[p + 2] * c2 +
          series[p + 3] * c3 +
          series[p + 4] * c4 +
          series[p + 5] * c5;
        const oddRe =
          series[p + 6] * s1 +
          series[p + 7] * s2 +
          series[p + 8] * s3 +
          series[p + 9] * s4 +
          series[p + 10] * s5;
        const evenIm =
          series[p + 11] +
          series[p + 12] * c1 +
          series[p + 13] * c2 +
          series[p + 14] * c3 +
          series[p + 15] * c4 +
          series[p + 16] * c5;
        const oddIm =
          series[p + 17] * s1 +
          series[p + 18] * s2 +
          series[p + 19] * s3 +
          series[p + 20] * s4 +
          series[p + 21] * s5;
        right.re[pair] = evenRe + oddRe;
        right.im[pair] = evenIm + oddIm;
        left.re[pair] = evenRe - oddRe;
        left.im[pair] = evenIm - oddIm;
      }
    }
    return true;
  }
}
