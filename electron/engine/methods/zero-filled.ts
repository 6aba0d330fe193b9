import { z } from "zod";
import { kspaceResidual } from "../judge/residual.ts";
import { combineCoils, rootSumOfSquares } from "../physics/combine.ts";
import { toReconMatrix } from "../physics/resample.ts";
import { senseOperator } from "../physics/sense.ts";
import { coilMaps, mapsOption } from "./coil-maps.ts";
import { defineMethod } from "./method.ts";

const options = z.strictObject({
  combine: z.enum(["rss", "coils"]).default("rss").meta({
    title: "Coil combination",
    help: "rss: root sum of squares, a magnitude image. coils: weighted with the coil sensitivities, a complex image.",
  }),
  maps: mapsOption,
});

/** The plain inverse Fourier transform of what was acquired, zeros elsewhere. An image is already that: it stays as it is. */
export const zeroFilled = defineMethod<z.infer<typeof options>>({
  id: "zero-filled",
  title: "Zero-filled",
  help: "Inverse Fourier transform of the acquired samples, without any correction for those that are missing.",
  needs: "either",
  options,
  estimate({ coils, rows, columns }, { combine }) {
    const plane = rows * columns;
    const planes = combine === "rss" ? coils + 4 : 4 * coils + 4;
    return { bytes: 8 * plane * planes, seconds: 3e-8 * plane * coils * (combine === "rss" ? 1 : 4) };
  },
  async runKspace(input, dataset, { combine, maps: estimation }, context) {
    if (combine === "rss") {
      const image = rootSumOfSquares(input.samples, dataset);
      await context.step(1, { preview: () => image });
      return { image, residual: null, iterations: 0, scale: 1 };
    }
    const maps = await coilMaps(input, estimation, context);
    const image = combineCoils(input.samples, maps);
    const residual = kspaceResidual(senseOperator(maps, input.mask), image, input.samples);
    await context.step(1, { residual, preview: () => toReconMatrix(image, dataset) });
    return { image: toReconMatrix(image, dataset), residual, iterations: 0, scale: 1 };
  },
  async runImage(image, _dataset, _options, context) {
    await context.step(1, { preview: () => image });
    return { image, residual: null, iterations: 0, scale: 1 };
  },
});
