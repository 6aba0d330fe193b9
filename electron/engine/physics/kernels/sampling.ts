import type { SamplingMask } from "../../dataset/dataset.ts";
import type { LinePlan } from "./plan.ts";

/** What a block of a stage has left to do under a mask (the same numbers as in source/lines.as). */
const mixed = 0;
const empty = 1;
const full = 2;
const done = 3;

export type SolvedAxis = "rows" | "columns" | "both";

/**
 * Which transforms of `A^H A` do not cancel: "rows" where the mask depends on ky only (the columns of the image are
 * problems of their own), "columns" where it depends on kx only, else "both".
 */
export function solvedAxis(mask: SamplingMask, rows: number, columns: number): SolvedAxis {
  if (mask.shape.length === 1) return "rows";
  let alongRows = true;
  let alongColumns = true;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const sampled = mask.data[y * columns + x] !== 0;
      if (sampled !== (mask.data[y * columns] !== 0)) alongRows = false;
      if (sampled !== (mask.data[x] !== 0)) alongColumns = false;
    }
  }
  if (alongRows) return "rows";
  return alongColumns ? "columns" : "both";
}

/** Bytes of the flags of a line, one per block of each stage; at least one. */
export function flagBytes(plan: LinePlan): number {
  return Math.max(
    1,
    plan.stages.reduce((sum, { blocks }) => sum + blocks, 0),
  );
}

/**
 * Writes what the kernels need of one line's mask: `words` all ones where the sample at this position (in the plan's
 * order) was acquired, and per stage and block whether anything is left to do.
 */
export function writeLineMask(
  plan: LinePlan,
  sampled: (frequency: number) => boolean,
  words: Int32Array,
  flags: Uint8Array,
): void {
  const { length, order, stages } = plan;
  // Sums of samples up to a position tell at once whether a block is empty or full.
  const before = new Int32Array(length + 1);
  for (let position = 0; position < length; position++) {
    const keep = sampled(order[position]);
    words[position] = keep ? -1 : 0;
    before[position + 1] = before[position] + (keep ? 1 : 0);
  }
  const stateOf = (from: number, count: number): number => {
    const kept = before[from + count] - before[from];
    if (kept === 0) return empty;
    return kept === count ? full : mixed;
  };
  if (stages.length === 0) {
    // A chirp line knows no blocks; whether it is empty or full is known all the same.
    flags[0] = stateOf(0, length);
    return;
  }
  let at = 0;
  for (const [index, { radix, distance, blocks }] of stages.entries()) {
    const size = radix * distance;
    const parent = index === 0 ? 0 : size * stages[index - 1].radix;
    for (let block = 0; block < blocks; block++) {
      const settled = index > 0 && stateOf(Math.floor((block * size) / parent) * parent, parent) !== mixed;
      flags[at++] = settled ? done : stateOf(block * size, size);
    }
  }
}
