import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { SamplingMask } from "../dataset/dataset.ts";
import { isCflPair, readCfl } from "./cfl.ts";
import { readComplexNpy } from "./npy.ts";

/** `[coil, y, x]` of a `.npy` in that order or of a BART `.cfl` (dimensions readout, phase, 1, coil). */
async function readArray(path: string): Promise<ComplexArray> {
  if (isCflPair(path)) return readCfl(path);
  if (/\.npy$/i.test(path)) return readComplexNpy(path);
  throw new EchoError("UNKNOWN_FORMAT", "is neither a .npy nor a BART .cfl file", { path });
}

/**
 * Coil sensitivities for a scan of `coils` coils on a grid of `rows` x `columns`.
 *
 * @returns `[coil, y, x]`, as the file has them (they are not normalised here).
 * @throws EchoError SHAPE_MISMATCH naming both shapes; UNSUPPORTED for several sets of maps.
 */
export async function readMaps(
  path: string,
  coils: number,
  rows: number,
  columns: number,
): Promise<ComplexArray> {
  const { shape, data } = await readArray(path);
  const core = isCflPair(path) ? withoutSingleSlice(shape) : shape;
  if (core.length > 3 && core.slice(0, -3).some((length) => length > 1)) {
    throw new EchoError(
      "UNSUPPORTED",
      `holds ${core.slice(0, -3).join(" x ")} sets of maps or slices; one is used`,
      {
        path,
        hint: "Make one set: bart ecalib -m1.",
      },
    );
  }
  const padded = core.length < 3 ? [...new Array<number>(3 - core.length).fill(1), ...core] : core.slice(-3);
  if (padded[0] !== coils || padded[1] !== rows || padded[2] !== columns) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `maps of ${padded.join(" x ")} (coil, y, x) for a scan of ${coils} x ${rows} x ${columns}`,
      { path },
    );
  }
  return { shape: padded, data };
}

/** `[..., coil, slice, y, x]` without the slice, which must be one. */
function withoutSingleSlice(shape: readonly number[]): readonly number[] {
  if (shape.length < 4) return shape;
  const slices = shape[shape.length - 3];
  return slices === 1 ? [...shape.slice(0, -3), ...shape.slice(-2)] : shape;
}

/**
 * A sampling mask of zeros and ones: `[ky]` or `[ky, kx]`.
 *
 * @throws EchoError DAMAGED when it holds anything else, SHAPE_MISMATCH for more axes.
 */
export async function readMaskFile(path: string): Promise<SamplingMask> {
  const { shape, data } = await readArray(path);
  const used = [...shape];
  while (used.length > 2 && used[0] === 1) used.shift();
  if (used.length < 1 || used.length > 2) {
    throw new EchoError("SHAPE_MISMATCH", `a mask has one or two axes, this has ${used.join(" x ")}`, {
      path,
    });
  }
  const mask = new Uint8Array(data.length / 2);
  for (let i = 0; i < mask.length; i++) {
    const value = data[2 * i];
    if ((value !== 0 && value !== 1) || data[2 * i + 1] !== 0) {
      throw new EchoError("DAMAGED", `a mask holds zeros and ones only, this holds ${value} as well`, {
        path,
      });
    }
    mask[i] = value;
  }
  return used.length === 1 ? { shape: [used[0]], data: mask } : { shape: [used[0], used[1]], data: mask };
}
