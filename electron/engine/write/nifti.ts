import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Geometry, Vec3 } from "../../contracts/dataset.ts";
import { writeAtomically } from "../base/atomic-file.ts";
import { EchoError } from "../base/errors.ts";
import { dot, normalised, sliceNormal } from "../dataset/geometry.ts";
import { bytesOf, magnitudeVolume } from "./pixels.ts";
import type { Writer } from "./writer.ts";

/** Rows of an affine from voxel indices (x, y, slice, 1) to RAS millimetres, NIfTI's world. */
export type Affine = [number, number, number, number][];

/** Step from one slice to the next, LPS mm. @throws EchoError UNSUPPORTED for an uneven stack. */
function sliceStep(geometry: Geometry): Vec3 {
  const normal = sliceNormal(geometry);
  const { positions } = geometry;
  if (positions.length < 2) {
    const thickness = geometry.sliceSpacingMm ?? geometry.sliceThicknessMm ?? 1;
    return [normal[0] * thickness, normal[1] * thickness, normal[2] * thickness];
  }
  const first = positions[0];
  const last = positions[positions.length - 1];
  const step = [0, 1, 2].map((axis) => (last[axis] - first[axis]) / (positions.length - 1)) as Vec3;
  const length = Math.sqrt(dot(step, step));
  const allowed = Math.max(0.01, 0.01 * length);
  const even = positions.every((position, slice) =>
    position.every((value, axis) => Math.abs(value - first[axis] - slice * step[axis]) <= allowed),
  );
  if (!even || length < 1e-6 || geometry.sliceSpacingMm === null) {
    throw new EchoError("UNSUPPORTED", "the slices are not evenly spaced, which NIfTI cannot say", {
      where: "slice positions",
      hint: "Export DICOM, which keeps every position, or reconstruct one slice with --slices.",
    });
  }
  return step;
}

/** Affine of a known or stated geometry. LPS to RAS turns the signs of x and y. @throws EchoError UNSUPPORTED. */
export function niftiAffine(geometry: Geometry): Affine {
  const step = sliceStep(geometry);
  const origin = geometry.positions[0];
  return [0, 1, 2].map((axis) => {
    const sign = axis < 2 ? -1 : 1;
    const value = (number: number): number => sign * number + 0;
    return [
      value(geometry.rowDirection[axis] * geometry.spacingMm[0]),
      value(geometry.columnDirection[axis] * geometry.spacingMm[1]),
      value(step[axis]),
      value(origin[axis]),
    ];
  });
}

/**
 * Unit quaternion (a, b, c, d), a >= 0, of a proper rotation given by its columns, by the largest of its four
 * components (Shepperd's method), so that half turns keep their precision.
 */
export function quaternionOf(x: Vec3, y: Vec3, z: Vec3): [number, number, number, number] {
  const squares = [
    1 + x[0] + y[1] + z[2],
    1 + x[0] - y[1] - z[2],
    1 - x[0] + y[1] - z[2],
    1 - x[0] - y[1] + z[2],
  ];
  const largest = squares.indexOf(Math.max(...squares));
  const double = Math.sqrt(squares[largest]);
  const by = 1 / (2 * double);
  const rows: [number, number, number, number][] = [
    [double / 2, (y[2] - z[1]) * by, (z[0] - x[2]) * by, (x[1] - y[0]) * by],
    [(y[2] - z[1]) * by, double / 2, (y[0] + x[1]) * by, (z[0] + x[2]) * by],
    [(z[0] - x[2]) * by, (y[0] + x[1]) * by, double / 2, (z[1] + y[2]) * by],
    [(x[1] - y[0]) * by, (z[0] + x[2]) * by, (z[1] + y[2]) * by, double / 2],
  ];
  const [a, b, c, d] = rows[largest];
  return a < 0 ? [-a, -b, -c, -d] : [a, b, c, d];
}

const headerBytes = 352;

