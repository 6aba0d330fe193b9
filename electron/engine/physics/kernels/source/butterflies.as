// Passes of the transform. The forward transform is decimation in frequency (small DFT, then twiddle factors), the
// inverse is decimation in time with the same passes in reverse order (conjugate factors, then small inverse DFT):
// between the two the samples stand in digit-reversed order and nobody has to sort them.
//
// Each pass works on one block of `radix * m` elements: sample q of butterfly j lies at `src + (j + q m) sStride`
// and goes to `dst + (j + q m) dStride`; in place when the two are equal. `w` points at the factors
// exp(-2 pi i j q / (radix m)) as (cosine, sine), for j below m and q from 1 below the radix.

import { ELEMENT, add, imCoil, imTimesConj, mul, putConjCoil, putPair, putTimes, reCoil, reTimesConj, sub } from "./vectors";

@inline const HALF_ROOT_3: f32 = 0.8660254037844386;
@inline const C1: f32 = 0.30901699437494745;
@inline const S1: f32 = 0.9510565162951535;
@inline const C2: f32 = -0.8090169943749475;
@inline const S2: f32 = 0.5877852522924731;

export function forward2(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 8) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const br = v128.load(src + sStep);
    const bi = v128.load(src + sStep, 16);
    putPair(dst, add(ar, br), add(ai, bi));
    putTimes(dst + dStep, sub(ar, br), sub(ai, bi), w);
  }
}

export function inverse2(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 8) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const br = reTimesConj(src + sStep, w);
    const bi = imTimesConj(src + sStep, w);
    putPair(dst, add(ar, br), add(ai, bi));
    putPair(dst + dStep, sub(ar, br), sub(ai, bi));
  }
}

export function forward3(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  const half = f32x4.splat(0.5);
  const h = f32x4.splat(HALF_ROOT_3);
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 16) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const br = v128.load(src + sStep);
    const bi = v128.load(src + sStep, 16);
    const cr = v128.load(src + 2 * sStep);
    const ci = v128.load(src + 2 * sStep, 16);
    const tr = add(br, cr);
    const ti = add(bi, ci);
    const ur = sub(ar, mul(half, tr));
    const ui = sub(ai, mul(half, ti));
    const vr = mul(h, sub(bi, ci));
    const vi = mul(h, sub(cr, br));
    putPair(dst, add(ar, tr), add(ai, ti));
    putTimes(dst + dStep, add(ur, vr), add(ui, vi), w);
    putTimes(dst + 2 * dStep, sub(ur, vr), sub(ui, vi), w + 8);
  }
}

export function inverse3(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  const half = f32x4.splat(0.5);
  const h = f32x4.splat(HALF_ROOT_3);
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 16) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const br = reTimesConj(src + sStep, w);
    const bi = imTimesConj(src + sStep, w);
    const cr = reTimesConj(src + 2 * sStep, w + 8);
    const ci = imTimesConj(src + 2 * sStep, w + 8);
    const tr = add(br, cr);
    const ti = add(bi, ci);
    const ur = sub(ar, mul(half, tr));
    const ui = sub(ai, mul(half, ti));
    const vr = mul(h, sub(ci, bi));
    const vi = mul(h, sub(br, cr));
    putPair(dst, add(ar, tr), add(ai, ti));
    putPair(dst + dStep, add(ur, vr), add(ui, vi));
    putPair(dst + 2 * dStep, sub(ur, vr), sub(ui, vi));
  }
}

export function forward4(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 24) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const br = v128.load(src + sStep);
    const bi = v128.load(src + sStep, 16);
    const cr = v128.load(src + 2 * sStep);
    const ci = v128.load(src + 2 * sStep, 16);
    const dr = v128.load(src + 3 * sStep);
    const di = v128.load(src + 3 * sStep, 16);
    const tr = add(ar, cr);
    const ti = add(ai, ci);
    const ur = add(br, dr);
    const ui = add(bi, di);
    const er = sub(ar, cr);
    const ei = sub(ai, ci);
    // (b - d) times -i
    const fr = sub(bi, di);
    const fi = sub(dr, br);
    putPair(dst, add(tr, ur), add(ti, ui));
    putTimes(dst + dStep, add(er, fr), add(ei, fi), w);
    putTimes(dst + 2 * dStep, sub(tr, ur), sub(ti, ui), w + 8);
    putTimes(dst + 3 * dStep, sub(er, fr), sub(ei, fi), w + 16);
  }
}

