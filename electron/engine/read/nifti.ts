import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Geometry, Vec3 } from "../../contracts/dataset.ts";
import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { unknownGeometry } from "../dataset/geometry.ts";
import { toMachineOrder } from "./bytes.ts";
import { nearestGrid } from "./nifti-orientation.ts";

const largestBytes = 2 ** 31;

export interface NiftiImage {
  /** `[slice, y, x]`; the imaginary part is zero for real files. */
  readonly image: ComplexArray;
  readonly geometry: Geometry;
  readonly title: string;
  /** Volumes of the file; the first is read. */
  readonly volumes: number;
  /** The header's free text. */
  readonly description: string;
}

interface Header {
  readonly description: string;
  readonly little: boolean;
  /** Lengths along i, j, k. */
  readonly size: readonly [number, number, number];
  readonly volumes: number;
  readonly datatype: number;
  readonly dataOffset: number;
  readonly slope: number;
  readonly intercept: number;
  /** Columns i, j, k and the origin in LPS mm, null where both codes are 0. */
  readonly affine: readonly [Vec3, Vec3, Vec3, Vec3] | null;
  readonly spacing: readonly [number, number, number];
}

/** Bytes per number, numbers per voxel and reader of each datatype (nifti1.h, NIFTI_TYPE_*). */
const datatypes: Record<
  number,
  { word: number; parts: 1 | 2; view: (b: ArrayBufferLike, o: number, n: number) => ArrayLike<number> }
> = {
  2: { word: 1, parts: 1, view: (b, o, n) => new Uint8Array(b, o, n) },
  4: { word: 2, parts: 1, view: (b, o, n) => new Int16Array(b, o, n) },
  8: { word: 4, parts: 1, view: (b, o, n) => new Int32Array(b, o, n) },
  16: { word: 4, parts: 1, view: (b, o, n) => new Float32Array(b, o, n) },
  32: { word: 4, parts: 2, view: (b, o, n) => new Float32Array(b, o, n) },
  64: { word: 8, parts: 1, view: (b, o, n) => new Float64Array(b, o, n) },
  256: { word: 1, parts: 1, view: (b, o, n) => new Int8Array(b, o, n) },
  512: { word: 2, parts: 1, view: (b, o, n) => new Uint16Array(b, o, n) },
  768: { word: 4, parts: 1, view: (b, o, n) => new Uint32Array(b, o, n) },
  1792: { word: 8, parts: 2, view: (b, o, n) => new Float64Array(b, o, n) },
};

/**
 * Reads a NIfTI-1 file (`.nii` or `.nii.gz`). Axes are exchanged and turned, never resampled, so that they run as those of
 * `towards` (default: axial, x to the left, y to the back, slices to the head); a file that states no orientation
 * keeps its order and stays unknown.
 *
 * @param towards unit directions of x and y that the answer should follow as nearly as its axes allow, or "file".
 * @throws EchoError DAMAGED, UNSUPPORTED, TOO_LARGE, NOT_FOUND.
 */
export async function readNifti(
  path: string,
  towards: { rowDirection: Vec3; columnDirection: Vec3 } | "file" = {
    rowDirection: [1, 0, 0],
    columnDirection: [0, 1, 0],
  },
): Promise<NiftiImage> {
  const bytes = await contentOf(path);
  const header = parseHeader(bytes, path);
  const data = valuesOf(bytes, header, path);
  const [ni, nj, nk] = header.size;
  const told = { title: basename(path), volumes: header.volumes, description: header.description };
  const stored: ComplexArray = { shape: [nk, nj, ni], data };
  if (header.affine === null) {
    const [di, dj, dk] = header.spacing;
    return {
      image: stored,
      geometry: unknownGeometry(nk, [di, dj], nk > 1 ? dk : null),
      ...told,
    };
  }
  return { ...nearestGrid(stored, header.affine, towards), ...told };
}

async function contentOf(path: string): Promise<Buffer> {
  const info = await stat(path).catch((error: unknown) => {
    throw new EchoError("NOT_FOUND", "there is no such file", { path, cause: error });
  });
  if (info.size > largestBytes) throw new EchoError("TOO_LARGE", `${info.size} bytes`, { path });
  const raw = await readFile(path);
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return raw;
  try {
    return gunzipSync(raw, { maxOutputLength: largestBytes });
  } catch (error) {
    const large = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    throw new EchoError(
      large ? "TOO_LARGE" : "DAMAGED",
      large ? "inflates above 2 GiB" : "the gzip stream is damaged",
      { path, cause: error },
    );
  }
}

