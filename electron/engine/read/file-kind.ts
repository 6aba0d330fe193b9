import { extname } from "node:path";
import type { FileHead } from "./reader.ts";

function has(head: Uint8Array, offset: number, signature: string | readonly number[]): boolean {
  const bytes = typeof signature === "string" ? [...signature].map((c) => c.charCodeAt(0)) : signature;
  return bytes.every((byte, index) => head[offset + index] === byte);
}

const hdf5Signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** HDF5: signature at 0, or behind a user block of 512, 1024 or 2048 bytes (HDF5 file format, section II.A). */
export function isHdf5({ head }: FileHead): boolean {
  return [0, 512, 1024, 2048].some((offset) => has(head, offset, hdf5Signature));
}

export function isGzip({ head }: FileHead): boolean {
  return has(head, 0, [0x1f, 0x8b]);
}

/** NIfTI-1 in one file or as a header: size 348 in either byte order and the magic at 344 (nifti1.h). */
export function isNifti({ head }: FileHead): boolean {
  if (head.length < 348) return false;
  return (
    (has(head, 0, [0x5c, 1, 0, 0]) || has(head, 0, [0, 0, 1, 0x5c])) &&
    (has(head, 344, "n+1\0") || has(head, 344, "ni1\0"))
  );
}

export function isDicom({ head }: FileHead): boolean {
  return has(head, 128, "DICM");
}

/**
 * Siemens raw data. VD and later: a super-raid file whose first word is 0 and whose second is the number of
 * measurements; VB: the length of the header, whose first part is named `Config`.
 */
function isTwix({ head }: FileHead): boolean {
  if (head.length < 1024) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const [first, second] = [view.getUint32(0, true), view.getUint32(4, true)];
  const superRaid = first < 10_000 && second >= 1 && second <= 64 && view.getUint32(8, true) > 0;
  if (superRaid && first === 0 && view.getUint32(16, true) >= 9_216 - 8) return true;
  return first > 1000 && first < 1 << 28 && second < 32 && has(head, 8, "Config");
}

const kinds: readonly (readonly [string, (file: FileHead) => boolean])[] = [
  ["JPEG picture", ({ head }) => has(head, 0, [0xff, 0xd8, 0xff])],
  ["JPEG 2000 picture", ({ head }) => has(head, 4, "jP  ") || has(head, 0, [0xff, 0x4f, 0xff, 0x51])],
  ["PNG picture", ({ head }) => has(head, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
  ["GIF picture", ({ head }) => has(head, 0, "GIF8")],
  ["TIFF picture", ({ head }) => has(head, 0, "II*\0") || has(head, 0, "MM\0*")],
  ["PDF document", ({ head }) => has(head, 0, "%PDF")],
  ["NumPy archive (npz)", (file) => isZip(file) && extname(file.path).toLowerCase() === ".npz"],
  ["zip archive", (file) => isZip(file)],
  ["7z archive", ({ head }) => has(head, 0, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c])],
  ["tar archive", ({ head }) => has(head, 257, "ustar")],
  ["NIfTI-2 image", ({ head }) => has(head, 4, "n+2\0") || has(head, 4, "ni2\0")],
  ["gzip-compressed file", isGzip],
  [
    "MATLAB 7.3 file",
    (file) => isHdf5(file) && (has(file.head, 0, "MATLAB 7.3") || /\.mat$/i.test(file.path)),
  ],
  ["HDF5 file that is neither ISMRMRD nor fastMRI-style", isHdf5],
  ["MATLAB 5 file", ({ head }) => has(head, 0, "MATLAB 5.0")],
  ["NRRD image", ({ head }) => has(head, 0, "NRRD")],
  ["MetaImage", ({ head }) => has(head, 0, "ObjectType")],
  ["GE P-file", ({ path, head }) => /(^|\/|\\)P\d{5}\.7$/.test(path) && head.length >= 4096],
  ["Philips raw data", ({ path, head }) => /\.(raw|lab|sin)$/i.test(path) && head.length >= 512],
  ["Bruker ParaVision parameters", ({ head }) => has(head, 0, "##TITLE")],
  ["NumPy array", ({ head }) => has(head, 0, "\x93NUMPY")],
  ["Siemens raw data (twix)", isTwix],
  ["JSON text", ({ path }) => /\.json$/i.test(path)],
];

export function isZip({ head }: FileHead): boolean {
  return has(head, 0, "PK\x03\x04") || has(head, 0, "PK\x05\x06");
}

/** What a file looks like by its content, null when nothing is known. */
export function kindOf(file: FileHead): string | null {
  return kinds.find(([, test]) => test(file))?.[0] ?? null;
}
