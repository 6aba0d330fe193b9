// Between the engine's arrays (complex samples, coil by coil) and elements of four coils.

import { add, mul, putPair, sub } from "./vectors";

/**
 * Samples of four coils, each coil's `count` samples in a row of `coilBytes` bytes at `src`, times (re, im) times the
 * factors at `w`, to elements at `dst` plus the byte offsets at `places`.
 */
export function pack(
  src: usize, coilBytes: usize, re: f32, im: f32, w: usize, dst: usize, places: usize, count: usize,
): void {
  for (let end = src + (count << 3); src < end; src += 8, w += 8, places += 4) {
    const ab = v128.load64_lane(src + coilBytes, v128.load64_zero(src), 1);
    const cd = v128.load64_lane(src + 3 * coilBytes, v128.load64_zero(src + 2 * coilBytes), 1);
    const xr = i32x4.shuffle(ab, cd, 0, 2, 4, 6);
    const xi = i32x4.shuffle(ab, cd, 1, 3, 5, 7);
    const wr = load<f32>(w);
    const wi = load<f32>(w, 4);
    const c = f32x4.splat(re * wr - im * wi);
    const s = f32x4.splat(re * wi + im * wr);
    putPair(dst + load<u32>(places), sub(mul(xr, c), mul(xi, s)), add(mul(xr, s), mul(xi, c)));
  }
}

/** The way back, times the conjugates of (re, im) and of the factors. */
export function unpack(
  src: usize, places: usize, re: f32, im: f32, w: usize, dst: usize, coilBytes: usize, count: usize,
): void {
  for (let end = dst + (count << 3); dst < end; dst += 8, w += 8, places += 4) {
    const at = src + load<u32>(places);
    const wr = load<f32>(w);
    const wi = load<f32>(w, 4);
    const c = f32x4.splat(re * wr - im * wi);
    const s = f32x4.splat(re * wi + im * wr);
    const xr = v128.load(at);
    const xi = v128.load(at, 16);
    const yr = add(mul(xr, c), mul(xi, s));
    const yi = sub(mul(xi, c), mul(xr, s));
    const ab = i32x4.shuffle(yr, yi, 0, 4, 1, 5);
    const cd = i32x4.shuffle(yr, yi, 2, 6, 3, 7);
    v128.store64_lane(dst, ab, 0);
    v128.store64_lane(dst + coilBytes, ab, 1);
    v128.store64_lane(dst + 2 * coilBytes, cd, 0);
    v128.store64_lane(dst + 3 * coilBytes, cd, 1);
  }
}

/** Image `[rows, columns]` of complex numbers to `[columns, rows]`, in strips of eight rows. */
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
