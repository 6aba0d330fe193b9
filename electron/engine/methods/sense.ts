import { z } from "zod";
import type { ComplexArray } from "../base/complex.ts";
import { energy } from "../base/complex.ts";
import { kspaceResidual } from "../judge/residual.ts";
import { createSenseSolver, solverBytes } from "../physics/kernels/solver.ts";
import { toReconMatrix } from "../physics/resample.ts";
import { scanScale } from "../physics/scale.ts";
import { coilMaps, mapsOption } from "./coil-maps.ts";
import { defineMethod } from "./method.ts";
import { coilOptions, coilsAfter, receiveCoils } from "./receive-coils.ts";

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
  maps: mapsOption,
  ...coilOptions,
});

function scaled(array: ComplexArray, factor: number): ComplexArray {
  return { shape: array.shape, data: array.data.map((value) => value * factor) };
}

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
  estimate({ coils: received, rows, columns }, { iterations, ...settings }) {
    const plane = rows * columns;
    const coils = coilsAfter(received, settings);
    // Samples as received, then of the coils in use: samples, maps and what the image explains at the end; a few
    // images, and the kernels' memory.
    const bytes = 8 * plane * (received + 3 * coils + 6) + solverBytes(coils, rows, columns);
    return { bytes, seconds: 0.05 + 6e-9 * plane * coils * (iterations + 20) };
  },
  async runKspace(
    received,
    dataset,
    { lambda, iterations, tolerance, maps: estimation, ...settings },
    context,
  ) {
    const coils = await receiveCoils(received, dataset, settings, context);
    const { input } = coils;
    const maps = await coilMaps(input, estimation, coils.context);
    const restored = coils.restorer(maps);
    const { factor, from } = scanScale(input, maps);
    if (from === "image") {
      context.notice(
        "The scale comes from the image of all samples: no block of 8 central lines was acquired for the usual rule.",
      );
    }
    const solver = createSenseSolver({ maps, mask: input.mask });
    try {
      const rightHandSide = scaled(solver.adjoint(input.samples), 1 / factor);
      const dataEnergy = energy(input.samples.data) / factor ** 2;
      let state = solver.begin(rightHandSide, lambda);
      while (state.iteration < iterations && !state.converged && state.relativeResidual > tolerance) {
        const next = solver.iterate();
        // No direction is left that any sample reaches.
        if (next.iteration === state.iteration) break;
        state = next;
        const misfit = Math.max(0, dataEnergy - solver.explained());
        await context.step(state.iteration / iterations, {
          iteration: state.iteration,
          residual: dataEnergy > 0 ? Math.sqrt(misfit / dataEnergy) : 0,
          preview: () => toReconMatrix(restored(scaled(solver.solution(), factor)), dataset),
        });
      }
      const image = scaled(solver.solution(), factor);
      const residual = kspaceResidual(solver, image, input.samples);
      return {
        image: toReconMatrix(restored(image), dataset),
        residual,
        iterations: state.iteration,
        scale: factor,
      };
    } finally {
      solver.release();
    }
  },
});
