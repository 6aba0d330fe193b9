import { basename } from "node:path";
import type { Refusal, Warning } from "../../contracts/dataset.ts";
import { EchoError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { KspaceDataset } from "../dataset/dataset.ts";
import { orientationName } from "../dataset/geometry.ts";
import { isHdf5 } from "./file-kind.ts";
import { withHdf5 } from "./hdf5.ts";
import { type SlicePlace, sortedStack } from "./ismrmrd-geometry.ts";
import { type EncodingHeader, type IsmrmrdHeader, parseIsmrmrdHeader } from "./ismrmrd-header.ts";
import { blockReader, calibrationFor, noiseOf } from "./ismrmrd-read.ts";
import { groupedStacks, roleOf, type Stack, stackIndices } from "./ismrmrd-roles.ts";
import { type LineGrid, maskOf, placeOf } from "./ismrmrd-slice.ts";
import { type Acquisition, type AcquisitionTable, flag, hasFlag, readTable } from "./ismrmrd-table.ts";
import { openEach, refusalOf } from "./open-each.ts";
import type { Opened, Reader } from "./reader.ts";
import { columnsWithoutOversampling } from "./readout.ts";

const largestSliceBytes = 2 ** 31;

/** Groups of the file that hold an XML header and a table of acquisitions. */
async function scansIn(path: string): Promise<{ group: string; xml: string }[]> {
  return withHdf5(path, (file) =>
    file
      .keys("/")
      .filter((name) => ["xml", "data"].every((member) => file.keys(name).includes(member)))
      .map((group) => {
        const value = file.dataset(`${group}/xml`)?.value();
        const xml: unknown = Array.isArray(value) ? value[0] : value;
        if (typeof xml !== "string") {
          throw new EchoError("DAMAGED", "the XML header is not a text", { path, where: `/${group}/xml` });
        }
        return { group, xml };
      }),
  );
}

/** Raw data of the ISMRM (Inati et al., MRM 77, 2017): HDF5 with `xml` and `data`. Cartesian scans only. */
export const ismrmrdReader: Reader = {
  id: "ismrmrd",
  title: "ISMRMRD raw data",
  async sniff(file) {
    if (!isHdf5(file)) return false;
    return withHdf5(file.path, (hdf5) =>
      hdf5.keys("/").some((name) => ["xml", "data"].every((member) => hdf5.keys(name).includes(member))),
    ).catch(() => false);
  },
  open: (files, signal) => openEach(files, (path) => openIsmrmrd(path, signal)),
};

/**
 * One dataset for every encoding, contrast, cardiac phase, repetition, set and orientation of an ISMRMRD file; those that
 * cannot be reconstructed (trajectories that are not Cartesian, undersampled 3-D) are refused one by one.
 *
 * @throws EchoError DAMAGED, TOO_LARGE, UNSUPPORTED where nothing in the file is an image.
 */
export async function openIsmrmrd(path: string, signal?: AbortSignal): Promise<Opened> {
  const datasets: KspaceDataset[] = [];
  const refused: Refusal[] = [];
  const scans = await scansIn(path);
  for (const { group, xml } of scans) {
    const header = parseIsmrmrdHeader(xml, path, `/${group}/xml`);
    const where = `/${group}/data`;
    // Where nothing is Cartesian the table need not be read to say so.
    if (header.encodings.every(({ trajectory }) => !isCartesian(trajectory))) {
      refuseTrajectory(header.encodings[0].trajectory, path, `/${group}/xml`);
    }
    const table = await readTable(path, where, signal);
    const prefix = scans.length > 1 ? `${group}: ` : "";
    const scan: Scan = { path, where, header, table, contentHash: sha256(xml, table.sha256), prefix };
    const opened = datasetsOf(scan);
    datasets.push(...opened.datasets);
    refused.push(...opened.refused);
  }
  return { datasets, refused };
}

interface Scan {
  readonly path: string;
  readonly where: string;
  readonly header: IsmrmrdHeader;
  readonly table: AcquisitionTable;
  readonly contentHash: string;
  readonly prefix: string;
}

function isCartesian(trajectory: string): boolean {
  return trajectory === "cartesian" || trajectory === "";
}

function refuseTrajectory(trajectory: string, path: string, where: string): void {
  if (isCartesian(trajectory)) return;
  const hint =
    trajectory === "epi"
      ? "Regrid and correct the echoes with Gadgetron or BART first, or export the scanner's images."
      : "Reconstruct it with BART (nufft, pics -t) or Gadgetron, or grid it to Cartesian k-space first.";
  throw new EchoError(
    "UNSUPPORTED",
    `the trajectory is ${trajectory}; this version reconstructs Cartesian scans. ${hint}`,
    {
      path,
      where,
      hint,
    },
  );
}

function datasetsOf(scan: Scan): { datasets: KspaceDataset[]; refused: Refusal[] } {
  const { path, where, table } = scan;
  const image: Acquisition[] = [];
  const calibration: Acquisition[] = [];
  const noise: Acquisition[] = [];
  const leftOut = new Map<string, number>();
  for (const line of table.acquisitions) {
    const role = roleOf(line);
    if (role === "image") image.push(line);
    else if (role === "calibration") calibration.push(line);
    else leftOut.set(role, (leftOut.get(role) ?? 0) + 1);
    if (role === "noise") noise.push(line);
    // Lines for both purposes complete the calibration block beside those that are for calibration only.
    if (role === "image" && hasFlag(line, flag.calibrationAndImaging)) calibration.push(line);
  }
  if (image.length === 0) {
    throw new EchoError("UNSUPPORTED", "holds no imaging lines (noise, calibration or correction only)", {
      path,
      where,
    });
  }
  const warnings: Warning[] = [...leftOut].map(([role, count]) => ({
    code: "LINES_LEFT_OUT",
    text: `${count} ${role} readouts are not part of the image`,
  }));
  const stacks = groupedStacks(image);
  const datasets: KspaceDataset[] = [];
  // Repetitions of a stack fail alike: one refusal for each reason.
  const refused = new Map<string, Refusal>();
  for (const stack of stacks) {
    try {
      datasets.push(datasetOf(scan, stack, { calibration, noise, warnings, stacks }));
    } catch (error) {
      const refusal = refusalOf(error, path);
      refused.set(refusal.reason, refused.get(refusal.reason) ?? refusal);
    }
  }
  return { datasets, refused: [...refused.values()] };
}

interface Beside {
  readonly calibration: readonly Acquisition[];
  readonly noise: readonly Acquisition[];
  readonly warnings: readonly Warning[];
  readonly stacks: readonly Stack[];
}

function gridOf(scan: Scan, stack: Stack, encoding: EncodingHeader, warnings: Warning[]): LineGrid {
  const { path, where } = scan;
  const { encoded, recon, centre } = encoding;
  const coils = stack.first.channels;
  const odd = stack.lines.find((line) => line.channels !== coils);
  if (odd !== undefined || coils === 0) {
    throw new EchoError("UNSUPPORTED", `the number of coils changes from ${coils} to ${odd?.channels ?? 0}`, {
      path,
      where: `${where}[${odd?.row ?? stack.first.row}]`,
    });
  }
  const steps2 = new Set(stack.lines.map((line) => line.step2));
  const partitions = encoded.matrix.z > 1 && steps2.size > 1 ? encoded.matrix.z : 1;
  if (partitions === 1 && steps2.size > 1) {
    throw new EchoError(
      "DAMAGED",
      `${steps2.size} second phase encodings for an encoded matrix of one partition`,
      {
        path,
        where,
      },
    );
  }
  const firstOf = (size: number, stated: number | null, used: number[], name: string): number => {
    const shift = Math.floor(size / 2) - (stated ?? Math.floor(size / 2));
    const [low, high] = [Math.min(...used), Math.max(...used)];
    if (low + shift >= 0 && high + shift < size) return shift;
    // A centre that would push lines out of the matrix cannot be right; lines that fit as they are numbered can.
    if (high < size) {
      warnings.push({
        code: "KSPACE_CENTRE",
        text: `the header's centre of ${name} does not fit its lines; floor(N/2) is used`,
      });
      return 0;
    }
    return shift;
  };
  const steps1 = [...new Set(stack.lines.map((line) => line.step1))];
  const columns = columnsWithoutOversampling(
    encoded.matrix.x,
    encoded.fovMm?.x ?? null,
    recon.fovMm?.x ?? null,
    recon.matrix.x,
  );
  if (8 * coils * encoded.matrix.y * Math.max(columns, 1) > largestSliceBytes) {
    throw new EchoError("TOO_LARGE", `one slice of ${coils} x ${encoded.matrix.y} x ${columns} samples`, {
      path,
      where,
    });
  }
  return {
    path,
    where,
    coils,
    rows: encoded.matrix.y,
    readout: { length: encoded.matrix.x, columns },
    partitions,
    firstRow: firstOf(encoded.matrix.y, centre.step1, steps1, "the phase encoding"),
    firstPartition:
      partitions === 1 ? 0 : firstOf(partitions, centre.step2, [...steps2], "the second phase encoding"),
  };
}

/** @throws EchoError UNSUPPORTED unless every phase encoding of a slab has all of its partitions. */
function refuseUndersampled3d(lines: readonly Acquisition[], grid: LineGrid): void {
  if (grid.partitions === 1) return;
  const found = new Map<string, Set<number>>();
  for (const line of lines) {
    const place = placeOf(line, grid);
    const key = `${line.slice} ${place.row}`;
    const known = found.get(key);
    if (known === undefined) found.set(key, new Set([place.partition]));
    else known.add(place.partition);
  }
  const short = [...found.values()].find((set) => set.size < grid.partitions);
  if (short === undefined) return;
  throw new EchoError(
    "UNSUPPORTED",
    `a three-dimensional scan with ${short.size} of ${grid.partitions} second phase encodings; this version reconstructs 3-D only where they are all there. BART (pics) reconstructs undersampled 3-D`,
    { path: grid.path, where: grid.where },
  );
}

function datasetOf(scan: Scan, stack: Stack, beside: Beside): KspaceDataset {
  const { path, where, header } = scan;
  const warnings: Warning[] = [...beside.warnings];
  const encoding = header.encodings[stack.first.encoding];
  if (encoding === undefined) {
    throw new EchoError("DAMAGED", `the XML header has no encoding ${stack.first.encoding}`, { path, where });
  }
  refuseTrajectory(encoding.trajectory, path, where);
  const grid = gridOf(scan, stack, encoding, warnings);
  refuseUndersampled3d(stack.lines, grid);
  const lines = new Map<number, Acquisition[]>();
  for (const line of stack.lines) {
    const known = lines.get(line.slice);
    if (known === undefined) lines.set(line.slice, [line]);
    else known.push(line);
  }
  const { encoded, recon } = encoding;
  const shift = (fov: number | undefined, size: number): number | null =>
    fov === undefined || fov <= 0 ? null : fov / size;
  const sliceMm = shift(encoded.fovMm?.z, grid.partitions === 1 ? 1 : encoded.matrix.z);
  const places = placesOf(lines, grid, encoding, sliceMm);
  const encodedFovMm: [number, number] | null =
    encoded.fovMm === null
      ? null
      : [encoded.fovMm.y, (encoded.fovMm.x * grid.readout.columns) / grid.readout.length];
  const reconMatrix: [number, number] = [recon.matrix.y, recon.matrix.x];
  const reconFovMm: [number, number] | null =
    recon.fovMm === null ? encodedFovMm : [recon.fovMm.y, recon.fovMm.x];
  const { order, geometry, uneven } = sortedStack(stack.first, places, {
    reconMatrix,
    reconFovMm,
    sliceMm,
    contiguous: grid.partitions > 1,
    frameOfReferenceUid: header.frameOfReferenceUid,
  });
  if (uneven) warnings.push({ code: "UNEVEN_SPACING", text: "the slices are not evenly spaced" });
  if (stack.lines.some((line) => hasFlag(line, flag.reverse))) {
    warnings.push({
      code: "REVERSED_LINES",
      text: "reversed readouts were turned round; their echo shift is not corrected, so ghosts may remain",
    });
  }
  warnings.push(...repeatedLines(stack.lines, grid));
  const pick = (slice: number): Acquisition[] => calibrationFor(stack, slice, beside.calibration, grid);
  const read = blockReader(grid, order, lines, pick);
  return {
    kind: "kspace",
    id: sha256(scan.contentHash, where, stack.key).slice(0, 12),
    format: "ismrmrd",
    title: titleOf(scan, stack, beside.stacks, orientationName(geometry)),
    files: [path],
    slices: order.length,
    geometry,
    origin: {
      ...header.origin,
      echoTimeMs: header.echoTimesMs[stack.first.contrast] ?? header.origin.echoTimeMs,
    },
    synthetic: header.synthetic,
    warnings,
    coils: grid.coils,
    encoded: { matrix: [grid.rows, grid.readout.columns], fovMm: encodedFovMm },
    recon: { matrix: reconMatrix, fovMm: reconFovMm },
    mask: maskOf(lines.get(order[0].slice)!, grid),
    readKspace: read,
    readNoise: () => noiseOf(path, where, beside.noise),
  };
}

function placesOf(
  lines: ReadonlyMap<number, Acquisition[]>,
  grid: LineGrid,
  { encoded, recon }: EncodingHeader,
  sliceMm: number | null,
): SlicePlace[] {
  const places: SlicePlace[] = [];
  const kept = columnsWithoutOversampling(
    grid.partitions,
    encoded.fovMm?.z || null,
    recon.fovMm?.z || null,
    grid.partitions,
  );
  const firstKept = Math.floor(grid.partitions / 2) - Math.floor(kept / 2);
  for (const slice of [...lines.keys()].sort((a, b) => a - b)) {
    const { position, sliceDirection } = lines.get(slice)![0];
    for (let partition = firstKept; partition < firstKept + kept; partition++) {
      const offset = (partition - Math.floor(grid.partitions / 2)) * (sliceMm ?? 0);
      const centre: SlicePlace["centre"] = [
        position[0] + offset * sliceDirection[0],
        position[1] + offset * sliceDirection[1],
        position[2] + offset * sliceDirection[2],
      ];
      places.push({ slice, partition, centre });
    }
  }
  return places;
}

function repeatedLines(lines: readonly Acquisition[], grid: LineGrid): Warning[] {
  const seen = new Set<string>();
  let repeated = 0;
  for (const line of lines) {
    const place = placeOf(line, grid);
    const key = `${line.slice}.${place.row}.${place.partition}.${line.average}`;
    if (seen.has(key)) repeated++;
    seen.add(key);
  }
  if (repeated === 0) return [];
  return [{ code: "REPEATED_LINES", text: `${repeated} lines were acquired again and are averaged` }];
}

function titleOf(
  { path, header, prefix }: Scan,
  { first, indices }: Stack,
  stacks: readonly Stack[],
  plane: string,
): string {
  const name = header.title === "" ? basename(path) : header.title;
  const parts: string[] = stackIndices
    .filter((index) => new Set(stacks.map((stack) => stack.first[index])).size > 1)
    .map((index) => `${index} ${first[index] + 1}`);
  if (stacks.filter((stack) => stack.indices === indices).length > 1) parts.push(plane);
  return prefix + [name, ...parts].join(", ");
}
