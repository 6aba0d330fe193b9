import type { ComplexArray } from "../base/complex.ts";
import { energy } from "../base/complex.ts";
import type { LinearOperator } from "../physics/operator.ts";

/**
 * `|A x - y| / |y|`: how far an image is from the k-space that was measured, over the acquired samples. Image and
 * samples in the same scale; 0 for empty data that the image explains. One evaluation of `A`.
 *
 * @param samples `[coil, ky, kx]`, zero where nothing was acquired
 */
export function kspaceResidual(operator: LinearOperator, image: ComplexArray, samples: ComplexArray): number {
  const difference = operator.forward(image).data;
  for (let i = 0; i < difference.length; i++) difference[i] -= samples.data[i];
  const [misfit, norm] = [energy(difference), energy(samples.data)];
  return misfit === 0 ? 0 : Math.sqrt(misfit / norm);
}
