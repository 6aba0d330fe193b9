import { EchoError } from "../base/errors.ts";
import type { SamplingMask } from "../dataset/dataset.ts";
import { drawMask, parseMask } from "../physics/masks.ts";
import { readMaskFile } from "../read/index.ts";

/** The mask that a specification or a `.npy` file stands for. @throws EchoError USAGE, SHAPE_MISMATCH, what reading throws. */
export async function maskFor(
  spec: string,
  rows: number,
  columns: number,
  seed: number,
): Promise<SamplingMask> {
  if (!spec.endsWith(".npy")) return drawMask(parseMask(spec), rows, columns, seed);
  const mask = await readMaskFile(spec);
  const fits = mask.shape[0] === rows && (mask.shape.length === 1 || mask.shape[1] === columns);
  if (fits) return mask;
  throw new EchoError(
    "SHAPE_MISMATCH",
    `the mask is ${mask.shape.join(" x ")}, k-space ${rows} x ${columns}`,
    {
      path: spec,
    },
  );
}
