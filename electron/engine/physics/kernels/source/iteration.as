// Vector steps of conjugate gradients and FISTA, on images of whole 16-byte parts. Sums run in float32 over parts of
// 1,024 values and in float64 over the parts: order fixed, so repeatable.

import { add, mul, sub } from "./vectors";

// @ts-ignore: decorator
@inline const PART: usize = 4096;

// @ts-ignore: decorator
@inline
function lanes(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}

/** Sum of a times b over `bytes` bytes: the real part of the inner product. */
export function dot(a: usize, b: usize, bytes: usize): f64 {
  let total: f64 = 0;
  for (const end = a + bytes; a < end; ) {
    const stop = min(a + PART, end);
    let part = f32x4.splat(0);
    for (; a < stop; a += 16, b += 16) part = add(part, mul(v128.load(a), v128.load(b)));
    total += lanes(part);
  }
  return total;
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
