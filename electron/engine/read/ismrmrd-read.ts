import { type ComplexArray, complexZeros } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { KspaceSlice } from "../dataset/dataset.ts";
import type { SlicePlace } from "./ismrmrd-geometry.ts";
import { isCalibrationOnly, type Stack, stackIndices } from "./ismrmrd-roles.ts";
import { assemble, type LineGrid, maskOf, placeOf } from "./ismrmrd-slice.ts";
import { type Acquisition, readSamples } from "./ismrmrd-table.ts";

/** Memory that the slices of one pass over a three-dimensional scan may take. */
const blockBytes = 512 << 20;
const mostNoiseSamples = 1 << 22;

function fits(line: Acquisition, grid: LineGrid): boolean {
  try {
    placeOf(line, grid);
    return true;
  } catch {
    return false;
  }
}

/** Calibration lines of this slice: those of the same stack, else those of any repetition of the same encoding. */
export function calibrationFor(
  stack: Stack,
  slice: number,
  calibration: readonly Acquisition[],
  grid: LineGrid,
): Acquisition[] {
  const here = calibration.filter(
    (line) =>
      line.encoding === stack.first.encoding &&
      line.slice === slice &&
      line.channels === grid.coils &&
      fits(line, grid),
  );
  const separate = (lines: Acquisition[]): boolean => lines.some((line) => isCalibrationOnly(line));
  const same = here.filter((line) => stackIndices.every((name) => line[name] === stack.first[name]));
  if (separate(same)) return same;
  const only = here.filter((line) => isCalibrationOnly(line));
  if (only.length === 0) return [];
  // The first contrast, phase and repetition that has them: averaging over repetitions would mix motion in.
  const first = only[0];
  return here.filter((line) => stackIndices.every((name) => line[name] === first[name]));
}

/**
 * Reads a slice; for three-dimensional scans as many slices as fit into the block are made in one pass over the file
 * and kept until another block is asked for.
 */
export function blockReader(
  grid: LineGrid,
  order: readonly SlicePlace[],
  lines: ReadonlyMap<number, Acquisition[]>,
  calibrationOf: (slice: number) => Acquisition[],
): (slice: number) => Promise<KspaceSlice> {
  const sliceBytes = 8 * grid.coils * grid.rows * grid.readout.columns;
  const perBlock = grid.partitions === 1 ? 1 : Math.max(1, Math.floor(blockBytes / sliceBytes));
  let kept: { slice: number; partitions: number[]; pending: Promise<ComplexArray[]> } | null = null;
  const samplesOf = async (place: SlicePlace): Promise<ComplexArray> => {
    if (grid.partitions === 1) return (await assemble(lines.get(place.slice)!, grid, [0]))[0];
    if (kept === null || kept.slice !== place.slice || !kept.partitions.includes(place.partition)) {
      const first = Math.floor(place.partition / perBlock) * perBlock;
      const partitions = Array.from(
        { length: Math.min(perBlock, grid.partitions - first) },
        (_, index) => first + index,
      );
      const pending = assemble(lines.get(place.slice)!, grid, partitions);
      kept = { slice: place.slice, partitions, pending };
      pending.catch(() => {
        kept = null;
      });
    }
    const { partitions, pending } = kept;
    const found = (await pending)[partitions.indexOf(place.partition)];
    return { shape: found.shape, data: found.data.slice() };
  };
  return async (slice) => {
    const place = order[slice];
    if (place === undefined) {
      throw new EchoError("USAGE", `slice ${slice} is outside of the ${order.length} of this scan`, {
        path: grid.path,
      });
    }
    const calibration = calibrationOf(place.slice);
    return {
      samples: await samplesOf(place),
      mask: maskOf(lines.get(place.slice)!, grid),
      calibration:
        calibration.length === 0 ? null : (await assemble(calibration, grid, [place.partition]))[0],
    };
  };
}

/** Noise readouts one after the other, `[coil, sample]`. */
export async function noiseOf(
  path: string,
  where: string,
  noise: readonly Acquisition[],
): Promise<ComplexArray | null> {
  if (noise.length === 0) return null;
  const coils = noise[0].channels;
  const used: Acquisition[] = [];
  let total = 0;
  for (const line of noise) {
    if (line.channels !== coils || total + line.samples > mostNoiseSamples) continue;
    used.push(line);
    total += line.samples;
  }
  const out = complexZeros(coils, total);
  let at = 0;
  await readSamples(path, where, used, (line, samples) => {
    for (let coil = 0; coil < coils; coil++) {
      out.data.set(
        samples.subarray(2 * coil * line.samples, 2 * (coil + 1) * line.samples),
        2 * (coil * total + at),
      );
    }
    at += line.samples;
  });
  return out;
}
