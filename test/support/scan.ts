import { complexZeros } from "../../electron/engine/base/complex.ts";
import { randomStream } from "../../electron/engine/base/random.ts";
import { emptyOrigin, statedGeometry, unknownGeometry } from "../../electron/engine/dataset/geometry.ts";
import { fft2Centred } from "../../electron/engine/physics/fft.ts";
import { rawWriters } from "../../electron/engine/write/index.ts";

export interface ScanShape {
  coils: number;
  rows: number;
  columns: number;
  slices: number;
}

/**
 * Writes a small multi-coil ISMRMRD scan of an asymmetric phantom (ellipse, two blobs of unlike size, smooth coils, a little
 * noise) and returns its path.
 */
export async function writeTestScan(
  folder: string,
  { coils, rows, columns, slices }: ScanShape,
): Promise<string> {
  const samples = complexZeros(slices, coils, rows, columns);
  const noise = randomStream(11, "test scan");
  for (let slice = 0; slice < slices; slice++) {
    for (let coil = 0; coil < coils; coil++) {
      const angle = (2 * Math.PI * coil) / coils;
      const image = complexZeros(rows, columns);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const y = (2 * row) / rows - 1;
          const x = (2 * column) / columns - 1;
          const body = (x / 0.75) ** 2 + (y / 0.85) ** 2 < 1 ? 1 : 0;
          const large = (x - 0.3) ** 2 + (y + 0.3) ** 2 < 0.04 ? 0.8 : 0;
          const small = (x + 0.35) ** 2 + (y - 0.1 * slice) ** 2 < 0.015 ? -0.6 : 0;
          const distance = (x - 1.2 * Math.cos(angle)) ** 2 + (y - 1.2 * Math.sin(angle)) ** 2;
          const value = (body + body * (large + small)) / (1 + distance);
          const at = 2 * (row * columns + column);
          const phase = 0.8 * x * Math.cos(angle) + 0.8 * y * Math.sin(angle);
          image.data[at] = value * Math.cos(phase) + 0.002 * noise.normal();
          image.data[at + 1] = value * Math.sin(phase) + 0.002 * noise.normal();
        }
      }
      fft2Centred(image, false);
      samples.data.set(image.data, 2 * (slice * coils + coil) * rows * columns);
    }
  }
  const geometry = statedGeometry(unknownGeometry(slices, [2, 2], 5), "axial", [rows, columns]);
  const [written] = await rawWriters.ismrmrd.write(
    {
      title: "Test phantom",
      samples,
      mask: { shape: [rows], data: new Uint8Array(rows).fill(1) },
      geometry: { ...geometry, orientation: "known" },
      origin: emptyOrigin(),
      synthetic: true,
      note: "made by a test",
      reference: null,
    },
    folder,
    "phantom",
  );
  return written.path;
}
