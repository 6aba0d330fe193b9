// Orthogonal periodic wavelet transform of an image of complex numbers (8 bytes), in place, coefficients of each
// level in the usual four quarters. Both axes go the same way: eight lines at a time are brought side by side (64
// bytes per sample), filtered, and put back.

import { add, mul, sub } from "./vectors";

/** Samples of eight lines side by side. */
@inline const SIDE: usize = 64;

/**
 * The place of a transform in memory (wavelet.ts), 4 bytes per field: buffer, bytes from line to line, lines, samples
 * per line, levels, taps, low-pass filter, high-pass filter (float32), scratch for two sets of eight lines.
 */
@inline function bufferOf(job: usize): usize { return load<u32>(job); }
@inline function strideOf(job: usize): usize { return load<u32>(job, 4); }
@inline function linesOf(job: usize): usize { return load<u32>(job, 8); }
@inline function samplesOf(job: usize): usize { return load<u32>(job, 12); }
@inline function levelsOf(job: usize): usize { return load<u32>(job, 16); }
@inline function tapsOf(job: usize): usize { return load<u32>(job, 20); }
@inline function lowOf(job: usize): usize { return load<u32>(job, 24); }
@inline function highOf(job: usize): usize { return load<u32>(job, 28); }
@inline function scratchOf(job: usize): usize { return load<u32>(job, 32); }

/** `count` samples of up to eight lines to places `SIDE` bytes apart. */
function bring(from: usize, sampleStride: usize, lineStride: usize, lines: usize, to: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++, from += sampleStride, to += SIDE) {
    let line = from;
    for (let at = to, end = to + (lines << 3); at < end; at += 8, line += lineStride) store<u64>(at, load<u64>(line));
  }
}

function put(from: usize, to: usize, sampleStride: usize, lineStride: usize, lines: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++, from += SIDE, to += sampleStride) {
    let line = to;
    for (let at = from, end = from + (lines << 3); at < end; at += 8, line += lineStride) store<u64>(line, load<u64>(at));
  }
}

/** One level along one axis: `count` samples (even, at least as many as taps), eight lines side by side. */
function analyse(job: usize, base: usize, sampleStride: usize, lineStride: usize, lines: usize, count: usize): void {
  const taps = tapsOf(job);
  const source = scratchOf(job);
  const target = source + (count + taps) * SIDE;
  const half = count >> 1;
  bring(base, sampleStride, lineStride, lines, source, count);
  // The line is a ring: its beginning follows its end.
  memory.copy(source + count * SIDE, source, taps * SIDE);
  for (let i: usize = 0; i < half; i++) {
    for (let v: usize = 0; v < SIDE; v += 16) {
      let low = f32x4.splat(0);
      let high = f32x4.splat(0);
      let at = source + 2 * i * SIDE + v;
      for (let k: usize = 0; k < taps; k++, at += SIDE) {
        const x = v128.load(at);
        low = add(low, mul(x, v128.load32_splat(lowOf(job) + (k << 2))));
        high = add(high, mul(x, v128.load32_splat(highOf(job) + (k << 2))));
      }
      v128.store(target + i * SIDE + v, low);
      v128.store(target + (half + i) * SIDE + v, high);
    }
  }
  put(target, base, sampleStride, lineStride, lines, count);
}

/** The inverse, and the adjoint, of `analyse`. */
function synthesise(job: usize, base: usize, sampleStride: usize, lineStride: usize, lines: usize, count: usize): void {
  const taps = tapsOf(job);
  const source = scratchOf(job);
  const target = source + (count + taps) * SIDE;
  const half = count >> 1;
  const lead = (taps >> 1) - 1;
  // Each half is a ring of its own; its end precedes its beginning.
  const low = source + lead * SIDE;
  const high = low + (half + lead) * SIDE;
  bring(base, sampleStride, lineStride, lines, low, half);
  bring(base + half * sampleStride, sampleStride, lineStride, lines, high, half);
  memory.copy(low - lead * SIDE, low + (half - lead) * SIDE, lead * SIDE);
  memory.copy(high - lead * SIDE, high + (half - lead) * SIDE, lead * SIDE);
  for (let i: usize = 0; i < half; i++) {
    for (let v: usize = 0; v < SIDE; v += 16) {
      let even = f32x4.splat(0);
      let odd = f32x4.splat(0);
      let back = i * SIDE + v;
      for (let k: usize = 0; k < taps; k += 2, back -= SIDE) {
        const l = v128.load(low + back);
        const h = v128.load(high + back);
        const lowTap = lowOf(job) + (k << 2);
        const highTap = highOf(job) + (k << 2);
        even = add(even, add(mul(l, v128.load32_splat(lowTap)), mul(h, v128.load32_splat(highTap))));
        odd = add(odd, add(mul(l, v128.load32_splat(lowTap, 4)), mul(h, v128.load32_splat(highTap, 4))));
      }
      v128.store(target + 2 * i * SIDE + v, even);
      v128.store(target + (2 * i + 1) * SIDE + v, odd);
    }
  }
  put(target, base, sampleStride, lineStride, lines, count);
}

