import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Warning } from "../../contracts/dataset.ts";
import { type ComplexArray, sizeOf } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { sha256, sha256OfFile } from "../base/hash.ts";
import type { Dataset, ImageDataset, KspaceDataset } from "../dataset/dataset.ts";
import { emptyOrigin, unknownGeometry } from "../dataset/geometry.ts";
import { readExactly, withFile } from "./bytes.ts";
import { cflPair, isCflPair, readCflHeader, readCflSamples } from "./cfl.ts";
import { foundMask } from "./lines.ts";
import { readComplexNpy, readNpyHeader, readNpySlice } from "./npy.ts";
import { openEach } from "./open-each.ts";
import type { Reader } from "./reader.ts";

/** Arrays above this size are identified by size and both ends instead of their whole content. */
const wholeHashBytes = 256 << 20;
const noGeometry: Warning = {
  code: "NO_GEOMETRY",
  text: "the file says nothing of millimetres and orientation; pixels are taken as 1 mm",
};

/** NumPy arrays: complex `[coil, ky, kx]` or `[slice, coil, ky, kx]` is k-space, everything else an image. */
export const npyReader: Reader = {
  id: "npy",
  title: "NumPy array",
  sniff: ({ head }) => head.length > 8 && Buffer.from(head.subarray(0, 6)).toString("latin1") === "\x93NUMPY",
  open: (files) => openEach(files, async (path) => [await openNpy(path)]),
};

/** BART arrays with dimensions readout, phase encoding, slice, coil: k-space. */
export const cflReader: Reader = {
  id: "cfl",
  title: "BART array",
  sniff: ({ path }) => isCflPair(path),
  open: (files) => {
    const stems = [...new Set(files.map((path) => cflPair(path).data))];
    return openEach(stems, async (path) => [await openCfl(path)]);
  },
};

async function openNpy(path: string): Promise<Dataset> {
  const { kind, shape } = await readNpyHeader(path);
  const at = { path, where: `shape ${shape.join(" x ")}` };
  if (shape.some((length) => length === 0)) throw new EchoError("DAMAGED", "the array is empty", at);
  // A result of this program lies beside its record: an image, though complex and of three axes.
  const isResult = existsSync(join(dirname(path), "record.json"));
  if (kind === "c" && !isResult && (shape.length === 3 || shape.length === 4)) {
    const [slices, coils, rows, columns] = shape.length === 3 ? [1, ...shape] : shape;
    const read = async (slice: number): Promise<ComplexArray> =>
      shape.length === 3 ? readComplexNpy(path) : readNpySlice(path, slice);
    return kspaceOf(path, "npy", await idOf(path), [slices, coils, rows, columns], read, [noGeometry]);
  }
  if (shape.length !== 2 && shape.length !== 3) {
    throw new EchoError(
      "UNSUPPORTED",
      "k-space is complex [coil, ky, kx] or [slice, coil, ky, kx], an image [y, x] or [slice, y, x]",
      at,
    );
  }
  const [slices, rows, columns] = shape.length === 2 ? [1, ...shape] : shape;
  return {
    ...common(path, "npy", await idOf(path), slices),
    kind: "image",
    matrix: [rows, columns],
    window: null,
    warnings: [noGeometry],
    readImage: (slice) => (shape.length === 2 ? readComplexNpy(path) : readNpySlice(path, slice)),
  } satisfies ImageDataset;
}

/** Dimension of BART's slices (src/misc/mri.h, SLICE_DIM). */
const sliceDimension = 13;

async function openCfl(path: string): Promise<KspaceDataset> {
  const { dimensions, text } = await readCflHeader(path);
  const [columns, rows = 1, partitions = 1, coils = 1] = dimensions;
  const slices = dimensions[sliceDimension] ?? 1;
  const { header, data } = cflPair(path);
  if (partitions * columns * rows * coils * slices !== sizeOf(dimensions) || partitions !== 1) {
    throw new EchoError(
      "UNSUPPORTED",
      `a BART array of ${dimensions.join(" x ")}: this version opens readout x phase x 1 x coil, slices in dimension 13`,
      { path: header, hint: "Take a part out with bart slice or bart transpose, or write ISMRMRD." },
    );
  }
  const id = sha256(text, await idOf(data)).slice(0, 12);
  const length = coils * rows * columns;
  const read = async (slice: number): Promise<ComplexArray> => ({
    shape: [coils, rows, columns],
    data: await readCflSamples(path, slice * length, length),
  });
  const dataset = await kspaceOf(data, "cfl", id, [slices, coils, rows, columns], read, [noGeometry]);
  return { ...dataset, files: [data, header], synthetic: /synthetic/i.test(text) };
}

async function kspaceOf(
  path: string,
  format: string,
  id: string,
  [slices, coils, rows, columns]: number[],
  read: (slice: number) => Promise<ComplexArray>,
  warnings: Warning[],
): Promise<KspaceDataset> {
  return {
    ...common(path, format, id, slices),
    kind: "kspace",
    warnings,
    coils,
    encoded: { matrix: [rows, columns], fovMm: null },
    recon: { matrix: [rows, columns], fovMm: null },
    mask: foundMask(await read(0)),
    async readKspace(slice) {
      if (!Number.isInteger(slice) || slice < 0 || slice >= slices) {
        throw new EchoError("USAGE", `slice ${slice} is outside of the ${slices} of this array`, { path });
      }
      const samples = await read(slice);
      return { samples, mask: foundMask(samples), calibration: null };
    },
    readNoise: async () => null,
  };
}

function common(path: string, format: string, id: string, slices: number) {
  return {
    id,
    format,
    title: basename(path),
    files: [path],
    slices,
    geometry: unknownGeometry(slices, [1, 1], null),
    origin: emptyOrigin(),
    synthetic: false,
  };
}

async function idOf(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size <= wholeHashBytes) return (await sha256OfFile(path)).slice(0, 12);
  return withFile(path, async (handle) => {
    const piece = 1 << 20;
    const places = [0, Math.floor(size / 2), size - piece];
    const parts = await Promise.all(places.map((offset) => readExactly(handle, offset, piece, path)));
    return sha256(String(size), ...parts).slice(0, 12);
  });
}
