// Between the engine's arrays (complex samples, coil by coil) and elements of four coils.

import { ELEMENT, add, imTimesConj, mul, putPair, reTimesConj, sub } from "./vectors";

/**
 * `count` samples of four coils, each coil's samples in a row of `coilBytes` bytes at `src`, times the factors at
 * `w`, to elements `stride` apart.
 */
export function pack(src: usize, coilBytes: usize, w: usize, dst: usize, stride: usize, count: usize): void {
  for (let end = src + (count << 3); src < end; src += 8, w += 8, dst += stride) {
    const ab = v128.load64_lane(src + coilBytes, v128.load64_zero(src), 1);
    const cd = v128.load64_lane(src + 3 * coilBytes, v128.load64_zero(src + 2 * coilBytes), 1);
    const re = i32x4.shuffle(ab, cd, 0, 2, 4, 6);
    const im = i32x4.shuffle(ab, cd, 1, 3, 5, 7);
    const c = v128.load32_splat(w);
    const s = v128.load32_splat(w, 4);
    putPair(dst, sub(mul(re, c), mul(im, s)), add(mul(re, s), mul(im, c)));
  }
}

/** The way back, times the conjugate factors: elements `stride` apart to rows of samples. */
export function unpack(src: usize, stride: usize, w: usize, dst: usize, coilBytes: usize, count: usize): void {
  for (let end = dst + (count << 3); dst < end; dst += 8, w += 8, src += stride) {
    const re = reTimesConj(src, w);
    const im = imTimesConj(src, w);
    const ab = i32x4.shuffle(re, im, 0, 4, 1, 5);
    const cd = i32x4.shuffle(re, im, 2, 6, 3, 7);
    v128.store64_lane(dst, ab, 0);
    v128.store64_lane(dst + coilBytes, ab, 1);
    v128.store64_lane(dst + 2 * coilBytes, cd, 0);
    v128.store64_lane(dst + 3 * coilBytes, cd, 1);
  }
}

/** Image `[rows, columns]` of complex numbers to `[columns, rows]` with lines of `lineBytes` bytes, in tiles. */
export function transpose(src: usize, srcBytes: usize, dst: usize, dstBytes: usize, rows: usize, columns: usize): void {
  for (let top: usize = 0; top < rows; top += 8) {
    const bottom = min(top + 8, rows);
    for (let column: usize = 0; column < columns; column++) {
      for (let row = top; row < bottom; row++) {
        store<u64>(dst + column * dstBytes + (row << 3), load<u64>(src + row * srcBytes + (column << 3)));
      }
    }
  }
}
