import { z } from "zod";
import { complexZeros } from "../base/complex.ts";
import { randomStream } from "../base/random.ts";
import { defineMethod } from "./method.ts";
import { senseOptions, senseProblemSize, withSenseProblem } from "./sense-problem.ts";

const options = z.strictObject({
  lambda: z.number().min(0).max(100).default(0.003).meta({
    title: "Regularisation",
    help: "Weight of the sum of wavelet coefficients' magnitudes against 1/2 |A x - y|^2, for samples divided by their scale. More takes more noise and aliasing away, and fine detail with them.",
    unit: "1",
  }),
  iterations: z.int().min(1).max(1000).default(60).meta({
    title: "Iterations",
    help: "Most iterations of FISTA.",
    unit: "iterations",
  }),
  tolerance: z.number().min(0).max(1).default(1e-4).meta({
    title: "Tolerance",
    help: "Stops earlier when an iteration changes the image by less than this part of it; 0 runs every iteration.",
    unit: "1",
  }),
  wavelet: z.enum(["haar", "db2", "db4"]).default("db2").meta({
    title: "Wavelet",
    help: "Orthogonal wavelets of Daubechies by vanishing moments: haar has 2 taps and makes blocks, db2 has 4, db4 has 8 and is the smoothest.",
  }),
  levels: z.int().min(1).max(10).default(3).meta({
    title: "Levels",
    help: "How often the image is halved; fewer are done where a side is too short. The coarsest image is not thresholded.",
    unit: "levels",
  }),
  shifts: z.boolean().default(true).meta({
    title: "Random shifts",
    help: "Moves the wavelets' grid by a random number of pixels, drawn from the seed, in every iteration, so that its blocks do not show; the image is then the mean of the last quarter of the iterations.",
  }),
  ...senseOptions,
});

/**
 * Compressed sensing with parallel imaging (Lustig et al., MRM 58, 2007): `argmin 1/2 |A x - y|^2 + lambda |W x|_1`
 * by FISTA with restart, W an orthogonal wavelet transform whose coarsest band is left out of the sum. A step of 1
 * needs no search: `|A| <= 1` with normalised coil maps. Without random shifts the objective ends at its minimum;
 * with them it is another one in every iteration and the image keeps moving around, so that the mean of the last
 * quarter is nearer to what they move around, and depends less on the seed, than the last one is.
 */
export const l1Wavelet = defineMethod<z.infer<typeof options>>({
  id: "l1-wavelet",
  title: "L1 wavelet",
  help: "Compressed sensing: the image with few wavelet coefficients that explains the acquired samples of all coils. For random or Poisson masks.",
  needs: "kspace",
  options,
  estimate(shape, { iterations, ...settings }) {
    // Beside those of `sense` the image that is shown, and the wavelet's buffer on a grid that may be larger.
    const { bytes, coils, setupSeconds } = senseProblemSize(shape, settings, 10);
    const plane = shape.rows * shape.columns;
    return { bytes, seconds: setupSeconds + plane * (6e-9 * coils * (iterations + 20) + 4e-8 * iterations) };
  },
  runKspace(
    input,
    dataset,
    { lambda, iterations, tolerance, wavelet, levels, shifts, ...settings },
    context,
  ) {
    return withSenseProblem(input, dataset, settings, context, async (problem) => {
      const { solver, rightHandSide, residual, picture, result } = problem;
      const stream = randomStream(context.seed, "l1-wavelet.shift", context.slice);
      solver.beginSparse(rightHandSide, { lambda, wavelet, levels, step: 1 });
      // Iterations beyond this go into the mean.
      const settled = shifts ? Math.floor(0.75 * iterations) : iterations - 1;
      const sum = complexZeros(...rightHandSide.shape);
      let done = 0;
      let change = Number.POSITIVE_INFINITY;
      let shown = sum;
      while (done < iterations && change > tolerance) {
        // Wavelets of the coarsest level repeat after 2^levels pixels.
        const shift = shifts ? [stream.integer(2 ** levels), stream.integer(2 ** levels)] : [0, 0];
        const progress = solver.iterateSparse([shift[0], shift[1]]);
        // How well an image explains the samples falls off in the iteration that starts from it: it is told then.
        if (done > 0) {
          const told = shown;
          await context.step(done / iterations, {
            iteration: done,
            residual: residual(progress.explained),
            preview: () => picture(told),
          });
        }
        done = progress.iteration;
        change = progress.change;
        shown = solver.solution();
        if (done > settled) for (let i = 0; i < sum.data.length; i++) sum.data[i] += shown.data[i];
      }
      const summed = done - settled;
      // Stopped at the tolerance before any was summed, it has converged.
      const image = summed > 0 ? { shape: sum.shape, data: sum.data.map((value) => value / summed) } : shown;
      const last = result(image, done);
      await context.step(1, {
        iteration: done,
        residual: last.residual ?? undefined,
        preview: () => last.image,
      });
      return last;
    });
  },
});
