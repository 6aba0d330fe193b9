import { type ComplexArray, complexZeros } from "../base/complex.ts";

/** A linear map between coils, row-major `[to, from]`, real and imaginary parts apart, float64. */
export interface CoilMatrix {
  readonly to: number;
  readonly from: number;
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Two maps that undo each other on what `forward` reaches: `back` after `forward` is the nearest there is to nothing. */
export interface CoilChange {
  readonly forward: CoilMatrix;
  readonly back: CoilMatrix;
}

export function coilMatrix(to: number, from: number): CoilMatrix {
  return { to, from, re: new Float64Array(to * from), im: new Float64Array(to * from) };
}

/** `after` times `before`. */
export function coilProduct(after: CoilMatrix, before: CoilMatrix): CoilMatrix {
  const out = coilMatrix(after.to, before.from);
  for (let row = 0; row < after.to; row++) {
    for (let middle = 0; middle < after.from; middle++) {
      const [a, b] = [after.re[row * after.from + middle], after.im[row * after.from + middle]];
      for (let column = 0; column < before.from; column++) {
        const [c, d] = [before.re[middle * before.from + column], before.im[middle * before.from + column]];
        out.re[row * out.from + column] += a * c - b * d;
        out.im[row * out.from + column] += a * d + b * c;
      }
    }
  }
  return out;
}

/** `one`, then `next`. */
export function chained(one: CoilChange, next: CoilChange): CoilChange {
  return {
    forward: coilProduct(next.forward, one.forward),
    back: coilProduct(one.back, next.back),
  };
}

/** The matrix on the first axis of `[coil, ...]`, summed in float64. */
export function changeCoils(matrix: CoilMatrix, array: ComplexArray): ComplexArray {
  const out = complexZeros(matrix.to, ...array.shape.slice(1));
  const plane = array.data.length / matrix.from;
  const sums = new Float64Array(plane);
  for (let to = 0; to < matrix.to; to++) {
    sums.fill(0);
    for (let from = 0; from < matrix.from; from++) {
      const [a, b] = [matrix.re[to * matrix.from + from], matrix.im[to * matrix.from + from]];
      if (a === 0 && b === 0) continue;
      const source = array.data.subarray(from * plane, (from + 1) * plane);
      for (let i = 0; i < plane; i += 2) {
        sums[i] += a * source[i] - b * source[i + 1];
        sums[i + 1] += a * source[i + 1] + b * source[i];
      }
    }
    out.data.set(sums, to * plane);
  }
  return out;
}

/** `sum_i y_i conj(y_j)` over all places of `[coil, ...]`, float64, in all `[coil, coil]` entries. */
export function coilGram(array: ComplexArray): CoilMatrix {
  const coils = array.shape[0];
  const plane = array.data.length / coils;
  const out = coilMatrix(coils, coils);
  for (let one = 0; one < coils; one++) {
    const a = array.data.subarray(one * plane, (one + 1) * plane);
    for (let other = 0; other <= one; other++) {
      const b = array.data.subarray(other * plane, (other + 1) * plane);
      let [re, im] = [0, 0];
      for (let i = 0; i < plane; i += 2) {
        re += a[i] * b[i] + a[i + 1] * b[i + 1];
        im += a[i + 1] * b[i] - a[i] * b[i + 1];
      }
      out.re[one * coils + other] = re;
      out.im[one * coils + other] = im;
      out.re[other * coils + one] = re;
      out.im[other * coils + one] = -im;
    }
  }
  return out;
}
