import { stat } from "node:fs/promises";
import { basename } from "node:path";
import type { Origin, Warning } from "../../contracts/dataset.ts";
import { EchoError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { KspaceDataset, KspaceSlice } from "../dataset/dataset.ts";
import { emptyOrigin, unknownGeometry } from "../dataset/geometry.ts";
import { isHdf5 } from "./file-kind.ts";
import { complexBytes, complexFromBytes, type Hdf5File, withHdf5 } from "./hdf5.ts";
import { type EncodingHeader, type IsmrmrdHeader, parseIsmrmrdHeader } from "./ismrmrd-header.ts";
import { foundMask, transposedLast } from "./lines.ts";
import { openEach } from "./open-each.ts";
import type { Reader } from "./reader.ts";
import { columnsWithoutOversampling, removeOversampling } from "./readout.ts";

const largestSliceBytes = 2 ** 30;

/** fastMRI-style HDF5 (Zbontar et al., arXiv:1811.08839): `kspace` `[slice, (coil,) a, b]` with the ISMRMRD header beside it. */
export const fastmriReader: Reader = {
  id: "fastmri",
  title: "fastMRI-style k-space",
  async sniff(file) {
    if (!isHdf5(file)) return false;
    return withHdf5(file.path, (hdf5) => {
      const dataset = hdf5.keys("/").includes("kspace") ? hdf5.dataset("kspace") : null;
      // Compounds of `real` and `imag` without a header are MATLAB 7.3 variables, whose axes run the other way.
      return dataset !== null && isFastmri(hdf5);
    }).catch(() => false);
  },
  open: (files) => openEach(files, async (path) => [await openFastmri(path)]),
};

function isFastmri(file: Hdf5File): boolean {
  const names = file.keys("/");
  const marks = ["ismrmrd_header", "mask", "reconstruction_rss", "reconstruction_esc"];
  return marks.some((name) => names.includes(name)) || file.attribute("/", "acquisition") !== undefined;
}

interface Layout {
  readonly slices: number;
  readonly coils: number;
  /** Lengths of the last two axes in the file. */
  readonly first: number;
  readonly last: number;
  readonly partBytes: 4 | 8;
  readonly singleCoil: boolean;
}

function layoutOf(file: Hdf5File): Layout {
  const dataset = file.dataset("kspace");
  const at = { path: file.path, where: "/kspace" };
  const partBytes = dataset === null ? null : complexBytes(dataset.metadata);
  if (dataset === null || partBytes === null) {
    throw new EchoError("UNSUPPORTED", "kspace is not an array of complex numbers", at);
  }
  const { shape } = dataset;
  if (shape.length !== 3 && shape.length !== 4) {
    throw new EchoError(
      "UNSUPPORTED",
      `kspace has ${shape.length} axes; [slice, (coil,) a, b] is expected`,
      at,
    );
  }
  if (shape.some((length) => length < 1)) throw new EchoError("DAMAGED", "kspace is empty", at);
  const singleCoil = shape.length === 3;
  const [slices, coils, first, last] = singleCoil ? [shape[0], 1, shape[1], shape[2]] : shape;
  if (2 * partBytes * coils * first * last > largestSliceBytes) {
    throw new EchoError("TOO_LARGE", `one slice of ${coils} x ${first} x ${last} samples`, at);
  }
  return { slices, coils, first, last, partBytes, singleCoil };
}

/**
 * Files of the fastMRI project have the readout on the second-last axis; others that call themselves fastMRI-style
 * have it last. The rule, in this order: (1) the header's encoded matrix, x being the readout: as it stands where only the last
 * axis has x samples, turned where only the second-last has; (2) a `mask` of the file, which fastMRI lays along the last axis:
 * turned; (3) lines of zeros along one axis only: that axis is the phase encoding; (4) a header that fits both ways
 * (square, complete): as it stands, `[ky, kx]`; (5) no header: as fastMRI lays it out, turned.
 */
export function readoutIsSecondLast(
  lengths: readonly [number, number],
  encodedColumns: number | null,
  hasMask: boolean,
  zeroLines: { readonly first: boolean; readonly last: boolean },
): boolean {
  const [first, last] = lengths;
  if (encodedColumns !== null && (first === encodedColumns) !== (last === encodedColumns)) {
    return first === encodedColumns;
  }
  if (hasMask) return true;
  if (zeroLines.first !== zeroLines.last) return zeroLines.last;
  return encodedColumns === null;
}

interface Opened {
  readonly layout: Layout;
  readonly turned: boolean;
  readonly header: IsmrmrdHeader | null;
  /** `acquisition` and `patient_id` of the file. */
  readonly attributes: string[];
  readonly synthetic: boolean;
  readonly contentHash: string;
}

function readSlice(file: Hdf5File, layout: Layout, slice: number): Float32Array {
  const { coils, first, last, singleCoil, partBytes } = layout;
  const start = singleCoil ? [slice, 0, 0] : [slice, 0, 0, 0];
  const count = singleCoil ? [1, first, last] : [1, coils, first, last];
  return complexFromBytes(file.dataset("kspace")!.bytes(start, count), partBytes);
}

async function inspect(path: string): Promise<Opened> {
  const { size } = await stat(path);
  return withHdf5(path, (file) => {
    const layout = layoutOf(file);
    const stored: unknown = file.dataset("ismrmrd_header")?.value();
    const xml: unknown = Array.isArray(stored) ? stored[0] : stored;
    const header = typeof xml === "string" ? parseIsmrmrdHeader(xml, path, "/ismrmrd_header") : null;
    const middle = readSlice(file, layout, Math.floor(layout.slices / 2));
    const shape = [layout.coils, layout.first, layout.last];
    const zeroLines = {
      first: foundMask({ shape, data: middle }).data.includes(0),
      last: foundMask(transposedLast({ shape, data: middle })).data.includes(0),
    };
    const turned = readoutIsSecondLast(
      [layout.first, layout.last],
      header?.encodings[0].encoded.matrix.x ?? null,
      file.keys("/").includes("mask"),
      zeroLines,
    );
    const attributes = ["acquisition", "patient_id"].map((name) => {
      const value = file.attribute("/", name);
      return typeof value === "string" ? value : "";
    });
    const bytes = new Uint8Array(middle.buffer, middle.byteOffset, middle.byteLength);
    const contentHash = sha256(
      JSON.stringify([size, layout, attributes]),
      typeof xml === "string" ? xml : "",
      bytes,
    );
    const synthetic = header?.synthetic === true || file.attribute("/", "synthetic") === "yes";
    return { layout, turned, header, attributes, synthetic, contentHash };
  });
}

/**
 * @throws EchoError UNSUPPORTED for trajectories that are not Cartesian and for 3-D k-space, DAMAGED, TOO_LARGE.
 */
export async function openFastmri(path: string): Promise<KspaceDataset> {
  const { layout, turned, header, attributes, synthetic, contentHash } = await inspect(path);
  const warnings: Warning[] = [];
  const encoding: EncodingHeader | null = header?.encodings[0] ?? null;
  const trajectory = encoding?.trajectory ?? "";
  if (trajectory !== "" && trajectory !== "cartesian") {
    throw new EchoError(
      "UNSUPPORTED",
      `the trajectory is ${trajectory}; this version reconstructs Cartesian scans`,
      {
        path,
        where: "/ismrmrd_header",
      },
    );
  }
  const [rows, length] = turned ? [layout.last, layout.first] : [layout.first, layout.last];
  const encodedFov = encoding?.encoded.fovMm ?? null;
  const reconFov = encoding?.recon.fovMm ?? null;
  const fits = encoding === null || encoding.encoded.matrix.x === length;
  if (!fits) {
    warnings.push({
      code: "HEADER_MISFIT",
      text: `the header says ${encoding.encoded.matrix.x} samples per readout, the array has ${layout.first} x ${layout.last}; the array is believed`,
    });
  }
  if (turned) {
    warnings.push({
      code: "TURNED",
      text: "the readout runs along the rows of this file; pictures show it along x, turned against reconstruction_rss",
    });
  }
  const columns =
    encoding === null || !fits
      ? length
      : columnsWithoutOversampling(
          length,
          encodedFov?.x ?? null,
          reconFov?.x ?? null,
          encoding.recon.matrix.x,
        );
  // fastMRI pads or crops lines; millimetres per line follow the header's matrix.
  const fovMm: [number, number] | null =
    encodedFov === null || encoding === null ? null : [encodedFov.y, (encodedFov.x * columns) / length];
  const reconMatrix: [number, number] =
    encoding === null ? [rows, columns] : [encoding.recon.matrix.y, encoding.recon.matrix.x];
  const reconFovMm: [number, number] | null = reconFov === null ? fovMm : [reconFov.y, reconFov.x];
  const spacing: [number, number] =
    reconFovMm === null ? [1, 1] : [reconFovMm[1] / reconMatrix[1], reconFovMm[0] / reconMatrix[0]];
  const thickness = reconFov !== null && reconFov.z > 0 ? reconFov.z : null;
  const title = [header?.title || basename(path), attributes[0]].filter((part) => part !== "").join(", ");
  const read = async (slice: number): Promise<KspaceSlice> => {
    if (!Number.isInteger(slice) || slice < 0 || slice >= layout.slices) {
      throw new EchoError("USAGE", `slice ${slice} is outside of the ${layout.slices} of this scan`, {
        path,
      });
    }
    const raw = await withHdf5(path, (file) => readSlice(file, layout, slice));
    const stored = { shape: [layout.coils, layout.first, layout.last], data: raw };
    const full = turned ? transposedLast(stored) : stored;
    const mask = foundMask(full);
    const data = removeOversampling(full.data, layout.coils * rows, { length, columns });
    const samples = { shape: [layout.coils, rows, columns], data };
    if (columns === length || mask.shape.length === 1) return { samples, mask, calibration: null };
    throw new EchoError("UNSUPPORTED", "points are missing inside of oversampled readouts", {
      path,
      where: `/kspace[${slice}]`,
      hint: "Only whole lines may be missing where the readout is oversampled.",
    });
  };
  const firstSlice = await read(0);
  const slices = layout.slices;
  return {
    kind: "kspace",
    id: sha256(contentHash, "kspace").slice(0, 12),
    format: "fastmri",
    title,
    files: [path],
    slices,
    geometry: {
      ...unknownGeometry(slices, spacing, null),
      sliceThicknessMm: thickness,
      frameOfReferenceUid: null,
    },
    origin: originOf(header, attributes[1]),
    synthetic,
    warnings,
    coils: layout.coils,
    encoded: { matrix: [rows, columns], fovMm },
    recon: { matrix: reconMatrix, fovMm: reconFovMm },
    mask: firstSlice.mask,
    readKspace: read,
    readNoise: async () => null,
  };
}

function originOf(header: IsmrmrdHeader | null, patient: string): Origin {
  const origin = header?.origin ?? emptyOrigin();
  return { ...origin, patientId: origin.patientId === "" ? patient : origin.patientId };
}
