import { EchoError } from "../base/errors.ts";
import { bytesOf } from "./pixels.ts";
import type { RawScan } from "./writer.ts";

export interface RawShape {
  readonly slices: number;
  readonly coils: number;
  readonly rows: number;
  readonly columns: number;
}

/** @throws EchoError SHAPE_MISMATCH. */
export function rawShape(scan: RawScan): RawShape {
  const { shape, data } = scan.samples;
  const [slices, coils, rows, columns] = shape;
  if (shape.length !== 4 || data.length !== 2 * slices * coils * rows * columns) {
    throw new EchoError("SHAPE_MISMATCH", "k-space to be written has the axes [slice, coil, ky, kx]");
  }
  const mask = scan.mask.shape;
  if (mask[0] !== rows || (mask.length === 2 && mask[1] !== columns)) {
    throw new EchoError("SHAPE_MISMATCH", `a mask of ${mask.join(" x ")} for ${rows} x ${columns} samples`);
  }
  return { slices, coils, rows, columns };
}

/** Bytes of one readout, complex64. */
export function lineBytes(scan: RawScan, slice: number, coil: number, row: number): Uint8Array {
  const [, coils, rows, columns] = scan.samples.shape;
  const at = 2 * ((slice * coils + coil) * rows + row) * columns;
  return bytesOf(scan.samples.data.subarray(at, at + 2 * columns));
}
