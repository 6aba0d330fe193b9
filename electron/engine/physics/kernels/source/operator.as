// The normal operator A^H A of SENSE, maps and mask as pack.ts and mask.ts lay them out. The job (solver.ts), 4 bytes
// per field: plan along the line, lines, groups of four coils, maps, bytes from line to line of an image, scratch
// line, sum line, mask, flags, work plane, bytes from row to row of it, plan across the lines, bytes of mask and of
// flags from column to column.
//
// Maps hold the orthonormal factors and the phases that centre the transforms, so that nothing else has to.

import { forward4Coils, inverse4Coils } from "./butterflies";
import {
  EMPTY, FULL, distanceOf, factorsOf, forwardBlock, forwardLine, forwardStages, inverseBlock, inverseLine,
  inverseStages, isChirp, keepSampled, lengthOf, maskedLine, maskedStages, radixOf, scale, stageCount, stageOf,
} from "./lines";
import { ELEMENT, add, imCoil, lanes, mul, putConjCoil, putPair, reCoil } from "./vectors";

@inline function planOf(job: usize): usize { return load<u32>(job); }
@inline function linesOf(job: usize): usize { return load<u32>(job, 4); }
@inline function groupsOf(job: usize): usize { return load<u32>(job, 8); }
@inline function lineBytesOf(job: usize): usize { return load<u32>(job, 16); }
@inline function scratchOf(job: usize): usize { return load<u32>(job, 20); }
@inline function sumOf(job: usize): usize { return load<u32>(job, 24); }
@inline function maskOf(job: usize): usize { return load<u32>(job, 28); }
@inline function flagsOf(job: usize): usize { return load<u32>(job, 32); }
@inline function planeOf(job: usize): usize { return load<u32>(job, 36); }
@inline function rowBytesOf(job: usize): usize { return load<u32>(job, 40); }
@inline function acrossOf(job: usize): usize { return load<u32>(job, 44); }

/** Maps of one line and group. */
@inline
function mapsOf(job: usize, line: usize, group: usize): usize {
  return load<u32>(job, 12) + (line * groupsOf(job) + group) * lengthOf(planOf(job)) * ELEMENT;
}

/** Whether the first pass of a plan can be fused with the coil products. */
@inline
function fuses(plan: usize): bool {
  return !isChirp(plan) && stageCount(plan) > 1 && radixOf(stageOf(plan, 0)) == 4;
}

function coilProducts(x: usize, maps: usize, dst: usize, n: usize): void {
  for (let end = x + (n << 3); x < end; x += 8, maps += ELEMENT, dst += ELEMENT) {
    putPair(dst, reCoil(x, maps), imCoil(x, maps));
  }
}

function conjCoilProducts(src: usize, maps: usize, sum: usize, n: usize, first: bool): void {
  for (let end = src + n * ELEMENT; src < end; src += ELEMENT, maps += ELEMENT, sum += ELEMENT) {
    putConjCoil(sum, v128.load(src), v128.load(src, 16), maps, first);
  }
}

/** Pixels of a line times the maps of a group, transformed, in the plan's own order, at `dst`. */
function coilsForward(plan: usize, x: usize, maps: usize, dst: usize): void {
  if (fuses(plan)) {
    const stage = stageOf(plan, 0);
    forward4Coils(x, maps, dst, distanceOf(stage), factorsOf(stage));
    forwardStages(plan, dst, 1);
  } else {
    coilProducts(x, maps, dst, lengthOf(plan));
    forwardLine(plan, dst);
  }
}

/** The adjoint of `coilsForward`, elements summed (or begun) at `sum`; overwrites `src`. */
function coilsInverse(plan: usize, src: usize, maps: usize, sum: usize, first: bool): void {
  if (fuses(plan)) {
    const stage = stageOf(plan, 0);
    inverseStages(plan, src, 1);
    inverse4Coils(src, maps, sum, distanceOf(stage), factorsOf(stage), first);
  } else {
    inverseLine(plan, src);
    conjCoilProducts(src, maps, sum, lengthOf(plan), first);
  }
}

