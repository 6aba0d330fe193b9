// One element is one pixel or sample of four coils: four real parts (16 bytes), then four imaginary parts.
// Plain SIMD only: its rounding is fixed by the standard, so results have the same bits on every machine.

@inline export const ELEMENT: usize = 32;

@inline
export function add(a: v128, b: v128): v128 {
  return f32x4.add(a, b);
}

@inline
export function sub(a: v128, b: v128): v128 {
  return f32x4.sub(a, b);
}

@inline
export function mul(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}

@inline
export function putPair(at: usize, re: v128, im: v128): void {
  v128.store(at, re);
  v128.store(at, im, 16);
}

/** Stores (re, im) times the factor at `w` (cosine, sine). */
@inline
export function putTimes(at: usize, re: v128, im: v128, w: usize): void {
  const c = v128.load32_splat(w);
  const s = v128.load32_splat(w, 4);
  v128.store(at, sub(mul(re, c), mul(im, s)));
  v128.store(at, add(mul(re, s), mul(im, c)), 16);
}

/** Real part of the element at `at` times the conjugate of the factor at `w`. */
@inline
export function reTimesConj(at: usize, w: usize): v128 {
  return add(
    mul(v128.load(at), v128.load32_splat(w)),
    mul(v128.load(at, 16), v128.load32_splat(w, 4)),
  );
}

/** Imaginary part of the element at `at` times the conjugate of the factor at `w`. */
@inline
export function imTimesConj(at: usize, w: usize): v128 {
  return sub(
    mul(v128.load(at, 16), v128.load32_splat(w)),
    mul(v128.load(at), v128.load32_splat(w, 4)),
  );
}

// Pixel (complex number at `x`) times coil sensitivities (element at `s`).

@inline
export function reCoil(x: usize, s: usize): v128 {
  return sub(mul(v128.load32_splat(x), v128.load(s)), mul(v128.load32_splat(x, 4), v128.load(s, 16)));
}

@inline
export function imCoil(x: usize, s: usize): v128 {
  return add(mul(v128.load32_splat(x), v128.load(s, 16)), mul(v128.load32_splat(x, 4), v128.load(s)));
}

/** Stores (re, im) times the conjugate coil sensitivities at `s`, added to what is there unless `first`. */
@inline
export function putConjCoil(at: usize, re: v128, im: v128, s: usize, first: bool): void {
  const sr = v128.load(s);
  const si = v128.load(s, 16);
  let outRe = add(mul(re, sr), mul(im, si));
  let outIm = sub(mul(im, sr), mul(re, si));
  if (!first) {
    outRe = add(outRe, v128.load(at));
    outIm = add(outIm, v128.load(at, 16));
  }
  v128.store(at, outRe);
  v128.store(at, outIm, 16);
}

/** Sum of the four lanes in float64, in a fixed order. */
@inline
export function lanes(v: v128): f64 {
  return (
    <f64>f32x4.extract_lane(v, 0) + <f64>f32x4.extract_lane(v, 1) +
    (<f64>f32x4.extract_lane(v, 2) + <f64>f32x4.extract_lane(v, 3))
  );
}
