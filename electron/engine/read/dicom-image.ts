import type { DataSet } from "dicom-parser";
import type { Origin, Vec3 } from "../../contracts/dataset.ts";
import { EchoError } from "../base/errors.ts";
import { dot, normalised } from "../dataset/geometry.ts";
import { type DicomHeader, type PixelElement, transferSyntax } from "./dicom-header.ts";
import { isSynthetic, originOf } from "./dicom-origin.ts";
import { numbersOf } from "./dicom-text.ts";

/** One picture inside a DICOM file, and how it lies in the patient. */
export interface DicomFrame {
  readonly file: DicomFile;
  /** From 0. */
  readonly index: number;
  readonly position: Vec3 | null;
  readonly row: Vec3 | null;
  readonly column: Vec3 | null;
  /** Distance of columns and of rows, mm. */
  readonly spacing: readonly [number, number] | null;
  readonly thickness: number | null;
  readonly slope: number;
  readonly intercept: number;
  /** Lower and upper value. */
  readonly window: readonly [number, number] | null;
  readonly echo: string;
  readonly imageType: string;
  /** Orders frames that share a position. */
  readonly order: readonly number[];
}

export interface DicomFile {
  readonly path: string;
  readonly syntax: string;
  readonly pixels: PixelElement;
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly inverted: boolean;
  readonly frames: number;
  readonly bare: boolean;
  readonly sopClass: string;
  readonly sopInstance: string;
  readonly series: string;
  readonly frameOfReference: string | null;
  readonly origin: Origin;
  readonly synthetic: boolean;
}

/** Syntaxes this version has no decoder for, by name. */
const undecoded: Record<string, string> = {
  "1.2.840.10008.1.2.4.50": "JPEG baseline",
  "1.2.840.10008.1.2.4.51": "JPEG extended",
  "1.2.840.10008.1.2.4.57": "JPEG lossless",
  "1.2.840.10008.1.2.4.70": "JPEG lossless (first-order prediction)",
  "1.2.840.10008.1.2.4.80": "JPEG-LS lossless",
  "1.2.840.10008.1.2.4.81": "JPEG-LS near-lossless",
  "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless",
  "1.2.840.10008.1.2.4.91": "JPEG 2000",
  "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000 lossless",
  "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000 lossless (RPCL)",
  "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000",
};

const decoded: readonly string[] = Object.values(transferSyntax);
const mostFrames = 100_000;
const mostPixels = 2 ** 28;

/**
 * What the header says of the pixels, checked against the bytes that are there.
 *
 * @throws EchoError UNSUPPORTED for objects without pictures, colour, 1-bit and float pixels, mosaics and compressed
 * syntaxes, by name; DAMAGED where sizes contradict each other; TOO_LARGE.
 */
export function describeFile(header: DicomHeader): DicomFile {
  const { path, dataSet, pixels } = header;
  const unsupported = (reason: string, where: string): EchoError =>
    new EchoError("UNSUPPORTED", reason, { path, where });
  const damaged = (reason: string, where: string): EchoError =>
    new EchoError("DAMAGED", reason, { path, where });
  if (pixels === null) {
    const kind = `modality ${dataSet.string("x00080060") ?? "unknown"}`;
    const float = dataSet.elements.x7fe00008 !== undefined || dataSet.elements.x7fe00009 !== undefined;
    throw float
      ? unsupported("DICOM with floating-point pixels, which this version does not open yet", "(7FE0,0008)")
      : unsupported(`a DICOM object without pixels (${kind})`, "(7FE0,0010)");
  }
  if (!decoded.includes(header.transferSyntax)) {
    const name = undecoded[header.transferSyntax] ?? "an unknown transfer syntax";
    throw unsupported(
      `DICOM compressed as ${name} (${header.transferSyntax}), which this version does not open yet`,
      "(0002,0010)",
    );
  }
  const u16 = (tag: string): number => dataSet.uint16(tag) ?? 0;
  const [rows, columns] = [u16("x00280010"), u16("x00280011")];
  if (rows === 0 || columns === 0)
    throw damaged(`a picture of ${rows} rows and ${columns} columns`, "(0028,0010)");
  const photometric = (dataSet.string("x00280004") ?? "").trim();
  const samples = dataSet.elements.x00280002 === undefined ? 1 : u16("x00280002");
  if (samples !== 1 || !(photometric === "MONOCHROME1" || photometric === "MONOCHROME2")) {
    throw unsupported(
      `a colour picture (${photometric || "unstated"}, ${samples} samples per pixel)`,
      "(0028,0004)",
    );
  }
  const bitsAllocated = u16("x00280100");
  if (bitsAllocated !== 8 && bitsAllocated !== 16 && bitsAllocated !== 32) {
    throw unsupported(`${bitsAllocated} bits allocated per pixel`, "(0028,0100)");
  }
  const bitsStored = dataSet.elements.x00280101 === undefined ? bitsAllocated : u16("x00280101");
  const highBit = dataSet.elements.x00280102 === undefined ? bitsStored - 1 : u16("x00280102");
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit + 1 < bitsStored) {
    throw damaged(`${bitsStored} bits stored up to bit ${highBit} of ${bitsAllocated}`, "(0028,0101)");
  }
  if (dataSet.elements.x00283000 !== undefined) {
    throw unsupported("pixels with a modality lookup table", "(0028,3000)");
  }
  const stated = (dataSet.string("x00280008") ?? "").trim();
  const frames = stated === "" ? 1 : Number(stated);
  if (!Number.isInteger(frames) || frames < 1) throw damaged(`"${stated}" frames`, "(0028,0008)");
  if (frames > mostFrames)
    throw new EchoError("TOO_LARGE", `${frames} frames`, { path, where: "(0028,0008)" });
  if (rows * columns > mostPixels) {
    throw new EchoError("TOO_LARGE", `a picture of ${rows} x ${columns}`, { path, where: "(0028,0010)" });
  }
  checkPixels(header, pixels, (rows * columns * frames * bitsAllocated) / 8);
  const origin = originOf(dataSet);
  return {
    path,
    syntax: header.transferSyntax,
    pixels,
    rows,
    columns,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: u16("x00280103") === 1,
    inverted: photometric === "MONOCHROME1",
    frames,
    bare: header.bare,
    sopClass: dataSet.string("x00080016") ?? "",
    sopInstance: dataSet.string("x00080018") ?? "",
    series: origin.seriesInstanceUid ?? path,
    frameOfReference: dataSet.string("x00200052") || null,
    origin,
    synthetic: isSynthetic(dataSet, origin),
  };
}