/** Sums the four coils of each element to a pixel: `to = from + factor * with`; returns the sum of `with * to`. */
function gather(sum: usize, pairs: usize, from: usize, factor: f32, withLine: usize, to: usize): f64 {
  const by = f32x4.splat(factor);
  let dot = f32x4.splat(0);
  for (let end = to + (pairs << 4); to < end; to += 16, from += 16, withLine += 16, sum += 2 * ELEMENT) {
    const ar = v128.load(sum);
    const ai = v128.load(sum, 16);
    const br = v128.load(sum, 32);
    const bi = v128.load(sum, 48);
    const a = add(i32x4.shuffle(ar, ai, 0, 1, 4, 5), i32x4.shuffle(ar, ai, 2, 3, 6, 7));
    const b = add(i32x4.shuffle(br, bi, 0, 1, 4, 5), i32x4.shuffle(br, bi, 2, 3, 6, 7));
    const pixels = add(i32x4.shuffle(a, b, 0, 2, 4, 6), i32x4.shuffle(a, b, 1, 3, 5, 7));
    const x = v128.load(withLine);
    const value = add(pixels, mul(by, v128.load(from)));
    v128.store(to, value);
    dot = add(dot, mul(x, value));
  }
  return lanes(dot);
}

/**
 * Lines `begin` to `end` of `q = (A^H A + lambda) p` for a mask along the line only: every line is a problem of its
 * own. Returns the lines' part of p . q.
 */
export function normalLines(job: usize, p: usize, q: usize, lambda: f32, begin: usize, end: usize): f64 {
  const plan = planOf(job);
  const n = lengthOf(plan);
  const groups = groupsOf(job);
  const scratch = scratchOf(job);
  const sum = sumOf(job);
  const mask = maskOf(job);
  const flags = flagsOf(job);
  const lineBytes = lineBytesOf(job);
  const fused = fuses(plan) && load<u8>(flags) == 0;
  let dot: f64 = 0;
  for (let line = begin; line < end; line++) {
    const x = p + line * lineBytes;
    for (let g: usize = 0; g < groups; g++) {
      const maps = mapsOf(job, line, g);
      if (fused) {
        const stage = stageOf(plan, 0);
        forward4Coils(x, maps, scratch, distanceOf(stage), factorsOf(stage));
        maskedStages(plan, scratch, flags, mask, 1);
        inverse4Coils(scratch, maps, sum, distanceOf(stage), factorsOf(stage), g == 0);
      } else {
        coilProducts(x, maps, scratch, n);
        maskedLine(plan, scratch, flags, mask);
        conjCoilProducts(scratch, maps, sum, n, g == 0);
      }
    }
    dot += gather(sum, lineBytes >> 4, x, lambda, x, q + line * lineBytes);
  }
  return dot;
}

/** Rows `begin` to `end` of one group into the work plane: coil products and transform along the row. */
export function rowsForward(job: usize, p: usize, group: usize, begin: usize, end: usize): void {
  const plan = planOf(job);
  const rowBytes = rowBytesOf(job);
  for (let row = begin; row < end; row++) {
    coilsForward(plan, p + row * lineBytesOf(job), mapsOf(job, row, group), planeOf(job) + row * rowBytes);
  }
}