export function inverse4(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 24) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const cr = reTimesConj(src + 2 * sStep, w + 8);
    const ci = imTimesConj(src + 2 * sStep, w + 8);
    const br = reTimesConj(src + sStep, w);
    const bi = imTimesConj(src + sStep, w);
    const dr = reTimesConj(src + 3 * sStep, w + 16);
    const di = imTimesConj(src + 3 * sStep, w + 16);
    const tr = add(ar, cr);
    const ti = add(ai, ci);
    const ur = add(br, dr);
    const ui = add(bi, di);
    const er = sub(ar, cr);
    const ei = sub(ai, ci);
    // (b - d) times i
    const fr = sub(di, bi);
    const fi = sub(br, dr);
    putPair(dst, add(tr, ur), add(ti, ui));
    putPair(dst + dStep, add(er, fr), add(ei, fi));
    putPair(dst + 2 * dStep, sub(tr, ur), sub(ti, ui));
    putPair(dst + 3 * dStep, sub(er, fr), sub(ei, fi));
  }
}

/** `forward4` that takes its samples as pixels at `x` times coil sensitivities at `s`: the first pass of A. */
export function forward4Coils(x: usize, s: usize, dst: usize, m: usize, w: usize): void {
  const xStep = m << 3;
  const step = m << 5;
  for (let end = x + xStep; x < end; x += 8, s += ELEMENT, dst += ELEMENT, w += 24) {
    const ar = reCoil(x, s);
    const ai = imCoil(x, s);
    const cr = reCoil(x + 2 * xStep, s + 2 * step);
    const ci = imCoil(x + 2 * xStep, s + 2 * step);
    const tr = add(ar, cr);
    const ti = add(ai, ci);
    const er = sub(ar, cr);
    const ei = sub(ai, ci);
    const br = reCoil(x + xStep, s + step);
    const bi = imCoil(x + xStep, s + step);
    const dr = reCoil(x + 3 * xStep, s + 3 * step);
    const di = imCoil(x + 3 * xStep, s + 3 * step);
    const ur = add(br, dr);
    const ui = add(bi, di);
    const fr = sub(bi, di);
    const fi = sub(dr, br);
    putPair(dst, add(tr, ur), add(ti, ui));
    putTimes(dst + step, add(er, fr), add(ei, fi), w);
    putTimes(dst + 2 * step, sub(tr, ur), sub(ti, ui), w + 8);
    putTimes(dst + 3 * step, sub(er, fr), sub(ei, fi), w + 16);
  }
}

/** `inverse4` whose results are multiplied by conjugate sensitivities at `s` and summed at `sum`: the last pass of A^H. */
@inline
function inverse4CoilsBody(src: usize, s: usize, sum: usize, m: usize, w: usize, first: bool): void {
  const step = m << 5;
  for (let end = src + step; src < end; src += ELEMENT, s += ELEMENT, sum += ELEMENT, w += 24) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const cr = reTimesConj(src + 2 * step, w + 8);
    const ci = imTimesConj(src + 2 * step, w + 8);
    const br = reTimesConj(src + step, w);
    const bi = imTimesConj(src + step, w);
    const dr = reTimesConj(src + 3 * step, w + 16);
    const di = imTimesConj(src + 3 * step, w + 16);
    const tr = add(ar, cr);
    const ti = add(ai, ci);
    const ur = add(br, dr);
    const ui = add(bi, di);
    const er = sub(ar, cr);
    const ei = sub(ai, ci);
    const fr = sub(di, bi);
    const fi = sub(br, dr);
    putConjCoil(sum, add(tr, ur), add(ti, ui), s, first);
    putConjCoil(sum + step, add(er, fr), add(ei, fi), s + step, first);
    putConjCoil(sum + 2 * step, sub(tr, ur), sub(ti, ui), s + 2 * step, first);
    putConjCoil(sum + 3 * step, sub(er, fr), sub(ei, fi), s + 3 * step, first);
  }
}

export function inverse4Coils(src: usize, s: usize, sum: usize, m: usize, w: usize, first: bool): void {
  if (first) inverse4CoilsBody(src, s, sum, m, w, true);
  else inverse4CoilsBody(src, s, sum, m, w, false);
}

