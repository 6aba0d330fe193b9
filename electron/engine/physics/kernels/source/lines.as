// Transforms of one line of elements, driven by a plan that plan.ts lays out in memory:
//   plan:  length, kind (0 mixed radix, 1 chirp), stage count, work line, inner plan, chirp, chirp spectrum, -
//   stage: radix, m (distance of the samples of a butterfly), blocks, factors, roots, place of its flags, -, -
// Each field has 4 bytes. The work line serves primes and the chirp.
//
// A flag says what a mask leaves to do in one block of one stage: MIXED transform it, EMPTY no sample in it, FULL
// every sample in it (transform and back is a multiplication by its length), DONE a larger block was settled.

import {
  forward2, forward3, forward4, forward5, inverse2, inverse3, inverse4, inverse5,
} from "./butterflies";
import { forwardPrime, inversePrime } from "./primes";
import { ELEMENT, add, imTimesConj, mul, putPair, putTimes, reTimesConj, sub } from "./vectors";

@inline const MIXED: u32 = 0;
@inline export const EMPTY: u32 = 1;
@inline export const FULL: u32 = 2;

@inline export function lengthOf(plan: usize): usize { return load<u32>(plan); }
@inline export function isChirp(plan: usize): bool { return load<u32>(plan, 4) == 1; }
@inline export function stageCount(plan: usize): usize { return load<u32>(plan, 8); }
@inline function workOf(plan: usize): usize { return load<u32>(plan, 12); }
@inline export function stageOf(plan: usize, index: usize): usize { return plan + 32 + (index << 5); }
@inline export function radixOf(stage: usize): usize { return load<u32>(stage); }
@inline export function distanceOf(stage: usize): usize { return load<u32>(stage, 4); }
@inline export function blocksOf(stage: usize): usize { return load<u32>(stage, 8); }
@inline export function factorsOf(stage: usize): usize { return load<u32>(stage, 12); }
@inline function rootsOf(stage: usize): usize { return load<u32>(stage, 16); }
@inline function flagsOf(stage: usize, flags: usize): usize { return flags + load<u32>(stage, 20); }

/** One block through one stage. */
export function forwardBlock(plan: usize, stage: usize, src: usize, sStride: usize, dst: usize, dStride: usize): void {
  const radix = radixOf(stage);
  const m = distanceOf(stage);
  const w = factorsOf(stage);
  if (radix == 4) forward4(src, sStride, dst, dStride, m, w);
  else if (radix == 5) forward5(src, sStride, dst, dStride, m, w);
  else if (radix == 3) forward3(src, sStride, dst, dStride, m, w);
  else if (radix == 2) forward2(src, sStride, dst, dStride, m, w);
  else forwardPrime(src, sStride, dst, dStride, m, w, radix, rootsOf(stage), workOf(plan));
}

/** One block back through one stage. */
export function inverseBlock(plan: usize, stage: usize, src: usize, sStride: usize, dst: usize, dStride: usize): void {
  const radix = radixOf(stage);
  const m = distanceOf(stage);
  const w = factorsOf(stage);
  if (radix == 4) inverse4(src, sStride, dst, dStride, m, w);
  else if (radix == 5) inverse5(src, sStride, dst, dStride, m, w);
  else if (radix == 3) inverse3(src, sStride, dst, dStride, m, w);
  else if (radix == 2) inverse2(src, sStride, dst, dStride, m, w);
  else inversePrime(src, sStride, dst, dStride, m, w, radix, rootsOf(stage), workOf(plan));
}

/** Multiplies `count` elements by `factor`, `stride` apart. */
export function scale(at: usize, stride: usize, count: usize, factor: f32): void {
  const by = f32x4.splat(factor);
  for (let i: usize = 0; i < count; i++, at += stride) {
    putPair(at, mul(v128.load(at), by), mul(v128.load(at, 16), by));
  }
}

/** A mixed-radix line in place, into digit-reversed order; `first` is the stage to begin with. */
export function forwardStages(plan: usize, line: usize, first: usize): void {
  for (let s = first, stages = stageCount(plan); s < stages; s++) {
    const stage = stageOf(plan, s);
    const bytes = radixOf(stage) * distanceOf(stage) * ELEMENT;
    let at = line;
    for (let b: usize = 0, blocks = blocksOf(stage); b < blocks; b++, at += bytes) {
      forwardBlock(plan, stage, at, ELEMENT, at, ELEMENT);
    }
  }
}

