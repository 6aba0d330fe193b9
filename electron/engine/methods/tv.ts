import { z } from "zod";
import { minimiseTotalVariation } from "../physics/total-variation.ts";
import { defineMethod } from "./method.ts";
import { senseOptions, senseProblemSize, withSenseProblem } from "./sense-problem.ts";

const options = z.strictObject({
  lambda: z.number().min(0).max(100).default(0.003).meta({
    title: "Regularisation",
    help: "Weight of the total variation against 1/2 |A x - y|^2, for samples divided by their scale. More makes the image piecewise flat.",
    unit: "1",
  }),
  iterations: z.int().min(1).max(10000).default(100).meta({
    title: "Iterations",
    help: "Most primal-dual iterations.",
    unit: "iterations",
  }),
  tolerance: z.number().min(0).max(1).default(1e-4).meta({
    title: "Tolerance",
    help: "Stops earlier when an iteration changes the image by less than this part of it; 0 runs every iteration.",
    unit: "1",
  }),
  ...senseOptions,
});

/**
 * Compressed sensing with parallel imaging (Block et al., MRM 57, 2007): `argmin 1/2 |A x - y|^2 + lambda TV(x)`,
 * the isotropic total variation of the complex image, by a primal-dual iteration whose steps are safe as
 * `|A| <= 1` with normalised coil maps.
 */
export const tv = defineMethod<z.infer<typeof options>>({
  id: "tv",
  title: "Total variation",
  help: "Compressed sensing: the image with the least sum of differences between neighbours that explains the acquired samples of all coils.",
  needs: "kspace",
  options,
  estimate(shape, { iterations, ...settings }) {
    // Beside those of `sense` the differences, their dual (two images each) and the images in between.
    const { bytes, coils, setupSeconds } = senseProblemSize(shape, settings, 20);
    const plane = shape.rows * shape.columns;
    return { bytes, seconds: setupSeconds + plane * (6e-9 * coils * (iterations + 20) + 1e-7 * iterations) };
  },
  runKspace(input, dataset, { lambda, iterations, tolerance, ...settings }, context) {
    return withSenseProblem(input, dataset, settings, context, async (problem) => {
      const { solver, rightHandSide, residual, picture, result } = problem;
      const { solution, iterations: done } = await minimiseTotalVariation({
        normal: (x) => solver.normal(x),
        rightHandSide,
        lambda,
        iterations,
        tolerance,
        onIteration: ({ iteration, explained, solution: x }) =>
          context.step(iteration / iterations, {
            iteration,
            residual: residual(explained),
            preview: () => picture(x),
          }),
      });
      return result(solution, done);
    });
  },
});