export function forward5(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 32) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const b = src + sStep;
    const e = src + 4 * sStep;
    const ber = add(v128.load(b), v128.load(e));
    const bei = add(v128.load(b, 16), v128.load(e, 16));
    const bmr = sub(v128.load(b), v128.load(e));
    const bmi = sub(v128.load(b, 16), v128.load(e, 16));
    const c = src + 2 * sStep;
    const d = src + 3 * sStep;
    const cdr = add(v128.load(c), v128.load(d));
    const cdi = add(v128.load(c, 16), v128.load(d, 16));
    const cmr = sub(v128.load(c), v128.load(d));
    const cmi = sub(v128.load(c, 16), v128.load(d, 16));
    putPair(dst, add(ar, add(ber, cdr)), add(ai, add(bei, cdi)));
    const ur = add(ar, add(mul(f32x4.splat(C1), ber), mul(f32x4.splat(C2), cdr)));
    const ui = add(ai, add(mul(f32x4.splat(C1), bei), mul(f32x4.splat(C2), cdi)));
    const pr = add(mul(f32x4.splat(S1), bmi), mul(f32x4.splat(S2), cmi));
    const pi = add(mul(f32x4.splat(S1), bmr), mul(f32x4.splat(S2), cmr));
    putTimes(dst + dStep, add(ur, pr), sub(ui, pi), w);
    putTimes(dst + 4 * dStep, sub(ur, pr), add(ui, pi), w + 24);
    const vr = add(ar, add(mul(f32x4.splat(C2), ber), mul(f32x4.splat(C1), cdr)));
    const vi = add(ai, add(mul(f32x4.splat(C2), bei), mul(f32x4.splat(C1), cdi)));
    const gr = sub(mul(f32x4.splat(S2), bmi), mul(f32x4.splat(S1), cmi));
    const gi = sub(mul(f32x4.splat(S2), bmr), mul(f32x4.splat(S1), cmr));
    putTimes(dst + 2 * dStep, add(vr, gr), sub(vi, gi), w + 8);
    putTimes(dst + 3 * dStep, sub(vr, gr), add(vi, gi), w + 16);
  }
}

export function inverse5(src: usize, sStride: usize, dst: usize, dStride: usize, m: usize, w: usize): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += 32) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    const br = reTimesConj(src + sStep, w);
    const bi = imTimesConj(src + sStep, w);
    const er = reTimesConj(src + 4 * sStep, w + 24);
    const ei = imTimesConj(src + 4 * sStep, w + 24);
    const ber = add(br, er);
    const bei = add(bi, ei);
    const bmr = sub(br, er);
    const bmi = sub(bi, ei);
    const cr = reTimesConj(src + 2 * sStep, w + 8);
    const ci = imTimesConj(src + 2 * sStep, w + 8);
    const dr = reTimesConj(src + 3 * sStep, w + 16);
    const di = imTimesConj(src + 3 * sStep, w + 16);
    const cdr = add(cr, dr);
    const cdi = add(ci, di);
    const cmr = sub(cr, dr);
    const cmi = sub(ci, di);
    putPair(dst, add(ar, add(ber, cdr)), add(ai, add(bei, cdi)));
    const ur = add(ar, add(mul(f32x4.splat(C1), ber), mul(f32x4.splat(C2), cdr)));
    const ui = add(ai, add(mul(f32x4.splat(C1), bei), mul(f32x4.splat(C2), cdi)));
    const pr = add(mul(f32x4.splat(S1), bmi), mul(f32x4.splat(S2), cmi));
    const pi = add(mul(f32x4.splat(S1), bmr), mul(f32x4.splat(S2), cmr));
    putPair(dst + dStep, sub(ur, pr), add(ui, pi));
    putPair(dst + 4 * dStep, add(ur, pr), sub(ui, pi));
    const vr = add(ar, add(mul(f32x4.splat(C2), ber), mul(f32x4.splat(C1), cdr)));
    const vi = add(ai, add(mul(f32x4.splat(C2), bei), mul(f32x4.splat(C1), cdi)));
    const gr = sub(mul(f32x4.splat(S2), bmi), mul(f32x4.splat(S1), cmi));
    const gi = sub(mul(f32x4.splat(S2), bmr), mul(f32x4.splat(S1), cmr));
    putPair(dst + 2 * dStep, sub(vr, gr), add(vi, gi));
    putPair(dst + 3 * dStep, add(vr, gr), sub(vi, gi));
  }
}