/** A mixed-radix line in place, back from digit-reversed order, down to and with stage `last`. */
export function inverseStages(plan: usize, line: usize, last: usize): void {
  for (let s = stageCount(plan); s > last; s--) {
    const stage = stageOf(plan, s - 1);
    const bytes = radixOf(stage) * distanceOf(stage) * ELEMENT;
    let at = line;
    for (let b: usize = 0, blocks = blocksOf(stage); b < blocks; b++, at += bytes) {
      inverseBlock(plan, stage, at, ELEMENT, at, ELEMENT);
    }
  }
}

/** Keeps the sampled elements of a line (mask: all bits or none, 4 bytes each) and clears the others. */
export function keepSampled(line: usize, mask: usize, count: usize): void {
  for (let end = mask + (count << 2); mask < end; mask += 4, line += ELEMENT) {
    const keep = v128.load32_splat(mask);
    putPair(line, v128.and(v128.load(line), keep), v128.and(v128.load(line, 16), keep));
  }
}

/** Last stage of radix 4, mask, and the same stage back, in registers. */
function masked4(line: usize, blocks: usize, flags: usize, mask: usize): void {
  const four = f32x4.splat(4);
  const zero = f32x4.splat(0);
  for (let end = flags + blocks; flags < end; flags++, line += 4 * ELEMENT, mask += 16) {
    const flag = load<u8>(flags);
    if (flag == MIXED) {
      const ar = v128.load(line);
      const ai = v128.load(line, 16);
      const br = v128.load(line, 32);
      const bi = v128.load(line, 48);
      const cr = v128.load(line, 64);
      const ci = v128.load(line, 80);
      const dr = v128.load(line, 96);
      const di = v128.load(line, 112);
      const tr = add(ar, cr);
      const ti = add(ai, ci);
      const ur = add(br, dr);
      const ui = add(bi, di);
      const er = sub(ar, cr);
      const ei = sub(ai, ci);
      const fr = sub(bi, di);
      const fi = sub(dr, br);
      const k0 = v128.load32_splat(mask);
      const k2 = v128.load32_splat(mask, 8);
      const pr = v128.and(add(tr, ur), k0);
      const pi = v128.and(add(ti, ui), k0);
      const rr = v128.and(sub(tr, ur), k2);
      const ri = v128.and(sub(ti, ui), k2);
      const k1 = v128.load32_splat(mask, 4);
      const k3 = v128.load32_splat(mask, 12);
      const qr = v128.and(add(er, fr), k1);
      const qi = v128.and(add(ei, fi), k1);
      const sr = v128.and(sub(er, fr), k3);
      const si = v128.and(sub(ei, fi), k3);
      const xr = add(pr, rr);
      const xi = add(pi, ri);
      const yr = add(qr, sr);
      const yi = add(qi, si);
      putPair(line, add(xr, yr), add(xi, yi));
      putPair(line + 2 * ELEMENT, sub(xr, yr), sub(xi, yi));
      const gr = sub(pr, rr);
      const gi = sub(pi, ri);
      const hr = sub(si, qi);
      const hi = sub(qr, sr);
      putPair(line + ELEMENT, add(gr, hr), add(gi, hi));
      putPair(line + 3 * ELEMENT, sub(gr, hr), sub(gi, hi));
    } else if (flag == FULL) {
      for (let at = line, stop = line + 4 * ELEMENT; at < stop; at += 16) v128.store(at, mul(v128.load(at), four));
    } else if (flag == EMPTY) {
      for (let at = line, stop = line + 4 * ELEMENT; at < stop; at += 16) v128.store(at, zero);
    }
  }
}

