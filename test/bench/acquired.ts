import type { ComplexArray } from "../../electron/engine/base/complex.ts";
import type { SamplingMask } from "../../electron/engine/dataset/dataset.ts";

/** The mask of k-space `[coil, ky, kx]` that does not tell its own: where any coil has a sample. */
export function acquired(samples: ComplexArray): SamplingMask {
  const [coils, rows, columns] = samples.shape;
  const plane = rows * columns;
  const data = new Uint8Array(plane);
  for (let coil = 0; coil < coils; coil++) {
    for (let i = 0; i < plane; i++) {
      const at = 2 * (coil * plane + i);
      if (samples.data[at] !== 0 || samples.data[at + 1] !== 0) data[i] = 1;
    }
  }
  return { shape: [rows, columns], data };
}
