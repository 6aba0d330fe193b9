import { type ComplexArray, complexZeros } from "../../electron/engine/base/complex.ts";
import { simulatedCoils } from "../../electron/engine/methods/simulated-coils.ts";
import { fft2Centred } from "../../electron/engine/physics/fft.ts";

/** k-space of a disc seen by smooth coils; `shift` moves the peak of k-space by whole samples. */
export function disc(
  coils: number,
  rows: number,
  columns: number,
  shift = 0,
): { maps: ComplexArray; samples: ComplexArray } {
  const maps = simulatedCoils(coils, rows, columns, 3);
  const samples = complexZeros(coils, rows, columns);
  for (let i = 0; i < rows * columns; i++) {
    const y = Math.floor(i / columns) - Math.floor(rows / 2);
    const x = (i % columns) - Math.floor(columns / 2);
    const inside = (x / columns) ** 2 + (y / rows) ** 2 < 0.16 ? 1 : 0;
    const angle = (2 * Math.PI * shift * y) / rows;
    for (let coil = 0; coil < coils; coil++) {
      const at = 2 * (coil * rows * columns + i);
      const [re, im] = [maps.data[at], maps.data[at + 1]];
      samples.data[at] = inside * (re * Math.cos(angle) - im * Math.sin(angle));
      samples.data[at + 1] = inside * (re * Math.sin(angle) + im * Math.cos(angle));
    }
  }
  fft2Centred(samples, false);
  return { maps, samples };
}

/** Whether a pixel lies in the disc, with a radius of 0.4 unless told, in parts of each side. */
export function inDisc(rows: number, columns: number, radius = 0.4) {
  return (row: number, column: number): boolean => {
    const y = (row - Math.floor(rows / 2)) / rows;
    const x = (column - Math.floor(columns / 2)) / columns;
    return x * x + y * y < radius * radius;
  };
}