function checkPixels(header: DicomHeader, pixels: PixelElement, needed: number): void {
  const at = { path: header.path, where: "(7FE0,0010)" };
  const encapsulated = header.transferSyntax === transferSyntax.rle;
  if (encapsulated !== (pixels.length === null)) {
    throw new EchoError("DAMAGED", "the pixel data are not laid out as their transfer syntax says", at);
  }
  if (pixels.length !== null && needed > Math.min(pixels.length, pixels.available)) {
    const there = Math.min(pixels.length, pixels.available);
    throw new EchoError("DAMAGED", `holds ${there} bytes of pixels where ${needed} are needed`, at);
  }
}

/** Frames of a file: one of a classic object, all of an enhanced one with their own functional groups. */
export function framesOf(header: DicomHeader, file: DicomFile): DicomFrame[] {
  const { dataSet } = header;
  const shared = dataSet.elements.x52009229?.items?.[0]?.dataSet ?? null;
  const perFrame = dataSet.elements.x52009230?.items ?? [];
  return Array.from({ length: file.frames }, (_, index) => {
    const own = perFrame[index]?.dataSet ?? null;
    const group = (tag: string): DataSet | null =>
      own?.elements[tag]?.items?.[0]?.dataSet ?? shared?.elements[tag]?.items?.[0]?.dataSet ?? null;
    return frameOf(dataSet, file, index, group);
  });
}

function frameOf(
  root: DataSet,
  file: DicomFile,
  index: number,
  group: (tag: string) => DataSet | null,
): DicomFrame {
  const values = (macro: string, tag: string): number[] => {
    const inner = group(macro);
    const found = inner === null ? [] : numbersOf(inner, tag);
    return found.length > 0 ? found : numbersOf(root, tag);
  };
  const content = group("x00209111");
  const orientation = values("x00209116", "x00200037");
  const spacing = values("x00289110", "x00280030");
  const [slope = 1] = values("x00289145", "x00281053");
  const [intercept = 0] = values("x00289145", "x00281052");
  const usable = Number.isFinite(slope) && slope !== 0 && Number.isFinite(intercept);
  const [row, column] = directions(orientation);
  const positions = values("x00209113", "x00200032");
  const echoes = group("x00189114")?.double("x00189082");
  const dimensions = content?.elements.x00209157;
  const dimensionValues =
    dimensions === undefined
      ? []
      : Array.from({ length: dimensions.length / 4 }, (_, at) => content?.uint32("x00209157", at) ?? 0);
  const numbers = ["x00200100", "x00200012", "x00200013"].map((tag) => numbersOf(root, tag)[0] ?? 0);
  return {
    file,
    index,
    position: file.frames > 1 && group("x00209113") === null ? null : vector(positions),
    row,
    column,
    spacing: spacing[0] > 0 && spacing[1] > 0 ? [spacing[1], spacing[0]] : null,
    thickness: values("x00289110", "x00180050")[0] || null,
    slope: usable ? slope : 1,
    intercept: usable ? intercept : 0,
    window: windowOf(values("x00289132", "x00281050"), values("x00289132", "x00281051")),
    echo: String(echoes ?? [root.string("x00180081"), root.string("x00180086")].join("/")),
    imageType: (group("x00189226")?.string("x00089007") ?? root.string("x00080008") ?? "").trim(),
    order: [...numbers, ...dimensionValues, index].map((value) => (Number.isFinite(value) ? value : 0)),
  };
}

function vector(values: readonly number[]): Vec3 | null {
  const [x, y, z] = values;
  return values.length === 3 && values.every(Number.isFinite) ? [x, y, z] : null;
}

/** Row and column directions, null unless both are unit vectors at right angles (PS3.3 C.7.6.2.1.1). */
function directions(values: readonly number[]): [Vec3, Vec3] | [null, null] {
  const stated = [vector(values.slice(0, 3)), vector(values.slice(3, 6))];
  if (stated[0] === null || stated[1] === null) return [null, null];
  const [row, column] = [normalised(stated[0]), normalised(stated[1])];
  if (row === null || column === null || Math.abs(dot(row, column)) > 1e-3) return [null, null];
  return [row, column];
}

function windowOf(centres: readonly number[], widths: readonly number[]): [number, number] | null {
  const [centre, width] = [centres[0], widths[0]];
  if (centre === undefined || width === undefined || !Number.isFinite(centre) || !(width >= 1)) return null;
  return [centre - width / 2, centre + width / 2];
}
