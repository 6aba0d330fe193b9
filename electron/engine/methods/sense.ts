import { z } from "zod";
import { defineMethod } from "./method.ts";
import { senseOptions, senseProblemSize, withSenseProblem } from "./sense-problem.ts";

const options = z.strictObject({
  lambda: z.number().min(0).max(100).default(0.01).meta({
    title: "Regularisation",
    help: "Weight of |x|^2 against |A x - y|^2, for samples divided by their scale. More is smoother and less noisy.",
    unit: "1",
  }),
  iterations: z.int().min(1).max(1000).default(30).meta({
    title: "Iterations",
    help: "Most conjugate-gradient iterations.",
    unit: "iterations",
  }),
  tolerance: z.number().min(0).max(1).default(1e-6).meta({
    title: "Tolerance",
    help: "Stops earlier when the relative residual of the normal equations is below this; 0 runs every iteration.",
    unit: "1",
  }),
  ...senseOptions,
});

/**
 * Iterative SENSE (Pruessmann et al., MRM 46, 2001): `argmin |A x - y|^2 + lambda |x|^2` by conjugate gradients on
 * the normal equations from zero.
 */
export const sense = defineMethod<z.infer<typeof options>>({
  id: "sense",
  title: "SENSE",
  help: "Parallel imaging: the image that explains the acquired samples of all coils, by conjugate gradients with l2 regularisation.",
  needs: "kspace",
  options,
  estimate(shape, { iterations, ...settings }) {
    const { bytes, coils, setupSeconds } = senseProblemSize(shape, settings, 6);
    return { bytes, seconds: setupSeconds + 6e-9 * shape.rows * shape.columns * coils * (iterations + 20) };
  },
  runKspace(received, dataset, { lambda, iterations, tolerance, ...settings }, context) {
    return withSenseProblem(received, dataset, settings, context, async (problem) => {
      const { solver } = problem;
      let state = solver.begin(problem.rightHandSide, lambda);
      while (state.iteration < iterations && !state.converged && state.relativeResidual > tolerance) {
        const next = solver.iterate();
        // No direction is left that any sample reaches.
        if (next.iteration === state.iteration) break;
        state = next;
        await context.step(state.iteration / iterations, {
          iteration: state.iteration,
          residual: problem.residual(solver.explained()),
          preview: () => problem.picture(solver.solution()),
        });
      }
      return problem.result(solver.solution(), state.iteration);
    });
  },
});