/**
 * The 348-byte NIfTI-1 header and the four bytes that say that no extension follows (nifti1.h). Float32, millimetres;
 * qform and sform both hold the affine: code 1 (scanner) for a known orientation, 2 (aligned) for one that the user
 * stated, 0 with spacing only for an unknown one. A slanted stack has no rotation: its qform code is 0.
 */
export function niftiHeader(
  geometry: Geometry,
  matrix: { slices: number; rows: number; columns: number },
  labels: { description: string; white: number },
): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, length: number, value: string): void => {
    bytes.set(new TextEncoder().encode(value.replace(/[^\x20-\x7e]/g, "?")).subarray(0, length - 1), offset);
  };
  const floats = (offset: number, values: readonly number[]): void => {
    for (const [i, value] of values.entries()) view.setFloat32(offset + 4 * i, value, true);
  };
  view.setInt32(0, 348, true);
  const dim = [3, matrix.columns, matrix.rows, matrix.slices, 1, 1, 1, 1];
  for (const [i, value] of dim.entries()) view.setInt16(40 + 2 * i, value, true);
  view.setInt16(70, 16, true); // datatype: float32
  view.setInt16(72, 32, true); // bitpix
  const known = geometry.orientation !== "unknown";
  let qfac = 1;
  let sliceMm = geometry.sliceSpacingMm ?? geometry.sliceThicknessMm ?? 1;
  if (known) {
    const affine = niftiAffine(geometry);
    const column = (index: number): Vec3 => [affine[0][index], affine[1][index], affine[2][index]];
    const [x, y, z] = [0, 1, 2].map((index) => normalised(column(index)) ?? ([0, 0, 1] as Vec3));
    sliceMm = Math.sqrt(dot(column(2), column(2)));
    const normal: Vec3 = [x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]];
    const along = dot(normal, z);
    qfac = along < 0 ? -1 : 1;
    const code = geometry.orientation === "known" ? 1 : 2;
    if (Math.abs(along) > 0.9999) {
      const [, b, c, d] = quaternionOf(x, y, normal);
      view.setInt16(252, code, true);
      floats(256, [b, c, d, ...column(3)]);
    }
    view.setInt16(254, code, true);
    floats(280, affine.flat());
  }
  floats(76, [qfac, geometry.spacingMm[0], geometry.spacingMm[1], sliceMm, 1, 1, 1, 1]);
  floats(108, [headerBytes, 1, 0]); // vox_offset, scl_slope, scl_inter
  bytes[123] = 2; // xyzt_units: millimetres
  floats(124, [labels.white, 0]); // cal_max, cal_min
  text(148, 80, labels.description);
  bytes.set([0x6e, 0x2b, 0x31, 0], 344); // "n+1"
  return bytes;
}

/** NIfTI-1, one gzip file with the magnitude in the input's own scale. @throws EchoError UNSUPPORTED, TOO_LARGE. */
export const niftiWriter: Writer = {
  id: "nifti",
  title: "NIfTI-1",
  async write(result, folder) {
    const { slices, rows, columns, data, robustMaximum } = magnitudeVolume(result.image);
    const path = join(folder, "image.nii.gz");
    if (Math.max(slices, rows, columns) > 32767) {
      throw new EchoError("TOO_LARGE", "NIfTI-1 holds at most 32767 pixels along an axis", { path });
    }
    const { record } = result;
    const mark = record.result.synthetic ? ", SYNTHETIC" : "";
    const header = niftiHeader(
      record.result.geometry,
      { slices, rows, columns },
      {
        description: `PureEcho ${record.program.version} ${record.job.method}${mark}, research use only`,
        white: robustMaximum,
      },
    );
    const raw = Buffer.concat([header, bytesOf(data)]);
    const packed = gzipSync(raw, { level: 6 });
    if (!gunzipSync(packed).equals(raw)) throw new EchoError("WRITE_FAILED", "compression failed", { path });
    return [{ format: "nifti", path, sha256: await writeAtomically(path, packed) }];
  },
};
