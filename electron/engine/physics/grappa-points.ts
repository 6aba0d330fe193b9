import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { KspaceSlice, SamplingMask } from "../dataset/dataset.ts";
import { calibrationOf, strongestBlock } from "./calibration.ts";
import {
  blockPlanes,
  type GrappaProgress,
  type GrappaResult,
  type GrappaSettings,
  mostUnknowns,
  windowsPerUnknown,
} from "./grappa-block.ts";
import { windowGram } from "./grappa-gram.ts";
import { KernelSolver, type Weights } from "./grappa-kernels.ts";

/** Calibration samples per axis that are used. */
const blockSide = 32;
/** Sides of the box around a missing sample that its sources are looked for in; the largest possible is taken. */
const boxSides = [7, 5, 3];
/** Sources of a sample; further ones add little. */
const mostSources = 12;
/** Milliseconds between two chances to cancel. */
const stepMs = 50;

/** Missing samples whose acquired neighbours lie alike. */
interface PointKernel {
  /** Places in the box, row by row. */
  readonly sources: readonly number[];
  /** Index in `[ky, kx]`. */
  readonly at: number[];
}

/**
 * GRAPPA for masks without whole lines: every missing sample of all coils from the nearest acquired ones in a box
 * around it. Samples whose neighbours lie alike share a kernel: a lattice has a few hundred, most of them around
 * the calibration block and the edges, a random pattern nearly one for each sample, which takes its time.
 *
 * @throws EchoError NO_CALIBRATION when the block is too small for two sources in a box of 3 x 3.
 */
export async function grappaPoints(
  input: KspaceSlice,
  settings: GrappaSettings,
  step: (progress: GrappaProgress) => Promise<void>,
): Promise<GrappaResult> {
  const coils = input.samples.shape[0];
  const samples: ComplexArray = { shape: input.samples.shape, data: input.samples.data.slice() };
  const calibration = calibrationOf(input);
  const block = blockPlanes(calibration.source, strongestBlock(calibration, blockSide));
  const sourcesFor = (side: number): number => {
    const windows = Math.max(0, block.rows - side + 1) * Math.max(0, block.columns - side + 1);
    return Math.min(mostSources, Math.floor(windows / (windowsPerUnknown * coils)));
  };
  const side = boxSides.find((one) => coils * one * one <= mostUnknowns && sourcesFor(one) >= 2);
  if (side === undefined) {
    throw new EchoError(
      "NO_CALIBRATION",
      `a block of ${block.rows} x ${block.columns} adjoining samples around the centre of k-space is too small to calibrate GRAPPA's kernels for ${coils} coils`,
      { hint: "Fewer virtual coils, a mask with a larger centre, or the method zero-filled." },
    );
  }
  const { kernels, empty } = pointKernels(input.mask, side, sourcesFor(side), settings.reach);
  const box = Array.from({ length: side }, (_, row) => row);
  const solver = new KernelSolver(windowGram(block, box, side, side), coils, settings.regularisation);
  const centre = (side * side - 1) / 2;
  let told = 0;
  for (const [index, kernel] of kernels.entries()) {
    if (index === 0 || performance.now() - told > stepMs) {
      await step({ fraction: index / kernels.length, samples });
      told = performance.now();
    }
    const weights = solver.solve(kernel.sources, [centre]);
    if (weights === null) continue;
    for (const at of kernel.at) predict(input.samples, samples, at, kernel.sources, side, weights[0]);
  }
  return { samples, kernels: kernels.length, empty };
}

/** Missing samples by the places of their sources, the nearest first; `empty` counts those without any in reach. */
export function pointKernels(
  mask: SamplingMask,
  side: number,
  most: number,
  reach: number,
): { kernels: PointKernel[]; empty: number } {
  const [rows, columns = 0] = mask.shape;
  const half = (side - 1) / 2;
  const distance = (place: number): number =>
    (Math.floor(place / side) - half) ** 2 + ((place % side) - half) ** 2;
  const places = Array.from({ length: side * side }, (_, place) => place).sort(
    (a, b) => distance(a) - distance(b),
  );
  const found = new Map<string, PointKernel>();
  let empty = 0;
  for (let at = 0; at < rows * columns; at++) {
    if (mask.data[at] !== 0) continue;
    const sources: number[] = [];
    for (const place of places) {
      const row = Math.floor(at / columns) + Math.floor(place / side) - half;
      const column = (at % columns) + (place % side) - half;
      if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
      if (mask.data[row * columns + column] === 0) continue;
      if (sources.length === 0 && distance(place) > reach * reach) break;
      sources.push(place);
      if (sources.length === most) break;
    }
    if (sources.length === 0) {
      empty++;
      continue;
    }
    const key = sources.join();
    const known = found.get(key);
    if (known === undefined) found.set(key, { sources, at: [at] });
    else known.at.push(at);
  }
  return { kernels: [...found.values()], empty };
}

/** Writes one sample of every coil. */
function predict(
  from: ComplexArray,
  to: ComplexArray,
  at: number,
  sources: readonly number[],
  side: number,
  weights: Weights,
): void {
  const [coils, rows, columns] = from.shape;
  const plane = rows * columns;
  const half = (side - 1) / 2;
  const offsets = sources.map(
    (place) => at + (Math.floor(place / side) - half) * columns + (place % side) - half,
  );
  let weight = 0;
  for (let coil = 0; coil < coils; coil++) {
    let [sumRe, sumIm] = [0, 0];
    for (let other = 0; other < coils; other++) {
      for (const offset of offsets) {
        const a = from.data[2 * (other * plane + offset)];
        const b = from.data[2 * (other * plane + offset) + 1];
        const c = weights.re[weight];
        const d = weights.im[weight];
        sumRe += c * a - d * b;
        sumIm += c * b + d * a;
        weight++;
      }
    }
    to.data[2 * (coil * plane + at)] = sumRe;
    to.data[2 * (coil * plane + at) + 1] = sumIm;
  }
}
