// Passes for any odd radix p. Samples q and p - q are taken together as sum and difference, which leaves a quarter
// of the products; these sums wait in `work` (p elements). `roots` holds (cosine, sine) of -2 pi j / p.

import { ELEMENT, add, imTimesConj, mul, putPair, putTimes, reTimesConj, sub } from "./vectors";

/** Real and imaginary part of one pair of outputs: even and odd halves, for two outputs r at once. */
@inline
function outputs(
  dst: usize,
  dStep: usize,
  radix: usize,
  roots: usize,
  work: usize,
  ar: v128,
  ai: v128,
  w: usize,
  forward: bool,
): void {
  const half = (radix - 1) >> 1;
  const top = radix << 3;
  for (let r: usize = 1; r <= half; r++) {
    let evenRe = ar;
    let evenIm = ai;
    let oddRe = f32x4.splat(0);
    let oddIm = f32x4.splat(0);
    let root: usize = 0;
    const turn = r << 3;
    for (let at = work, end = work + half * 2 * ELEMENT; at < end; at += 2 * ELEMENT) {
      root += turn;
      if (root >= top) root -= top;
      const c = v128.load32_splat(roots + root);
      const s = v128.load32_splat(roots + root, 4);
      evenRe = add(evenRe, mul(c, v128.load(at)));
      evenIm = add(evenIm, mul(c, v128.load(at, 16)));
      oddRe = add(oddRe, mul(s, v128.load(at, 48)));
      oddIm = add(oddIm, mul(s, v128.load(at, 32)));
    }
    // Forward: even + i s difference; the inverse has the two outputs exchanged.
    if (forward) {
      putTimes(dst + r * dStep, sub(evenRe, oddRe), add(evenIm, oddIm), w + ((r - 1) << 3));
      putTimes(dst + (radix - r) * dStep, add(evenRe, oddRe), sub(evenIm, oddIm), w + ((radix - r - 1) << 3));
    } else {
      putPair(dst + r * dStep, add(evenRe, oddRe), sub(evenIm, oddIm));
      putPair(dst + (radix - r) * dStep, sub(evenRe, oddRe), add(evenIm, oddIm));
    }
  }
}

export function forwardPrime(
  src: usize,
  sStride: usize,
  dst: usize,
  dStride: usize,
  m: usize,
  w: usize,
  radix: usize,
  roots: usize,
  work: usize,
): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  const factors = (radix - 1) << 3;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += factors) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    let totalRe = ar;
    let totalIm = ai;
    let at = work;
    for (let a = src + sStep, b = src + (radix - 1) * sStep; a < b; a += sStep, b -= sStep, at += 2 * ELEMENT) {
      const plusRe = add(v128.load(a), v128.load(b));
      const plusIm = add(v128.load(a, 16), v128.load(b, 16));
      putPair(at, plusRe, plusIm);
      putPair(at + ELEMENT, sub(v128.load(a), v128.load(b)), sub(v128.load(a, 16), v128.load(b, 16)));
      totalRe = add(totalRe, plusRe);
      totalIm = add(totalIm, plusIm);
    }
    putPair(dst, totalRe, totalIm);
    outputs(dst, dStep, radix, roots, work, ar, ai, w, true);
  }
}

export function inversePrime(
  src: usize,
  sStride: usize,
  dst: usize,
  dStride: usize,
  m: usize,
  w: usize,
  radix: usize,
  roots: usize,
  work: usize,
): void {
  const sStep = m * sStride;
  const dStep = m * dStride;
  const factors = (radix - 1) << 3;
  for (let end = src + sStep; src < end; src += sStride, dst += dStride, w += factors) {
    const ar = v128.load(src);
    const ai = v128.load(src, 16);
    let totalRe = ar;
    let totalIm = ai;
    let at = work;
    let v = w;
    let u = w + factors - 8;
    for (let a = src + sStep, b = src + (radix - 1) * sStep; a < b; a += sStep, b -= sStep, at += 2 * ELEMENT) {
      const aRe = reTimesConj(a, v);
      const aIm = imTimesConj(a, v);
      const bRe = reTimesConj(b, u);
      const bIm = imTimesConj(b, u);
      const plusRe = add(aRe, bRe);
      const plusIm = add(aIm, bIm);
      putPair(at, plusRe, plusIm);
      putPair(at + ELEMENT, sub(aRe, bRe), sub(aIm, bIm));
      totalRe = add(totalRe, plusRe);
      totalIm = add(totalIm, plusIm);
      v += 8;
      u -= 8;
    }
    putPair(dst, totalRe, totalIm);
    outputs(dst, dStep, radix, roots, work, ar, ai, w, false);
  }
}
