import { z } from "zod";
import type { ComplexArray } from "../base/complex.ts";
import type { KspaceSlice } from "../dataset/dataset.ts";
import { espiritMaps, smallestSide } from "../physics/espirit.ts";
import { estimateMaps, fewLinesNotice, usableMaps } from "../physics/maps.ts";
import type { MethodContext } from "./method.ts";

/** How coil sensitivities are estimated where none are given: an option that methods share. */
export const mapsOption = z.enum(["espirit", "espirit-soft", "low-resolution"]).default("espirit").meta({
  title: "Coil sensitivities",
  help: "How they are estimated from the calibration lines when none are given. espirit: eigenvectors of the calibrated signal space, exact to the edge of the object. espirit-soft: the same, falling smoothly to zero where the signal is uncertain. low-resolution: images of the calibration lines divided by their root sum of squares; needs 8 lines instead of 10.",
});

/**
 * The coil sensitivities `[coil, y, x]` of a slice: those the user gave, else estimated from its calibration block.
 * What a user should know of them is told through the context, which may also cancel between rows.
 *
 * @throws EchoError NO_CALIBRATION, SHAPE_MISMATCH, CANCELLED.
 */
export async function coilMaps(
  input: KspaceSlice,
  estimation: z.infer<typeof mapsOption>,
  context: MethodContext,
): Promise<ComplexArray> {
  if (context.maps !== null) return told(usableMaps(context.maps, input.samples.shape), context);
  // One coil has no sensitivity relative to others: the phase of its low-resolution image serves.
  if (estimation === "low-resolution" || input.samples.shape[0] === 1)
    return told(estimateMaps(input), context);
  const edges = estimation === "espirit-soft" ? "soft" : "hard";
  const estimated = await espiritMaps(input, () => context.step(0), edges);
  if (estimated !== null) {
    return told(
      { maps: estimated.maps, notice: fewLinesNotice(estimated.lines, input.samples.shape[1]) },
      context,
    );
  }
  const fallback = estimateMaps(input);
  context.notice(
    `The calibration block is too small for ESPIRiT, which needs ${smallestSide} x ${smallestSide} samples with signal: coil sensitivities come from low-resolution images.`,
  );
  return told(fallback, context);
}

function told(
  { maps, notice }: { maps: ComplexArray; notice: string | null },
  context: MethodContext,
): ComplexArray {
  if (notice !== null) context.notice(notice);
  return maps;
}

/** About how long estimating takes, s: measured for 8 and 16 coils at 128 to 320 squared on one core. */
export function mapsSeconds(estimation: z.infer<typeof mapsOption>, coils: number, plane: number): number {
  return estimation === "low-resolution" ? 5e-8 * coils * plane : 0.06 + 4e-7 * coils * plane;
}
