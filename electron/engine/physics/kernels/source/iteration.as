// Vector steps of conjugate gradients and FISTA, on images of whole 16-byte parts. The order of every sum is fixed, so
// results are repeatable; within an iteration sums run in float32 over parts of 1,024 values and in float64 over the
// parts.

import { add, lanes, mul, sub } from "./vectors";

@inline const PART: usize = 4096;

/** Sum of a times b over `bytes` bytes, products and sums in float64: the real part of the inner product. */
export function dot(a: usize, b: usize, bytes: usize): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  for (const end = a + bytes; a < end; a += 16, b += 16) {
    const u = v128.load(a);
    const v = v128.load(b);
    even = f64x2.add(even, f64x2.mul(f64x2.promote_low_f32x4(u), f64x2.promote_low_f32x4(v)));
    const upper = i32x4.shuffle(u, u, 2, 3, 2, 3);
    const other = i32x4.shuffle(v, v, 2, 3, 2, 3);
    odd = f64x2.add(odd, f64x2.mul(f64x2.promote_low_f32x4(upper), f64x2.promote_low_f32x4(other)));
  }
  const sum = f64x2.add(even, odd);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** x += alpha p, r -= alpha q; returns r . r. */
export function descend(x: usize, r: usize, p: usize, q: usize, alpha: f32, bytes: usize): f64 {
  const by = f32x4.splat(alpha);
  let total: f64 = 0;
  for (const end = x + bytes; x < end; ) {
    const stop = min(x + PART, end);
    let part = f32x4.splat(0);
    for (; x < stop; x += 16, r += 16, p += 16, q += 16) {
      v128.store(x, add(v128.load(x), mul(by, v128.load(p))));
      const rest = sub(v128.load(r), mul(by, v128.load(q)));
      v128.store(r, rest);
      part = add(part, mul(rest, rest));
    }
    total += lanes(part);
  }
  return total;
}

/** to = a + factor b. */
export function combine(to: usize, a: usize, b: usize, factor: f32, bytes: usize): void {
  const by = f32x4.splat(factor);
  for (const end = to + bytes; to < end; to += 16, a += 16, b += 16) {
    v128.store(to, add(v128.load(a), mul(by, v128.load(b))));
  }
}
