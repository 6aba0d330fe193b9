import { join } from "node:path";
import { produceAtomically } from "../base/atomic-file.ts";
import { sha256OfFile } from "../base/hash.ts";
import { sameBytes } from "./hdf5.ts";
import { withHdf5Builder } from "./hdf5-file.ts";
import { ismrmrdXml } from "./ismrmrd-xml.ts";
import { bytesOf } from "./pixels.ts";
import { rawShape } from "./raw-scan.ts";
import type { RawScan, RawWriter } from "./writer.ts";

/** Last two axes of one part of an array exchanged; `parts` values (1 real, 2 complex) per element. */
function turned(data: Float32Array, rows: number, columns: number, parts: 1 | 2): Float32Array {
  const out = new Float32Array(data.length);
  const plane = rows * columns;
  for (let base = 0; base < data.length / parts; base += plane) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const from = parts * (base + row * columns + column);
        const to = parts * (base + column * rows + row);
        for (let part = 0; part < parts; part++) out[to + part] = data[from + part];
      }
    }
  }
  return out;
}

function turnedMask(scan: RawScan): Uint8Array {
  const { shape, data } = scan.mask;
  if (shape.length === 1) return data;
  const [rows, columns] = shape;
  return Uint8Array.from(
    { length: data.length },
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)],
  );
}

/** Magnitudes of the reference turned like the k-space, its largest value and its Euclidean norm. */
function referenceOf(
  scan: RawScan,
): { data: Float32Array; shape: number[]; max: number; norm: number } | null {
  if (scan.reference === null) return null;
  const [slices, rows, columns] = scan.reference.shape;
  const real = new Float32Array(slices * rows * columns);
  let max = 0;
  let sum = 0;
  for (let i = 0; i < real.length; i++) {
    real[i] = Math.hypot(scan.reference.data[2 * i], scan.reference.data[2 * i + 1]);
    max = Math.max(max, real[i]);
    sum += real[i] ** 2;
  }
  const data = turned(real, rows, columns, 1);
  return { data, shape: [slices, columns, rows], max, norm: Math.sqrt(sum) };
}

/**
 * Multi-coil HDF5 as the fastMRI project lays it out (Zbontar et al., arXiv:1811.08839): `kspace` complex64 `[slice, coil, readout,
 * phase encoding]`, the ISMRMRD header, `mask` over the phase encoding (always there, ones when complete: it tells readers
 * which axis is which; `[readout, phase encoding]` for patterns of points), `reconstruction_rss` `[slice, readout, phase encoding]`
 * with `max` and `norm` where a fully sampled picture is given.
 */
export const fastmriRawWriter: RawWriter = {
  id: "fastmri",
  title: "fastMRI-style k-space",
  async write(scan, folder, stem) {
    const path = join(folder, `${stem}.h5`);
    const { slices, coils, rows, columns } = rawShape(scan);
    const length = 2 * coils * rows * columns;
    const kspace = (slice: number): Uint8Array =>
      bytesOf(turned(scan.samples.data.subarray(slice * length, (slice + 1) * length), rows, columns, 2));
    const mask = turnedMask(scan);
    const reference = referenceOf(scan);
    await produceAtomically(
      path,
      async (temporary) =>
        withHdf5Builder(temporary, "create", (file) => {
          file.text("ismrmrd_header", ismrmrdXml(scan));
          file.array("kspace", "c64", [slices, coils, columns, rows], kspace);
          if (scan.mask.shape.length === 1)
            file.array("mask", "u8", [rows], (row) => mask.subarray(row, row + 1));
          else
            file.array("mask", "u8", [columns, rows], (row) => mask.subarray(row * rows, (row + 1) * rows));
          if (reference !== null) {
            const plane = reference.data.length / slices;
            file.array("reconstruction_rss", "f32", reference.shape, (slice) =>
              bytesOf(reference.data.subarray(slice * plane, (slice + 1) * plane)),
            );
            file.attribute("max", reference.max);
            file.attribute("norm", reference.norm);
          }
          file.attribute("acquisition", scan.title);
          file.attribute("patient_id", scan.origin.patientId);
          file.attribute("synthetic", scan.synthetic ? "yes" : "no");
          file.attribute("note", scan.note);
        }),
      async (temporary) =>
        withHdf5Builder(temporary, "read", (file) => {
          for (let slice = 0; slice < slices; slice++) {
            const found = file.read("kspace", [slice, 0, 0, 0], [1, coils, columns, rows]);
            sameBytes(found, kspace(slice), path, `/kspace[${slice}]`);
          }
        }),
    );
    return [{ format: "fastmri", path, sha256: await sha256OfFile(path) }];
  },
};
