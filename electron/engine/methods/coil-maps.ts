import type { ComplexArray } from "../base/complex.ts";
import type { KspaceSlice } from "../dataset/dataset.ts";
import { estimateMaps, usableMaps } from "../physics/maps.ts";
import type { MethodContext } from "./method.ts";

/**
 * The coil sensitivities `[coil, y, x]` of a slice: those the user gave, else estimated from its calibration block.
 * What a user should know of them is told through the context.
 *
 * @throws EchoError NO_CALIBRATION, SHAPE_MISMATCH.
 */
export function coilMaps(input: KspaceSlice, context: MethodContext): ComplexArray {
  const { maps, notice } =
    context.maps === null ? estimateMaps(input) : usableMaps(context.maps, input.samples.shape);
  if (notice !== null) context.notice(notice);
  return maps;
}