export function waveletForward(job: usize): void {
  const base = bufferOf(job);
  const stride = strideOf(job);
  for (let level: usize = 0, levels = levelsOf(job); level < levels; level++) {
    const lines = linesOf(job) >> level;
    const samples = samplesOf(job) >> level;
    for (let l: usize = 0; l < lines; l += 8) {
      analyse(job, base + l * stride, 8, stride, min<usize>(8, lines - l), samples);
    }
    for (let i: usize = 0; i < samples; i += 8) {
      analyse(job, base + (i << 3), stride, 8, min<usize>(8, samples - i), lines);
    }
  }
}

export function waveletInverse(job: usize): void {
  const base = bufferOf(job);
  const stride = strideOf(job);
  for (let level = levelsOf(job); level > 0; level--) {
    const lines = linesOf(job) >> (level - 1);
    const samples = samplesOf(job) >> (level - 1);
    for (let i: usize = 0; i < samples; i += 8) {
      synthesise(job, base + (i << 3), stride, 8, min<usize>(8, samples - i), lines);
    }
    for (let l: usize = 0; l < lines; l += 8) {
      synthesise(job, base + l * stride, 8, stride, min<usize>(8, lines - l), samples);
    }
  }
}

/** Shrinks the magnitude of every complex number by `threshold`, to zero at least; returns the sum of magnitudes left. */
function shrinkSpan(at: usize, bytes: usize, threshold: v128): f64 {
  const one = f32x4.splat(1);
  const tiny = f32x4.splat(1.1754943508222875e-38);
  let sum = f32x4.splat(0);
  for (const end = at + bytes; at < end; at += 16) {
    const x = v128.load(at);
    const squares = mul(x, x);
    const size = f32x4.sqrt(add(squares, i32x4.shuffle(squares, squares, 1, 0, 3, 2)));
    const factor = f32x4.max(f32x4.splat(0), sub(one, f32x4.div(threshold, f32x4.max(size, tiny))));
    v128.store(at, mul(x, factor));
    sum = add(sum, mul(size, factor));
  }
  // Each magnitude stands in two lanes.
  return <f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 2);
}

/** Soft threshold of all coefficients but the coarsest low-pass band; returns the sum of their magnitudes after it. */
export function waveletShrink(job: usize, threshold: f32): f64 {
  const base = bufferOf(job);
  const stride = strideOf(job);
  const levels = levelsOf(job);
  const coarseLines = linesOf(job) >> levels;
  const coarseBytes = (samplesOf(job) >> levels) << 3;
  const by = f32x4.splat(threshold);
  let sum: f64 = 0;
  for (let line: usize = 0, lines = linesOf(job); line < lines; line++) {
    const skip = line < coarseLines ? coarseBytes : 0;
    sum += shrinkSpan(base + line * stride + skip, (samplesOf(job) << 3) - skip, by);
  }
  return sum;
}

/**
 * Between an image (`lines` of `samples`, `imageBytes` apart) and the buffer, which is a torus as large or larger: the
 * image's first pixel stands at (`line`, `sample`) of the buffer.
 */
export function waveletPlace(
  job: usize, image: usize, imageBytes: usize, lines: usize, samples: usize, line: usize, sample: usize,
): void {
  memory.fill(bufferOf(job), 0, linesOf(job) * strideOf(job));
  move(job, image, imageBytes, lines, samples, line, sample, true);
}

export function waveletTake(
  job: usize, image: usize, imageBytes: usize, lines: usize, samples: usize, line: usize, sample: usize,
): void {
  move(job, image, imageBytes, lines, samples, line, sample, false);
}

function move(
  job: usize, image: usize, imageBytes: usize, lines: usize, samples: usize, line: usize, sample: usize, into: bool,
): void {
  const before = min(samples, samplesOf(job) - sample) << 3;
  const rest = (samples << 3) - before;
  for (let l: usize = 0; l < lines; l++, image += imageBytes) {
    const row = bufferOf(job) + ((line + l) % linesOf(job)) * strideOf(job);
    if (into) {
      memory.copy(row + (sample << 3), image, before);
      memory.copy(row, image + before, rest);
    } else {
      memory.copy(image, row + (sample << 3), before);
      memory.copy(image + before, row, rest);
    }
  }
}