/** Forward from stage `first`, mask, and back to that stage, in place. */
export function maskedStages(plan: usize, line: usize, flags: usize, mask: usize, first: usize): void {
  const last = stageCount(plan) - 1;
  for (let s = first; s < last; s++) {
    const stage = stageOf(plan, s);
    const elements = radixOf(stage) * distanceOf(stage);
    const bytes = elements * ELEMENT;
    const flag = flagsOf(stage, flags);
    let at = line;
    for (let b: usize = 0, blocks = blocksOf(stage); b < blocks; b++, at += bytes) {
      const todo = load<u8>(flag + b);
      if (todo == MIXED) forwardBlock(plan, stage, at, ELEMENT, at, ELEMENT);
      else if (todo == EMPTY) memory.fill(at, 0, bytes);
      else if (todo == FULL) scale(at, ELEMENT, elements, <f32>elements);
    }
  }
  const stage = stageOf(plan, last);
  const radix = radixOf(stage);
  const blocks = blocksOf(stage);
  const flag = flagsOf(stage, flags);
  if (radix == 4) masked4(line, blocks, flag, mask);
  else {
    let at = line;
    for (let b: usize = 0; b < blocks; b++, at += radix * ELEMENT, mask += radix << 2) {
      const todo = load<u8>(flag + b);
      if (todo == MIXED) {
        forwardBlock(plan, stage, at, ELEMENT, at, ELEMENT);
        keepSampled(at, mask, radix);
        inverseBlock(plan, stage, at, ELEMENT, at, ELEMENT);
      } else if (todo == EMPTY) memory.fill(at, 0, radix * ELEMENT);
      else if (todo == FULL) scale(at, ELEMENT, radix, <f32>radix);
    }
  }
  for (let s = last; s > first; s--) {
    const stage = stageOf(plan, s - 1);
    const bytes = radixOf(stage) * distanceOf(stage) * ELEMENT;
    const flag = flagsOf(stage, flags);
    let at = line;
    for (let b: usize = 0, blocks = blocksOf(stage); b < blocks; b++, at += bytes) {
      if (load<u8>(flag + b) == MIXED) inverseBlock(plan, stage, at, ELEMENT, at, ELEMENT);
    }
  }
}

/** Chirp convolution (Bluestein), natural order on both sides; the inverse has every factor conjugated. */
function chirpLine(plan: usize, line: usize, inverse: bool): void {
  const n = lengthOf(plan);
  const inner = load<u32>(plan, 16);
  const chirp = load<u32>(plan, 20);
  const spectrum = load<u32>(plan, 24);
  const work = workOf(plan);
  multiply(line, work, chirp, n, inverse);
  memory.fill(work + n * ELEMENT, 0, (lengthOf(inner) - n) * ELEMENT);
  forwardStages(inner, work, 0);
  multiply(work, work, spectrum, lengthOf(inner), inverse);
  inverseStages(inner, work, 0);
  multiply(work, line, chirp, n, inverse);
}

/** `count` elements at `src` times the factors at `w`, or their conjugates, to `dst`. */
function multiply(src: usize, dst: usize, w: usize, count: usize, conjugate: bool): void {
  const end = w + (count << 3);
  if (conjugate) {
    for (; w < end; w += 8, src += ELEMENT, dst += ELEMENT) putPair(dst, reTimesConj(src, w), imTimesConj(src, w));
  } else {
    for (; w < end; w += 8, src += ELEMENT, dst += ELEMENT) putTimes(dst, v128.load(src), v128.load(src, 16), w);
  }
}

/** A whole line in place, without mask, without norm: into the plan's own order. */
export function forwardLine(plan: usize, line: usize): void {
  if (isChirp(plan)) chirpLine(plan, line, false);
  else forwardStages(plan, line, 0);
}

/** A whole line in place, without mask, without norm: back from the plan's own order. */
export function inverseLine(plan: usize, line: usize): void {
  if (isChirp(plan)) chirpLine(plan, line, true);
  else inverseStages(plan, line, 0);
}

/** Forward, mask, inverse, in place. */
export function maskedLine(plan: usize, line: usize, flags: usize, mask: usize): void {
  const n = lengthOf(plan);
  if (isChirp(plan)) {
    chirpLine(plan, line, false);
    keepSampled(line, mask, n);
    chirpLine(plan, line, true);
  } else if (stageCount(plan) > 0) maskedStages(plan, line, flags, mask, 0);
  else keepSampled(line, mask, n);
}
