import { extname } from "node:path";
import type { DatasetSummary, Refusal } from "../../contracts/dataset.ts";
import { cancelled } from "../base/errors.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { orientationName } from "../dataset/geometry.ts";
import { cflReader, npyReader } from "./array-dataset.ts";
import { dicomReader } from "./dicom.ts";
import { fastmriReader } from "./fastmri.ts";
import { isHdf5, isZip, kindOf } from "./file-kind.ts";
import { withHdf5 } from "./hdf5.ts";
import { ismrmrdReader } from "./ismrmrd.ts";
import { accelerationOf } from "./lines.ts";
import { niftiReader } from "./nifti-dataset.ts";
import { refusalOf } from "./open-each.ts";
import type { FileHead, Opened, Reader } from "./reader.ts";
import { headsOf } from "./walk.ts";

export { readMaps, readMaskFile } from "./maps.ts";
export { readNifti } from "./nifti.ts";
export { readComplexNpy, readNpySlice } from "./npy.ts";
export { readReference } from "./reference.ts";

/** One line per format, asked in this order. */
export const readers: readonly Reader[] = [
  ismrmrdReader,
  fastmriReader,
  npyReader,
  cflReader,
  niftiReader,
  dicomReader,
];

/**
 * Opens files and folders: every file is told by its content and given to the first reader that takes it, all files of
 * a reader together (a series has many). A file that nobody takes, or that is damaged, becomes a refusal and
 * never stops the others. The order of the answer depends on the paths alone.
 *
 * @throws EchoError CANCELLED only.
 */
export async function openPaths(paths: readonly string[], signal?: AbortSignal): Promise<Opened> {
  const { heads, refused } = await headsOf(paths, signal);
  const taken = new Map<Reader, string[]>();
  for (const file of heads) {
    if (signal?.aborted) throw cancelled();
    const reader = await readerOf(file);
    if (reader === null) {
      refused.push(await refusalOfUnknown(file));
      continue;
    }
    const files = taken.get(reader);
    if (files === undefined) taken.set(reader, [file.path]);
    else files.push(file.path);
  }
  const datasets: Dataset[] = [];
  for (const reader of readers) {
    const files = taken.get(reader);
    if (files === undefined) continue;
    const opened = await reader.open(files, signal);
    datasets.push(...opened.datasets);
    refused.push(...opened.refused);
  }
  return { datasets: withUniqueIds(datasets), refused };
}

async function readerOf(file: FileHead): Promise<Reader | null> {
  if (file.bytes === 0) return null;
  for (const reader of readers) if (await reader.sniff(file)) return reader;
  return null;
}

async function refusalOfUnknown(file: FileHead): Promise<Refusal> {
  const refusal = (code: Refusal["code"], reason: string): Refusal => ({
    path: file.path,
    code,
    where: null,
    reason,
  });
  if (file.bytes === 0) return refusal("DAMAGED", "the file is empty");
  if (isHdf5(file)) {
    const broken = await withHdf5(file.path, (hdf5) => void hdf5.keys("/")).catch((error: unknown) => error);
    if (broken !== undefined) return refusalOf(broken, file.path);
  }
  const kind = kindOf(file);
  if (kind === null) {
    const name = extname(file.path);
    return refusal(
      "UNKNOWN_FORMAT",
      `not recognised as any format of scans${name === "" ? "" : ` (named ${name})`}`,
    );
  }
  const hint = isZip(file) ? "; unpack it and open the folder" : "";
  return refusal("UNSUPPORTED", `recognised as ${kind}, which this version does not open yet${hint}`);
}

/** The same content twice gets a running number, in the order of opening, so that an id names one dataset. */
function withUniqueIds(datasets: readonly Dataset[]): Dataset[] {
  const seen = new Map<string, number>();
  return datasets.map((dataset) => {
    const times = (seen.get(dataset.id) ?? 0) + 1;
    seen.set(dataset.id, times);
    return times === 1 ? dataset : { ...dataset, id: `${dataset.id}-${times}` };
  });
}

/** Whether the file says how large its pixels are; where it does not, they are taken as 1 mm. */
export function spacingIsKnown(dataset: Dataset): boolean {
  if (dataset.kind === "kspace") return dataset.recon.fovMm !== null;
  return dataset.format !== "npy" && dataset.warnings.every((warning) => warning.code !== "NO_SPACING");
}

/** What `inspect` says of a dataset. */
export function summaryOf(dataset: Dataset): DatasetSummary {
  const { geometry } = dataset;
  const isKspace = dataset.kind === "kspace";
  const matrix = isKspace ? dataset.recon.matrix : dataset.matrix;
  return {
    id: dataset.id,
    kind: dataset.kind,
    format: dataset.format,
    title: dataset.title,
    shape: isKspace
      ? [dataset.slices, dataset.coils, ...dataset.encoded.matrix]
      : [dataset.slices, ...dataset.matrix],
    coils: isKspace ? dataset.coils : 1,
    matrix: [matrix[0], matrix[1]],
    spacingMm: spacingIsKnown(dataset)
      ? [geometry.spacingMm[0], geometry.spacingMm[1], geometry.sliceSpacingMm]
      : null,
    orientation: orientationName(geometry),
    acceleration: isKspace ? accelerationOf(dataset.mask) : 1,
    synthetic: dataset.synthetic,
    files: [...dataset.files],
    warnings: [...dataset.warnings],
  };
}
