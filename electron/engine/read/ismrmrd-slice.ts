import type { ComplexArray } from "../base/complex.ts";
import { complexZeros } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { SamplingMask } from "../dataset/dataset.ts";
import { type Acquisition, flag, hasFlag, readSamples } from "./ismrmrd-table.ts";
import { acquiredColumns, type ReadoutGrid, removeOversampling } from "./readout.ts";

/** Where the readouts of one stack go. */
export interface LineGrid {
  readonly path: string;
  readonly where: string;
  readonly coils: number;
  readonly rows: number;
  readonly readout: ReadoutGrid;
  /** Partitions of the second phase encoding; 1 for two-dimensional scans. */
  readonly partitions: number;
  /** Row and partition of the line numbered 0. */
  readonly firstRow: number;
  readonly firstPartition: number;
}

/** Row of k-space, partition, and the part `[from, to)` of the full readout that a line fills. */
interface Place {
  readonly row: number;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/**
 * @throws EchoError DAMAGED where a line lies outside of the encoded matrix.
 */
export function placeOf(line: Acquisition, grid: LineGrid): Place {
  const row = line.step1 + grid.firstRow;
  const partition = grid.partitions === 1 ? 0 : line.step2 + grid.firstPartition;
  const { length } = grid.readout;
  const kept = line.samples - line.discardPre - line.discardPost;
  // Some converters leave the centre at zero for complete readouts.
  const centred = line.centreSample === 0 && line.samples >= length;
  const centre = centred ? Math.floor(line.samples / 2) : line.centreSample;
  const from = Math.floor(length / 2) - centre + line.discardPre;
  const at = { path: grid.path, where: `${grid.where}[${line.row}]` };
  if (row < 0 || row >= grid.rows || partition < 0 || partition >= grid.partitions) {
    throw new EchoError(
      "DAMAGED",
      `phase encoding ${line.step1}, ${line.step2} lies outside of the encoded matrix of ${grid.rows} x ${grid.partitions}`,
      at,
    );
  }
  if (kept < 1 || kept > length) {
    throw new EchoError("DAMAGED", `a readout of ${kept} samples for an encoded matrix of ${length}`, at);
  }
  return { row, partition, from: Math.max(0, from), to: Math.min(length, from + kept) };
}

/** Columns acquired in every row, by row; rows without a line are missing. Repeated lines count where all agree. */
export function acquiredRows(lines: readonly Acquisition[], grid: LineGrid): Map<number, [number, number]> {
  const rows = new Map<number, [number, number]>();
  for (const line of lines) {
    const place = placeOf(line, grid);
    const [from, to] = acquiredColumns(place.from, place.to, grid.readout);
    const known = rows.get(place.row);
    rows.set(
      place.row,
      known === undefined ? [from, to] : [Math.max(known[0], from), Math.min(known[1], to)],
    );
  }
  return rows;
}

export function maskOf(lines: readonly Acquisition[], grid: LineGrid): SamplingMask {
  const rows = acquiredRows(lines, grid);
  const { columns } = grid.readout;
  const whole = [...rows.values()].every(([from, to]) => from === 0 && to === columns);
  if (whole) {
    const data = new Uint8Array(grid.rows);
    for (const row of rows.keys()) data[row] = 1;
    return { shape: [grid.rows], data };
  }
  const data = new Uint8Array(grid.rows * columns);
  for (const [row, [from, to]] of rows)
    data.fill(1, row * columns + from, row * columns + Math.max(from, to));
  return { shape: [grid.rows, columns], data };
}

/**
 * Samples `[coil, ky, kx]` of the slices `z` (indices along the second phase encoding, which is Fourier transformed to
 * slices: x_z = sum_k y_k exp(2 pi i k (z - c) / N) / sqrt N, k and z centred at c = floor(N/2)). Repeated lines are averaged, readouts
 * flagged as reversed are turned round.
 */
export async function assemble(
  lines: readonly Acquisition[],
  grid: LineGrid,
  z: readonly number[],
): Promise<ComplexArray[]> {
  const { coils, rows, partitions, readout } = grid;
  const { length, columns } = readout;
  const outputs = z.map(() => complexZeros(coils, rows, columns));
  const counts = new Map<number, number>();
  for (const line of lines) {
    const place = placeOf(line, grid);
    const key = place.row * partitions + place.partition;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  await readSamples(grid.path, grid.where, lines, (line, samples) => {
    const place = placeOf(line, grid);
    const reduced = removeOversampling(fullReadouts(line, samples, place, length), coils, readout);
    const weight = 1 / (counts.get(place.row * partitions + place.partition) ?? 1);
    if (partitions === 1 && weight === 1) {
      setRow(outputs[0].data, reduced, { coils, rows, columns }, place.row);
      return;
    }
    for (let index = 0; index < z.length; index++) {
      const factor =
        partitions === 1 ? [weight, 0] : slicePhase(place.partition, z[index], partitions, weight);
      addRow(outputs[index].data, reduced, { coils, rows, columns }, place.row, factor[0], factor[1]);
    }
  });
  const kept = acquiredRows(lines, grid);
  for (const output of outputs) blankOutside(output.data, kept, { coils, rows, columns });
  return outputs;
}

function slicePhase(partition: number, z: number, partitions: number, weight: number): [number, number] {
  const centre = Math.floor(partitions / 2);
  const angle = (2 * Math.PI * (partition - centre) * (z - centre)) / partitions;
  const scale = weight / Math.sqrt(partitions);
  return [scale * Math.cos(angle), scale * Math.sin(angle)];
}

/** The line's samples at their place in readouts of full length, `[coil, length]`, zero elsewhere. */
function fullReadouts(line: Acquisition, samples: Float32Array, place: Place, length: number): Float32Array {
  const reversed = hasFlag(line, flag.reverse);
  const coils = line.channels;
  if (!reversed && line.samples === length && place.from === 0 && place.to === length) return samples;
  const out = new Float32Array(2 * coils * length);
  const centred = line.centreSample === 0 && line.samples >= length;
  const centre = centred ? Math.floor(line.samples / 2) : line.centreSample;
  const shift = Math.floor(length / 2) - centre;
  for (let coil = 0; coil < coils; coil++) {
    for (let target = place.from; target < place.to; target++) {
      const sample = target - shift;
      const source = 2 * (coil * line.samples + (reversed ? line.samples - 1 - sample : sample));
      out[2 * (coil * length + target)] = samples[source];
      out[2 * (coil * length + target) + 1] = samples[source + 1];
    }
  }
  return out;
}

interface Shape {
  readonly coils: number;
  readonly rows: number;
  readonly columns: number;
}

/** As `addRow` for a line that is alone, bit by bit (0 + -0 is not -0). */
function setRow(out: Float32Array, line: Float32Array, { coils, rows, columns }: Shape, row: number): void {
  for (let coil = 0; coil < coils; coil++) {
    const part = line.subarray(2 * coil * columns, 2 * (coil + 1) * columns);
    out.set(part, 2 * (coil * rows + row) * columns);
  }
}

function addRow(
  out: Float32Array,
  line: Float32Array,
  { coils, rows, columns }: Shape,
  row: number,
  real: number,
  imaginary: number,
): void {
  for (let coil = 0; coil < coils; coil++) {
    let target = 2 * (coil * rows + row) * columns;
    const end = 2 * (coil + 1) * columns;
    for (let source = 2 * coil * columns; source < end; source += 2) {
      out[target++] += line[source] * real - line[source + 1] * imaginary;
      out[target++] += line[source] * imaginary + line[source + 1] * real;
    }
  }
}

/** Zero outside of what was acquired: cutting the readout spreads a truncated echo over its edge. */
function blankOutside(
  data: Float32Array,
  kept: ReadonlyMap<number, readonly [number, number]>,
  { coils, rows, columns }: Shape,
): void {
  for (const [row, [from, to]] of kept) {
    if (from === 0 && to === columns) continue;
    for (let coil = 0; coil < coils; coil++) {
      const start = 2 * (coil * rows + row) * columns;
      data.fill(0, start, start + 2 * from);
      data.fill(0, start + 2 * Math.max(from, to), start + 2 * columns);
    }
  }
}
