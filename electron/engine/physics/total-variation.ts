import type { ComplexArray } from "../base/complex.ts";
import { complexZeros, energy, innerProduct } from "../base/complex.ts";
import { differencesNorm, finiteDifferences } from "./finite-differences.ts";

export interface TotalVariationProblem {
  /** `A^H A`, of norm 1 at most. */
  normal(x: ComplexArray): ComplexArray;
  /** `b = A^H y`, `[y, x]`. */
  readonly rightHandSide: ComplexArray;
  /** Weight of the total variation. */
  readonly lambda: number;
  readonly iterations: number;
  /** The iteration ends when `|x_new - x| <= tolerance |x_new|`; 0 runs all iterations. */
  readonly tolerance: number;
  /** Awaited after every iteration; may throw to cancel. `solution` is the iterate itself: copy what must last. */
  onIteration?(state: TotalVariationState): Promise<void>;
}

export interface TotalVariationState {
  /** Iterations done. */
  readonly iteration: number;
  /** `|y|^2 - |A x - y|^2`. */
  readonly explained: number;
  /** Total variation of the solution. */
  readonly variation: number;
  /** `|x_new - x| / |x_new|` */
  readonly change: number;
  readonly solution: ComplexArray;
}

/** Step along the gradient of the data term: below `2 / |A|^2`; nearer to it the first iterations swing. */
const primalStep = 1.45;
/** Step of the differences: `primalStep dualStep |D|^2 <= 1`. */
const dualStep = 1 / (primalStep * differencesNorm);

/** Sum over pixels of the length of `[2, y, x]`: both differences, real and imaginary. */
export function vectorNorm({ data }: ComplexArray): number {
  const plane = data.length / 2;
  let sum = 0;
  for (let i = 0; i < plane; i += 2) {
    sum += Math.sqrt(data[i] ** 2 + data[i + 1] ** 2 + data[plane + i] ** 2 + data[plane + i + 1] ** 2);
  }
  return sum;
}

/** Shortens every pixel's `[2, y, x]` to `length` at most, in place. */
function project(u: Float32Array, length: number): void {
  const plane = u.length / 2;
  for (let i = 0; i < plane; i += 2) {
    const size = Math.sqrt(u[i] ** 2 + u[i + 1] ** 2 + u[plane + i] ** 2 + u[plane + i + 1] ** 2);
    if (size <= length) continue;
    const factor = length / size;
    u[i] *= factor;
    u[i + 1] *= factor;
    u[plane + i] *= factor;
    u[plane + i + 1] *= factor;
  }
}

/** `out = x - step y` */
function descended(x: Float32Array, step: number, y: Float32Array): Float32Array {
  const out = new Float32Array(x.length);
  for (let i = 0; i < out.length; i++) out[i] = x[i] - step * y[i];
  return out;
}

/**
 * `argmin 1/2 |A x - y|^2 + lambda TV(x)` from zero, TV the isotropic total variation of a complex image (Rudin,
 * Osher and Fatemi, Physica D 60, 1992), by the primal-dual iteration of Loris and Verhoeven (Inverse Problems 27,
 * 2011), which like that of Condat and Vu takes one `A^H A`, one `D` and one `D^H` per iteration and solves nothing
 * inside, but lets the two steps be chosen apart.
 */
export async function minimiseTotalVariation(
  problem: TotalVariationProblem,
): Promise<{ solution: ComplexArray; iterations: number; change: number }> {
  const { rightHandSide: b, lambda, iterations, tolerance } = problem;
  const [rows, columns] = b.shape;
  const differences = finiteDifferences(rows, columns);
  const image = (data: Float32Array): ComplexArray => ({ shape: b.shape, data });
  const dual = complexZeros(2, rows, columns);
  let pull = complexZeros(rows, columns).data;
  let x = complexZeros(rows, columns).data;
  let change = Number.POSITIVE_INFINITY;
  for (let iteration = 0; ; iteration++) {
    const seen = problem.normal(image(x)).data;
    if (iteration > 0) {
      const explained = 2 * innerProduct(x, b.data)[0] - innerProduct(x, seen)[0];
      const variation = vectorNorm(differences.forward(image(x)));
      await problem.onIteration?.({ iteration, explained, variation, change, solution: image(x) });
    }
    if (iteration === iterations || change <= tolerance) {
      return { solution: image(x), iterations: iteration, change };
    }
    for (let i = 0; i < seen.length; i++) seen[i] -= b.data[i];
    const stepped = descended(x, primalStep, seen);
    const ahead = differences.forward(image(descended(stepped, primalStep, pull))).data;
    for (let i = 0; i < ahead.length; i++) dual.data[i] += dualStep * ahead[i];
    project(dual.data, lambda);
    pull = differences.adjoint(dual).data;
    const next = descended(stepped, primalStep, pull);
    const [moved, size] = [energy(descended(next, 1, x)), energy(next)];
    // An image of zeros that stays one has converged.
    change = moved > 0 ? Math.sqrt(moved / size) : 0;
    x = next;
  }
}