/** Columns `begin` to `end` of the work plane: forward, mask, inverse. */
export function columnsMasked(job: usize, begin: usize, end: usize): void {
  const plan = acrossOf(job);
  const n = lengthOf(plan);
  const stride = rowBytesOf(job);
  const scratch = scratchOf(job);
  const maskBytes = load<u32>(job, 48);
  const flagBytes = load<u32>(job, 52);
  const fused = !isChirp(plan) && stageCount(plan) > 1;
  for (let column = begin; column < end; column++) {
    const at = planeOf(job) + column * ELEMENT;
    const mask = maskOf(job) + column * maskBytes;
    const flags = flagsOf(job) + column * flagBytes;
    const todo = load<u8>(flags);
    if (todo == EMPTY) scale(at, stride, n, 0);
    else if (todo == FULL) scale(at, stride, n, <f32>n);
    else if (fused) {
      const stage = stageOf(plan, 0);
      forwardBlock(plan, stage, at, stride, scratch, ELEMENT);
      maskedStages(plan, scratch, flags, mask, 1);
      inverseBlock(plan, stage, scratch, ELEMENT, at, stride);
    } else {
      copyLine(at, stride, scratch, ELEMENT, n);
      maskedLine(plan, scratch, flags, mask);
      copyLine(scratch, ELEMENT, at, stride, n);
    }
  }
}

/**
 * Rows `begin` to `end` back from the work plane into `q`, which starts as `lambda p` with group 0. Returns p . q of
 * these rows, whole once the last group is in.
 */
export function rowsInverse(
  job: usize, p: usize, q: usize, lambda: f32, group: usize, begin: usize, end: usize,
): f64 {
  const plan = planOf(job);
  const sum = sumOf(job);
  const lineBytes = lineBytesOf(job);
  let dot: f64 = 0;
  for (let row = begin; row < end; row++) {
    coilsInverse(plan, planeOf(job) + row * rowBytesOf(job), mapsOf(job, row, group), sum, true);
    const x = p + row * lineBytes;
    const to = q + row * lineBytes;
    if (group == 0) dot += gather(sum, lineBytes >> 4, x, lambda, x, to);
    else dot += gather(sum, lineBytes >> 4, to, 1, x, to);
  }
  return dot;
}

/** All of `q = (A^H A + lambda) p` for a mask that varies along both axes; returns p . q. */
export function normalPlane(job: usize, p: usize, q: usize, lambda: f32): f64 {
  const rows = linesOf(job);
  let dot: f64 = 0;
  for (let g: usize = 0, groups = groupsOf(job); g < groups; g++) {
    rowsForward(job, p, g, 0, rows);
    columnsMasked(job, 0, lengthOf(planOf(job)));
    dot = rowsInverse(job, p, q, lambda, g, 0, rows);
  }
  return dot;
}

/** Elements from `src` to `dst`, each with its stride. */
export function copyLine(src: usize, sStride: usize, dst: usize, dStride: usize, count: usize): void {
  for (let i: usize = 0; i < count; i++, src += sStride, dst += dStride) {
    putPair(dst, v128.load(src), v128.load(src, 16));
  }
}

/** Columns `begin` to `end` of the work plane from samples in the plan's order; `masked` clears what is not sampled. */
export function columnsInverse(job: usize, begin: usize, end: usize, masked: bool): void {
  const plan = acrossOf(job);
  const n = lengthOf(plan);
  const scratch = scratchOf(job);
  for (let column = begin; column < end; column++) {
    const at = planeOf(job) + column * ELEMENT;
    copyLine(at, rowBytesOf(job), scratch, ELEMENT, n);
    if (masked) keepSampled(scratch, maskOf(job) + column * load<u32>(job, 48), n);
    inverseLine(plan, scratch);
    copyLine(scratch, ELEMENT, at, rowBytesOf(job), n);
  }
}

/** The adjoint of `columnsInverse`. */
export function columnsForward(job: usize, begin: usize, end: usize, masked: bool): void {
  const plan = acrossOf(job);
  const n = lengthOf(plan);
  const scratch = scratchOf(job);
  for (let column = begin; column < end; column++) {
    const at = planeOf(job) + column * ELEMENT;
    copyLine(at, rowBytesOf(job), scratch, ELEMENT, n);
    forwardLine(plan, scratch);
    if (masked) keepSampled(scratch, maskOf(job) + column * load<u32>(job, 48), n);
    copyLine(scratch, ELEMENT, at, rowBytesOf(job), n);
  }
}
