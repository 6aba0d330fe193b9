import { join } from "node:path";
import type { Output } from "../../contracts/record.ts";
import { writeAtomically } from "../base/atomic-file.ts";
import type { ComplexArray } from "../base/complex.ts";
import { sizeOf } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { bytesOf, magnitudeVolume } from "./pixels.ts";
import type { Writer } from "./writer.ts";

/**
 * One array in NumPy's format 1.0 (numpy.lib.format): magic, version, header length, a Python literal padded with
 * spaces so that the data start at a multiple of 64, then the samples in C order.
 */
export function encodeNpy(kind: "<f4" | "<c8", shape: readonly number[], data: Float32Array): Uint8Array {
  const values = kind === "<c8" ? 2 * sizeOf(shape) : sizeOf(shape);
  if (values !== data.length) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `${data.length} values do not fill an array of ${shape.join(" x ")}`,
    );
  }
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const literal = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${axes}), }`;
  const start = Math.ceil((10 + literal.length + 1) / 64) * 64;
  const out = new Uint8Array(start + data.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(out.buffer).setUint16(8, start - 10, true);
  out.set(new TextEncoder().encode(`${literal.padEnd(start - 11)}\n`), 10);
  out.set(bytesOf(data), start);
  return out;
}

export async function writeComplexNpy(path: string, array: ComplexArray): Promise<Output> {
  const sha256 = await writeAtomically(path, encodeNpy("<c8", array.shape, array.data));
  return { format: "npy", path, sha256 };
}

/** `image.npy` (float32 magnitude) and `complex.npy` (complex64), both `[slice, y, x]` in the input's own scale. */
export const npyWriter: Writer = {
  id: "npy",
  title: "NumPy arrays",
  async write(result, folder) {
    const { data } = magnitudeVolume(result.image);
    const path = join(folder, "image.npy");
    const sha256 = await writeAtomically(path, encodeNpy("<f4", result.image.shape, data));
    return [
      { format: "npy", path, sha256 },
      await writeComplexNpy(join(folder, "complex.npy"), result.image),
    ];
  },
};
