import { join } from "node:path";
import { researchUse } from "../../contracts/record.ts";
import { produceAtomically } from "../base/atomic-file.ts";
import { EchoError } from "../base/errors.ts";
import { sha256OfFile } from "../base/hash.ts";
import { withHdf5Builder } from "./hdf5-file.ts";
import { bytesOf, magnitudeVolume } from "./pixels.ts";
import type { Writer } from "./writer.ts";

/** @throws EchoError WRITE_FAILED unless both are the same bytes. */
export function sameBytes(found: Uint8Array, expected: Uint8Array, path: string, where: string): void {
  if (Buffer.compare(found, expected) !== 0) {
    throw new EchoError("WRITE_FAILED", "what was read back differs from what was written", { path, where });
  }
}

/**
 * `image.h5` as reconstructions of the fastMRI project are handed in: float32 `reconstruction` `[slice, y, x]` in the input's own
 * scale, and beside it `complex` (complex64), the record as JSON, spacing and labels as attributes.
 */
export const hdf5Writer: Writer = {
  id: "hdf5",
  title: "HDF5 images",
  async write(result, folder) {
    const path = join(folder, "image.h5");
    const { slices, rows, columns, data, maximum } = magnitudeVolume(result.image);
    const { record } = result;
    const plane = rows * columns;
    const real = (slice: number): Uint8Array => bytesOf(data.subarray(slice * plane, (slice + 1) * plane));
    const complex = (slice: number): Uint8Array =>
      bytesOf(result.image.data.subarray(2 * slice * plane, 2 * (slice + 1) * plane));
    const shape = [slices, rows, columns];
    await produceAtomically(
      path,
      async (temporary) =>
        withHdf5Builder(temporary, "create", (file) => {
          file.array("reconstruction", "f32", shape, real);
          file.array("complex", "c64", shape, complex);
          file.text("record", JSON.stringify(record).replace(/[^\x20-\x7e]/g, jsonEscape));
          file.attribute("program", `PureEcho ${record.program.version}`);
          file.attribute("research_use", researchUse);
          file.attribute("method", record.job.method);
          file.attribute("synthetic", record.result.synthetic ? "yes" : "no");
          file.attribute("orientation", record.result.geometry.orientation);
          file.attribute("spacing_x_mm", record.result.geometry.spacingMm[0]);
          file.attribute("spacing_y_mm", record.result.geometry.spacingMm[1]);
          file.attribute("max", maximum);
        }),
      async (temporary) =>
        withHdf5Builder(temporary, "read", (file) => {
          for (let slice = 0; slice < slices; slice++) {
            const at = [slice, 0, 0];
            const count = [1, rows, columns];
            sameBytes(file.read("reconstruction", at, count), real(slice), path, "/reconstruction");
            sameBytes(file.read("complex", at, count), complex(slice), path, "/complex");
          }
        }),
    );
    return [{ format: "hdf5", path, sha256: await sha256OfFile(path) }];
  },
};

function jsonEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