function parseHeader(bytes: Buffer, path: string): Header {
  const damaged = (reason: string): EchoError =>
    new EchoError("DAMAGED", reason, { path, where: "NIfTI header" });
  if (bytes.length < 352) throw damaged("is too short for a NIfTI file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const little = view.getInt32(0, true) === 348;
  if (!little && view.getInt32(0, false) !== 348)
    throw damaged("is not NIfTI-1 (its header does not say 348 bytes)");
  const magic = bytes.toString("latin1", 344, 347);
  if (magic === "ni1") {
    throw new EchoError("UNSUPPORTED", "a NIfTI header whose pixels lie in another file", { path });
  }
  if (magic !== "n+1") throw damaged("lacks the NIfTI magic");
  const i16 = (offset: number): number => view.getInt16(offset, little);
  const f32 = (offset: number): number => view.getFloat32(offset, little);
  const axes = i16(40);
  if (axes < 1 || axes > 7) throw damaged(`has ${axes} axes`);
  const dimension = (axis: number): number => (axis <= axes ? i16(40 + 2 * axis) : 1);
  const size: [number, number, number] = [dimension(1), dimension(2), dimension(3)];
  const volumes = dimension(4) * dimension(5) * dimension(6) * dimension(7);
  if (size.some((length) => length < 1) || volumes < 1) throw damaged("has an axis of length zero");
  const metres: Record<number, number> = { 1: 1000, 3: 0.001 };
  const unit = metres[view.getUint8(123) & 7] ?? 1;
  const spacing = [1, 2, 3].map((axis) => {
    const step = Math.abs(f32(76 + 4 * axis)) * unit;
    return Number.isFinite(step) && step > 0 ? step : 1;
  });
  const slope = f32(112);
  const used = Number.isFinite(slope) && slope !== 0;
  return {
    description: bytes.toString("latin1", 148, 228).replace(/\0.*$/s, "").trim(),
    little,
    size,
    volumes,
    datatype: i16(70),
    dataOffset: Math.max(352, f32(108)),
    slope: used ? slope : 1,
    intercept: used && Number.isFinite(f32(116)) ? f32(116) : 0,
    affine: affineOf(i16, f32, spacing, unit),
    spacing: [spacing[0], spacing[1], spacing[2]],
  };
}

/** Method 3 (sform), else method 2 (qform) of nifti1.h; NIfTI's RAS turned to LPS. */
function affineOf(
  i16: (offset: number) => number,
  f32: (offset: number) => number,
  spacing: readonly number[],
  unit: number,
): Header["affine"] {
  const column = (axis: number, m: (row: number, column: number) => number): Vec3 => [
    0 - m(0, axis),
    0 - m(1, axis),
    m(2, axis),
  ];
  const all = (m: (row: number, column: number) => number): Header["affine"] => {
    const columns: [Vec3, Vec3, Vec3, Vec3] = [column(0, m), column(1, m), column(2, m), column(3, m)];
    const sane =
      columns.flat().every(Number.isFinite) && columns.slice(0, 3).every((one) => Math.hypot(...one) > 1e-6);
    return sane ? columns : null;
  };
  if (i16(254) > 0) return all((row, axis) => f32(280 + 16 * row + 4 * axis) * unit);
  if (i16(252) <= 0) return null;
  const [b, c, d] = [f32(256), f32(260), f32(264)];
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const turn = f32(76) < 0 ? -1 : 1;
  const rotation = [
    [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
    [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
    [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
  ];
  return all((row, axis) =>
    axis === 3 ? f32(268 + 4 * row) * unit : rotation[row][axis] * spacing[axis] * (axis === 2 ? turn : 1),
  );
}

function valuesOf(bytes: Buffer, header: Header, path: string): Float32Array {
  const type = datatypes[header.datatype];
  if (type === undefined) {
    throw new EchoError("UNSUPPORTED", `NIfTI datatype ${header.datatype}`, { path, where: "NIfTI header" });
  }
  const voxels = header.size[0] * header.size[1] * header.size[2];
  const needed = voxels * type.parts * type.word;
  if (!(header.dataOffset + needed <= bytes.length)) {
    throw new EchoError(
      "DAMAGED",
      `holds ${bytes.length - header.dataOffset} bytes of pixels where ${needed} are needed`,
      {
        path,
      },
    );
  }
  const copy = Buffer.from(
    Uint8Array.from(bytes.subarray(header.dataOffset, header.dataOffset + needed)).buffer,
  );
  toMachineOrder(copy, type.word, header.little);
  const values = type.view(copy.buffer, copy.byteOffset, voxels * type.parts);
  const data = new Float32Array(2 * voxels);
  for (let i = 0; i < voxels; i++) {
    data[2 * i] = values[type.parts * i] * header.slope + header.intercept;
    if (type.parts === 2) data[2 * i + 1] = values[2 * i + 1] * header.slope;
  }
  return data;
}
