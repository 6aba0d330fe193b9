import type { z } from "zod";
import type { ComplexArray } from "../base/complex.ts";
import { energy } from "../base/complex.ts";
import type { KspaceDataset, KspaceSlice } from "../dataset/dataset.ts";
import { kspaceResidual } from "../judge/residual.ts";
import type { SenseSolver } from "../physics/kernels/solver.ts";
import { createSenseSolver, solverBytes } from "../physics/kernels/solver.ts";
import { toReconMatrix } from "../physics/resample.ts";
import { scanScale } from "../physics/scale.ts";
import { coilMaps, mapsOption, mapsSeconds } from "./coil-maps.ts";
import type { MethodContext, SliceResult, SliceShape } from "./method.ts";
import { coilOptions, coilsAfter, receiveCoils } from "./receive-coils.ts";

/** Options of every method that solves `A x = y`. */
export const senseOptions = { maps: mapsOption, ...coilOptions };

export type SenseSettings = z.infer<z.ZodObject<typeof senseOptions>>;

/** `A x = y` of one slice, divided by the scan's scale: what iterative methods start from. */
export interface SenseProblem {
  readonly solver: SenseSolver;
  /** `A^H y` of the scaled samples. `|A| <= 1`, as coil maps are normalised: steps of 1 along `A^H (A x - y)` are safe. */
  readonly rightHandSide: ComplexArray;
  /** `|A x - y| / |y|` from `|y|^2 - |A x - y|^2` of scaled samples, which iterations know without a transform. */
  residual(explained: number): number;
  /** An image of the iteration on the scanner's matrix, in the input's own scale and brightness. */
  picture(x: ComplexArray): ComplexArray;
  result(x: ComplexArray, iterations: number): SliceResult;
}

function scaled(array: ComplexArray, factor: number): ComplexArray {
  return { shape: array.shape, data: array.data.map((value) => value * factor) };
}

/**
 * Bytes that a problem of this size holds, beside `images` images of the method's own; the coils it works on; and the
 * time until its iterations begin.
 */
export function senseProblemSize(
  { coils: received, rows, columns }: SliceShape,
  settings: SenseSettings,
  images: number,
): { bytes: number; coils: number; setupSeconds: number } {
  const coils = coilsAfter(received, settings);
  // Samples as received, then of the coils in use: samples, maps and what the image explains at the end.
  const bytes = 8 * rows * columns * (received + 3 * coils + images) + solverBytes(coils, rows, columns);
  return { bytes, coils, setupSeconds: 0.02 + mapsSeconds(settings.maps, coils, rows * columns) };
}

/**
 * Gives `solve` the problem of one slice and frees the kernels' memory afterwards.
 *
 * @throws EchoError NO_CALIBRATION, SHAPE_MISMATCH, CANCELLED, TOO_LARGE; what `solve` throws.
 */
export async function withSenseProblem(
  received: KspaceSlice,
  dataset: KspaceDataset,
  settings: SenseSettings,
  context: MethodContext,
  solve: (problem: SenseProblem) => Promise<SliceResult>,
): Promise<SliceResult> {
  const coils = await receiveCoils(received, dataset, settings, context);
  const { input } = coils;
  const maps = await coilMaps(input, settings.maps, coils.context);
  const restored = coils.restorer(maps);
  const { factor, from } = scanScale(input, maps);
  if (from === "image") {
    context.notice(
      "The scale comes from the image of all samples: no block of 8 central lines was acquired for the usual rule.",
    );
  }
  const solver = createSenseSolver({ maps, mask: input.mask });
  try {
    const dataEnergy = energy(input.samples.data) / factor ** 2;
    const picture = (x: ComplexArray): ComplexArray => toReconMatrix(restored(scaled(x, factor)), dataset);
    return await solve({
      solver,
      rightHandSide: scaled(solver.adjoint(input.samples), 1 / factor),
      residual: (explained) =>
        dataEnergy > 0 ? Math.sqrt(Math.max(0, dataEnergy - explained) / dataEnergy) : 0,
      picture,
      result: (x, iterations) => ({
        image: picture(x),
        residual: kspaceResidual(solver, scaled(x, factor), input.samples),
        iterations,
        scale: factor,
      }),
    });
  } finally {
    solver.release();
  }
}
