import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import type { Vec3 } from "../../contracts/dataset.ts";
import { produceAtomically } from "../base/atomic-file.ts";
import { EchoError } from "../base/errors.ts";
import { sha256OfFile } from "../base/hash.ts";
import { along, sliceNormal } from "../dataset/geometry.ts";
import { sameBytes } from "./hdf5.ts";
import { type TableRow, withHdf5Builder } from "./hdf5-file.ts";
import { ismrmrdTemplate } from "./ismrmrd-template.ts";
import { ismrmrdXml } from "./ismrmrd-xml.ts";
import { lineBytes, type RawShape, rawShape } from "./raw-scan.ts";
import type { RawScan, RawWriter } from "./writer.ts";

const table = "dataset/data";

/** Bits of `flags`, by the numbers of ismrmrd.h minus one. */
const flagBit = {
  firstInEncodeStep1: 0,
  lastInEncodeStep1: 1,
  firstInSlice: 6,
  lastInSlice: 7,
  lastInMeasurement: 24,
} as const;

interface Line {
  readonly slice: number;
  readonly row: number;
  readonly flags: number;
}

function acquiredLines(scan: RawScan, shape: RawShape): Line[] {
  const rows = Array.from({ length: shape.rows }, (_, row) => row).filter((row) => scan.mask.data[row] !== 0);
  const lines: Line[] = [];
  for (let slice = 0; slice < shape.slices; slice++) {
    for (const [index, row] of rows.entries()) {
      let flags = 0;
      if (index === 0) flags |= (1 << flagBit.firstInEncodeStep1) | (1 << flagBit.firstInSlice);
      if (index === rows.length - 1) {
        flags |= (1 << flagBit.lastInEncodeStep1) | (1 << flagBit.lastInSlice);
        if (slice === shape.slices - 1) flags |= 1 << flagBit.lastInMeasurement;
      }
      lines.push({ slice, row, flags });
    }
  }
  return lines;
}

/** Centre of a plane as ISMRMRD means it: the pixel floor(N/2) of the centred transform, LPS mm. */
function planeCentre(scan: RawScan, shape: RawShape, slice: number): Vec3 {
  const { geometry } = scan;
  return along(
    geometry.positions[slice],
    [geometry.rowDirection, Math.floor(shape.columns / 2) * geometry.spacingMm[0]],
    [geometry.columnDirection, Math.floor(shape.rows / 2) * geometry.spacingMm[1]],
  );
}

function samplesOf(scan: RawScan, shape: RawShape, line: Line): Uint8Array {
  const coils = Array.from({ length: shape.coils }, (_, coil) => lineBytes(scan, line.slice, coil, line.row));
  return Buffer.concat(coils);
}

function tableRow(scan: RawScan, shape: RawShape, line: Line, counter: number): TableRow {
  const known = scan.geometry.orientation !== "unknown";
  return {
    variable: [{ member: "data", elementBytes: 4, bytes: samplesOf(scan, shape, line) }],
    fill(view, offsets) {
      const at = (name: string): number => offsets.get(`head.${name}`)!;
      const u16 = (name: string, value: number): void => view.setUint16(at(name), value, true);
      const vector = (name: string, value: Vec3): void => {
        for (let axis = 0; axis < 3; axis++) view.setFloat32(at(name) + 4 * axis, value[axis], true);
      };
      u16("version", 1);
      view.setBigUint64(at("flags"), BigInt(line.flags), true);
      view.setUint32(at("scan_counter"), counter + 1, true);
      u16("number_of_samples", shape.columns);
      u16("available_channels", shape.coils);
      u16("active_channels", shape.coils);
      for (let coil = 0; coil < Math.min(shape.coils, 1024); coil++) {
        const byte = at("channel_mask") + (coil >> 3);
        view.setUint8(byte, view.getUint8(byte) | (1 << (coil & 7)));
      }
      u16("center_sample", Math.floor(shape.columns / 2));
      // Zero directions say that the orientation is not known.
      if (known) {
        vector("position", planeCentre(scan, shape, line.slice));
        vector("read_dir", scan.geometry.rowDirection);
        vector("phase_dir", scan.geometry.columnDirection);
        vector("slice_dir", sliceNormal(scan.geometry));
      }
      u16("idx.kspace_encode_step_1", line.row);
      u16("idx.slice", line.slice);
    },
  };
}

/** Bytes of samples that are handed to the HDF5 library at a time. */
const batchBytes = 16 << 20;

/**
 * ISMRMRD raw data in HDF5 (Inati et al., Magn Reson Med 77:411, 2017), group `dataset`: one acquisition per measured line and
 * slice, lines that were not measured are not there. A pattern with holes inside of lines has no such form and is refused.
 */
export const ismrmrdRawWriter: RawWriter = {
  id: "ismrmrd",
  title: "ISMRMRD k-space",
  async write(scan, folder, stem) {
    const path = join(folder, `${stem}.h5`);
    const shape = rawShape(scan);
    if (scan.mask.shape.length === 2) {
      throw new EchoError(
        "UNSUPPORTED",
        "ISMRMRD stores whole readouts; this mask leaves out points inside of them",
        {
          path,
          hint: "Write it with --format fastmri or --format bart, which store the whole grid.",
        },
      );
    }
    if (Math.max(shape.columns, shape.rows, shape.slices, shape.coils) > 65535) {
      throw new EchoError("TOO_LARGE", "ISMRMRD counts samples, lines, slices and coils in 16 bits", {
        path,
      });
    }
    const lines = acquiredLines(scan, shape);
    const batch = Math.max(1, Math.floor(batchBytes / (8 * shape.coils * shape.columns)));
    const xml = ismrmrdXml(scan, shape);
    await produceAtomically(
      path,
      async (temporary) => {
        await writeFile(temporary, inflateSync(Buffer.from(ismrmrdTemplate, "base64")), { flag: "wx" });
        await withHdf5Builder(temporary, "extend", (file) => {
          file.text("dataset/xml", xml, [1]);
          for (let from = 0; from < lines.length; from += batch) {
            const part = lines.slice(from, from + batch);
            file.append(
              table,
              part.map((line, index) => tableRow(scan, shape, line, from + index)),
            );
          }
        });
      },
      async (temporary) =>
        withHdf5Builder(temporary, "read", (file) => {
          for (let from = 0; from < lines.length; from += batch) {
            const count = Math.min(batch, lines.length - from);
            file.readVariable(table, { from, count }, "data", 4, (row, bytes) => {
              sameBytes(bytes, samplesOf(scan, shape, lines[row]), path, `/dataset/data[${row}]`);
            });
          }
        }),
    );
    return [{ format: "ismrmrd", path, sha256: await sha256OfFile(path) }];
  },
};
