import { z } from "zod";
import type { ComplexArray } from "../base/complex.ts";
import { changeCoils } from "../physics/coil-matrix.ts";
import { rootSumOfSquares } from "../physics/combine.ts";
import { grappa as fillMissing } from "../physics/grappa.ts";
import { defineMethod } from "./method.ts";
import { coilOptions, coilsAfter, receiveCoils } from "./receive-coils.ts";

const options = z.strictObject({
  lines: z.enum(["2", "4", "6", "8"]).default("4").meta({
    title: "Source lines",
    help: "Acquired lines that a missing line is predicted from, half of them on either side; fewer are used where the calibration block is too small for them. Masks without whole lines use up to 12 samples around a missing one instead.",
  }),
  reach: z.int().min(1).max(32).default(2).meta({
    title: "Reach",
    help: "Missing lines or samples further than this from every acquired one are left empty, because a prediction would add more error than signal. 2 fills every regular mask up to R = 5. In gaps between lines that stay open half of it counts.",
    unit: "lines",
  }),
  width: z.int().min(1).max(15).default(5).meta({
    title: "Kernel width",
    help: "Samples along the readout that go into the prediction of a line.",
    unit: "samples",
  }),
  regularisation: z.number().min(0).max(1).default(1e-4).meta({
    title: "Regularisation",
    help: "Tikhonov weight of the kernels in units of the largest eigenvalue of the calibration matrix. More is less noisy and leaves more aliasing.",
    unit: "1",
  }),
  ...coilOptions,
});

/**
 * GRAPPA (Griswold et al., MRM 47, 2002): missing lines of every coil are predicted in k-space; no coil sensitivities
 * are needed. Acquired samples stay exactly as they are.
 */
export const grappa = defineMethod<z.infer<typeof options>>({
  id: "grappa",
  title: "GRAPPA",
  help: "Parallel imaging in k-space: missing lines are predicted from their acquired neighbours in all coils, with kernels learned from the calibration lines. Gives a magnitude image (root sum of squares).",
  needs: "kspace",
  options,
  estimate({ coils: received, rows, columns }, { lines, width, ...settings }) {
    const plane = rows * columns;
    const coils = coilsAfter(received, settings);
    const unknowns = coils * width * Number(lines);
    // Samples as received, changed, filled and changed back; two Gram matrices and a factor, parts in float64.
    const bytes = 8 * plane * (2 * received + 2 * coils + 4) + 16 * (1600 ** 2 + 2 * unknowns ** 2);
    // Half of the lines are predicted; a handful of kernels is calibrated.
    const products =
      0.5 * plane * unknowns * coils + 6 * (unknowns ** 3 / 3 + 48 * columns * (coils * width) ** 2);
    return { bytes, seconds: 0.05 + 2e-9 * products };
  },
  async runKspace(received, dataset, { lines, reach, width, regularisation, ...settings }, context) {
    const coils = await receiveCoils(received, dataset, settings, context);
    const { mask, samples: acquired } = received;
    const [, rows, columns] = acquired.shape;
    /** The scan's own coils, with what they measured untouched. */
    const own = (samples: ComplexArray): ComplexArray => {
      if (coils.back === null) return samples;
      const filled = changeCoils(coils.back, samples);
      for (let i = 0; i < filled.data.length; i++) {
        const place = Math.floor(i / 2) % (rows * columns);
        const measured = mask.data[mask.shape.length === 1 ? Math.floor(place / columns) : place];
        if (measured !== 0) filled.data[i] = acquired.data[i];
      }
      return filled;
    };
    const result = await fillMissing(
      coils.input,
      { lines: Number(lines), reach, width, regularisation },
      ({ fraction, samples }) =>
        context.step(fraction, { preview: () => rootSumOfSquares(own(samples), dataset) }),
    );
    if (result.empty > 0) {
      context.notice(
        "Parts of k-space were left empty that are out of reach of acquired samples, or in gaps too wide for the calibration block. Irregular masks are better served by sense or l1-wavelet.",
      );
    }
    const image = rootSumOfSquares(own(result.samples), dataset);
    await context.step(1, { preview: () => image });
    return { image, residual: null, iterations: 0, scale: 1 };
  },
});
