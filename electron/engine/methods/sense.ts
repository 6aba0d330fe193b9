import { z } from "zod";
import type { ComplexArray } from "../base/complex.ts";
import { energy, innerProduct } from "../base/complex.ts";
import { kspaceResidual } from "../judge/residual.ts";
import { conjugateGradient } from "../physics/cg.ts";
import { toReconMatrix } from "../physics/resample.ts";
import { scanScale } from "../physics/scale.ts";
import { senseOperator } from "../physics/sense.ts";
import { coilMaps, mapsOption } from "./coil-maps.ts";
import { defineMethod } from "./method.ts";

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
  estimate({ coils, rows, columns }, { iterations }) {
    const plane = rows * columns;
    // Samples, maps, one scaled copy of the samples at the end, and the vectors of the iteration.
    return { bytes: 8 * plane * (4 * coils + 10), seconds: 7e-8 * plane * coils * (iterations + 4) };
  },
  async runKspace(input, dataset, { lambda, iterations, tolerance, maps: estimation }, context) {
    const maps = await coilMaps(input, estimation, context);
    const { factor, from } = scanScale(input, maps);
    if (from === "image") {
      context.notice(
        "The scale comes from the image of all samples: no block of 8 central lines was acquired for the usual rule.",
      );
    }
    const operator = senseOperator(maps, input.mask);
    const rightHandSide = scaled(operator.adjoint(input.samples), 1 / factor);
    const dataEnergy = energy(input.samples.data) / factor ** 2;
    const { solution, iterations: done } = await conjugateGradient({
      normal: operator.normal,
      rightHandSide,
      lambda,
      iterations,
      tolerance,
      async onIteration({ iteration, solution: x, remainder: r }) {
        // |A x - y|^2 = |y|^2 - Re<x, b> - Re<x, r> - lambda |x|^2, as A^H A x = b - r - lambda x: no further transform.
        const fitted = innerProduct(x.data, rightHandSide.data)[0] + innerProduct(x.data, r.data)[0];
        const misfit = Math.max(0, dataEnergy - fitted - lambda * energy(x.data));
        await context.step(iteration / iterations, {
          iteration,
          residual: dataEnergy > 0 ? Math.sqrt(misfit / dataEnergy) : 0,
          preview: () => toReconMatrix(scaled(x, factor), dataset),
        });
      },
    });
    const image = scaled(solution, factor);
    const residual = kspaceResidual(operator, image, input.samples);
    return { image: toReconMatrix(image, dataset), residual, iterations: done, scale: factor };
  },
});
