import type { SamplingMask } from "../../dataset/dataset.ts";
import type { KernelInstance } from "./instance.ts";
import { elementBytes } from "./instance.ts";
import type { LinePlan } from "./plan.ts";
import { planLine } from "./plan.ts";
import type { SolvedAxis } from "./sampling.ts";
import { flagBytes, solvedAxis, writeLineMask } from "./sampling.ts";

/**
 * Where everything of one problem lies. An image is a stack of lines: its columns where the mask depends on ky only,
 * else its rows. "Along" is the axis of a line, "across" the other one.
 */
export interface Layout {
  readonly coils: number;
  readonly rows: number;
  readonly columns: number;
  readonly axis: SolvedAxis;
  readonly groups: number;
  readonly along: LinePlan;
  readonly across: LinePlan;
  /** Addresses of the two plans. */
  readonly alongPlan: number;
  readonly acrossPlan: number;
  readonly lines: number;
  /** Bytes from line to line of an image, a multiple of 16. */
  readonly lineBytes: number;
  readonly imageBytes: number;
  readonly job: number;
  readonly maps: number;
  readonly scratch: number;
  /** Elements of one group of coils, one line after the other `planeLineBytes` apart. */
  readonly plane: number;
  readonly planeLineBytes: number;
  /** A row of samples of four coils on its way in or out, the factors along it and the places it goes to. */
  readonly staging: number;
  readonly stagingBytes: number;
  readonly factors: number;
  readonly places: number;
  /** An element of zeros. */
  readonly zeros: number;
  /** Images: solution, remainder, input and output of the operator, right-hand side, search direction. */
  readonly x: number;
  readonly r: number;
  readonly p: number;
  readonly q: number;
  readonly b: number;
  readonly direction: number;
  /** Whether a sample was acquired, by its frequencies along and across the lines. */
  sampled(along: number, across: number): boolean;
}

/**
 * Bytes from line to line of the work plane: an odd number of cache lines, so that a column walks through all sets
 * of the cache instead of a few.
 */
function paddedLineBytes(length: number): number {
  const cacheLines = Math.ceil((length * elementBytes) / 64);
  return 64 * (cacheLines % 2 === 0 ? cacheLines + 1 : cacheLines);
}

/** Gives every part of a problem its place and writes plans, mask and job. */
export function layOut(
  instance: KernelInstance,
  coils: number,
  rows: number,
  columns: number,
  mask: SamplingMask,
): Layout {
  const axis = solvedAxis(mask, rows, columns);
  const transposed = axis === "rows";
  const [n, lines] = transposed ? [rows, columns] : [columns, rows];
  const groups = Math.ceil(coils / 4);
  const along = planLine(n);
  const across = planLine(lines);
  const alongPlan = instance.placePlan(along);
  const acrossPlan = instance.placePlan(across);
  const sampled = (a: number, l: number): boolean => {
    const ky = transposed ? a : l;
    return mask.data[mask.shape.length === 1 ? ky : ky * columns + (transposed ? l : a)] !== 0;
  };
  const longest = Math.max(rows, columns);
  const lineBytes = 16 * Math.ceil(n / 2);
  const imageBytes = lineBytes * lines;
  const planeLineBytes = paddedLineBytes(n);
  const stagingBytes = 8 * columns;
  const job = instance.allocate(64);
  const scratch = instance.allocate(longest * elementBytes);
  const sum = instance.allocate((longest + 1) * elementBytes);
  const staging = instance.allocate(4 * stagingBytes);
  const factors = instance.allocate(8 * columns);
  const places = instance.allocate(4 * columns);
  const zeros = instance.allocate(elementBytes);
  const maps = instance.allocate(groups * n * lines * elementBytes);
  const plane = instance.allocate(lines * planeLineBytes);
  const image = (): number => instance.allocate(imageBytes);
  const [x, r, p, q, b, direction] = [image(), image(), image(), image(), image(), image()];

  // Without a second axis one mask serves every line; else each column of the plane has its own.
  const masked = axis === "both" ? across : along;
  const count = axis === "both" ? n : 1;
  const maskBytes = 4 * masked.length;
  const flagsBytes = flagBytes(masked);
  const words = instance.allocate(count * maskBytes);
  const flags = instance.allocate(count * flagsBytes);
  for (let position = 0; position < count; position++) {
    const frequency = along.order[position];
    writeLineMask(
      masked,
      axis === "both" ? (l) => sampled(frequency, l) : (a) => sampled(a, 0),
      instance.words(words + position * maskBytes, masked.length),
      instance.octets(flags + position * flagsBytes, flagsBytes),
    );
  }
  instance
    .words(job, 16)
    .set([
      alongPlan,
      lines,
      groups,
      maps,
      lineBytes,
      scratch,
      sum,
      words,
      flags,
      plane,
      planeLineBytes,
      acrossPlan,
      maskBytes,
      flagsBytes,
    ]);
  return {
    coils,
    rows,
    columns,
    axis,
    groups,
    along,
    across,
    alongPlan,
    acrossPlan,
    lines,
    lineBytes,
    imageBytes,
    job,
    maps,
    scratch,
    plane,
    planeLineBytes,
    staging,
    stagingBytes,
    factors,
    places,
    zeros,
    x,
    r,
    p,
    q,
    b,
    direction,
    sampled,
  };
}
