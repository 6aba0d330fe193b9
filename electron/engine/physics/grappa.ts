import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { KspaceSlice, SamplingMask } from "../dataset/dataset.ts";
import { calibrationOf, limited, strongestBlock } from "./calibration.ts";
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
import { type LineKernel, lineKernels, spanOf } from "./grappa-lines.ts";
import { grappaPoints } from "./grappa-points.ts";
import type { Planes } from "./lagged-gram.ts";

/** Calibration lines that are used; more cost time and no longer help. */
const mostLines = 48;

/** Lines and readout range of a mask that is made of both, else null. */
export function linesOf(
  mask: SamplingMask,
  columns: number,
): { lines: Uint8Array; columns: [number, number] } | null {
  if (mask.shape.length === 1) return { lines: mask.data, columns: [0, columns] };
  const rows = mask.shape[0];
  const row = (at: number): Uint8Array => mask.data.subarray(at * columns, (at + 1) * columns);
  const lines = Uint8Array.from({ length: rows }, (_, at) => (row(at).some((one) => one !== 0) ? 1 : 0));
  const first = lines.indexOf(1);
  if (first < 0) return { lines, columns: [0, columns] };
  const pattern = row(first);
  const range: [number, number] = [pattern.indexOf(1), pattern.lastIndexOf(1) + 1];
  const whole = Array.from({ length: rows }, (_, at) => at)
    .filter((at) => lines[at] !== 0)
    .every((at) => row(at).every((one, x) => (one !== 0) === (x >= range[0] && x < range[1])));
  return whole ? { lines, columns: range } : null;
}

/**
 * GRAPPA (Griswold et al., MRM 47, 2002): missing lines of every coil as a weighted sum of their acquired neighbours
 * in all coils, with weights that fit the calibration block best. Masks need not be regular: every kind of gap has
 * kernels of its own. Masks without whole lines are filled point by point (grappa-points.ts).
 *
 * @param step awaited after every kernel and every few lines; may throw to cancel.
 * @throws EchoError NO_CALIBRATION when no gap can be calibrated.
 */
export async function grappa(
  input: KspaceSlice,
  settings: GrappaSettings,
  step: (progress: GrappaProgress) => Promise<void>,
): Promise<GrappaResult> {
  const [coils, rows, columns] = input.samples.shape;
  const pattern = linesOf(input.mask, columns);
  if (pattern === null) return grappaPoints(input, settings, step);
  const { lines, columns: range } = pattern;
  const samples: ComplexArray = { shape: input.samples.shape, data: input.samples.data.slice() };
  const block = calibrationPlanes({ ...input, mask: { shape: [rows], data: lines } }, range);
  const width = Math.min(settings.width, block.columns);
  const fits = (sources: number, span: number): boolean =>
    span <= block.rows &&
    (block.rows - span + 1) * (block.columns - width + 1) >= windowsPerUnknown * sources * width * coils;
  const plan = lineKernels(lines, settings.lines / 2, settings.reach, fits);
  if (plan.empty > 0 && plan.bridged === 0) throw tooSmall(block.rows, lines);

  let filled = 0;
  // Calibration and filling cost about the same.
  let calibrated = 0;
  const tell = (): Promise<void> =>
    step({ fraction: (calibrated / plan.kernels.length + filled / plan.predicted) / 2, samples });
  for (const group of gathered(plan.kernels, coils * width)) {
    const rowsUsed = [...new Set(group.flatMap((one) => [...one.sources, ...one.targets]))].sort(
      (a, b) => a - b,
    );
    const gram = windowGram(block, rowsUsed, spanOf(group[0]), width);
    const solver = new KernelSolver(gram, coils, settings.regularisation);
    const place = (row: number, x: number): number => rowsUsed.indexOf(row) * width + x;
    for (const kernel of group) {
      const sources = kernel.sources.flatMap((row) => Array.from({ length: width }, (_, x) => place(row, x)));
      const targets = kernel.targets.map((row) => place(row, Math.floor(width / 2)));
      const weights = solver.solve(sources, targets);
      calibrated++;
      await tell();
      for (const at of kernel.at) {
        for (const [index, target] of kernel.targets.entries()) {
          if (weights !== null)
            predict(samples, at + target, at, kernel.sources, width, range, weights[index]);
          filled++;
        }
        await tell();
      }
    }
  }
  return { samples, kernels: plan.kernels.length, empty: plan.empty };
}

function tooSmall(found: number, lines: Uint8Array): EchoError {
  const acquired = [...lines.keys()].filter((row) => lines[row] !== 0);
  const spacing = acquired.slice(1).reduce((widest, row, i) => Math.max(widest, row - acquired[i]), 0);
  return new EchoError(
    "NO_CALIBRATION",
    `${found} adjoining lines around the centre of k-space are too few to calibrate GRAPPA's kernels, lines are up to ${spacing} apart`,
    {
      hint: "A mask with a wider centre, fewer virtual coils, a narrower kernel (--set width=3), or the method zero-filled.",
    },
  );
}

/** The calibration block within the acquired part of the readout. */
function calibrationPlanes(input: KspaceSlice, range: readonly [number, number]): Planes {
  const calibration = calibrationOf(input);
  const { source, peak } = calibration;
  const [, height, length] = source.shape;
  const { rows, columns } = strongestBlock(calibration, Math.max(height, length));
  return blockPlanes(source, {
    rows: limited(rows, peak[0], mostLines, height),
    columns: input.calibration === null ? range : columns,
  });
}

/** Kernels of the same span whose lines, taken together, make no Gram matrix that is too large. */
function gathered(kernels: readonly LineKernel[], perLine: number): LineKernel[][] {
  const groups: { span: number; rows: Set<number>; kernels: LineKernel[] }[] = [];
  for (const kernel of kernels) {
    const rows = [...kernel.sources, ...kernel.targets];
    const span = spanOf(kernel);
    const group = groups.find(
      (one) => one.span === span && new Set([...one.rows, ...rows]).size * perLine <= mostUnknowns,
    );
    if (group === undefined) groups.push({ span, rows: new Set(rows), kernels: [kernel] });
    else {
      for (const row of rows) group.rows.add(row);
      group.kernels.push(kernel);
    }
  }
  return groups.map((group) => group.kernels);
}

/** Writes line `row` of every coil: the weighted sum of the source lines, shifted along the readout. */
function predict(
  { shape, data }: ComplexArray,
  row: number,
  at: number,
  sources: readonly number[],
  width: number,
  [left, right]: readonly [number, number],
  weights: Weights,
): void {
  const [coils, rows, columns] = shape;
  const perCoil = sources.length * width;
  const sums = new Float64Array(2 * columns);
  for (let coil = 0; coil < coils; coil++) {
    sums.fill(0);
    let weight = coil * coils * perCoil;
    for (let from = 0; from < coils; from++) {
      for (const source of sources) {
        const line = (from * rows + at + source) * columns;
        for (let x = 0; x < width; x++, weight++) {
          const shift = x - Math.floor(width / 2);
          const [c, d] = [weights.re[weight], weights.im[weight]];
          const end = 2 * Math.min(right, right - shift);
          const offset = 2 * (line + shift);
          for (let i = 2 * Math.max(left, left - shift); i < end; i += 2) {
            const a = data[offset + i];
            const b = data[offset + i + 1];
            sums[i] += c * a - d * b;
            sums[i + 1] += c * b + d * a;
          }
        }
      }
    }
    data.set(sums, 2 * (coil * rows + row) * columns);
  }
}
