import type { ComplexArray } from "../base/complex.ts";
import { complexZeros, energy, innerProduct } from "../base/complex.ts";

export interface CgProblem {
  /** A Hermitian positive semi-definite operator; for least squares `A^H A`. */
  normal(x: ComplexArray): ComplexArray;
  /** `b`, for least squares `A^H y`. */
  readonly rightHandSide: ComplexArray;
  /** Weight of `|x|^2`: `(normal + lambda I) x = b` is solved. */
  readonly lambda: number;
  /** Where to start; zero when left out. */
  readonly start?: ComplexArray;
  readonly iterations: number;
  /** The iteration ends when `|b - (normal + lambda I) x| <= tolerance |b|`; 0 runs all iterations. */
  readonly tolerance: number;
  /** Awaited after every iteration; may throw to cancel. `solution` is the iterate itself: copy what must last. */
  onIteration?(state: CgState): Promise<void>;
}

export interface CgState {
  /** Iterations done. */
  readonly iteration: number;
  /** `|b - (normal + lambda I) x| / |b|` */
  readonly relativeResidual: number;
  readonly solution: ComplexArray;
  /** `b - (normal + lambda I) x`, by the recurrence. */
  readonly remainder: ComplexArray;
}

/**
 * Conjugate gradients for a Hermitian operator on complex vectors (Hestenes and Stiefel, 1952): vectors in
 * float32, inner products in float64 with the first factor conjugated.
 */
export async function conjugateGradient(
  problem: CgProblem,
): Promise<{ solution: ComplexArray; iterations: number; relativeResidual: number }> {
  const { rightHandSide: b, lambda } = problem;
  const length = b.data.length;
  const x = complexZeros(...b.shape);
  const r: ComplexArray = { shape: b.shape, data: Float32Array.from(b.data) };
  if (problem.start) {
    x.data.set(problem.start.data);
    const ax = problem.normal(x).data;
    for (let i = 0; i < length; i++) r.data[i] -= ax[i] + lambda * x.data[i];
  }
  const p: ComplexArray = { shape: b.shape, data: Float32Array.from(r.data) };
  const norm = Math.sqrt(energy(b.data));
  const relative = (squared: number): number => (norm > 0 ? Math.sqrt(squared) / norm : 0);
  let rr = energy(r.data);
  let iteration = 0;
  while (iteration < problem.iterations && rr > 0 && relative(rr) > problem.tolerance) {
    const q = problem.normal(p).data;
    for (let i = 0; i < length; i++) q[i] += lambda * p.data[i];
    const curvature = innerProduct(p.data, q)[0];
    // Nothing of the operator reaches this direction: the solution is as good as it gets.
    if (!(curvature > 0)) break;
    const alpha = rr / curvature;
    for (let i = 0; i < length; i++) {
      x.data[i] += alpha * p.data[i];
      r.data[i] -= alpha * q[i];
    }
    const next = energy(r.data);
    const beta = next / rr;
    for (let i = 0; i < length; i++) p.data[i] = r.data[i] + beta * p.data[i];
    rr = next;
    iteration++;
    await problem.onIteration?.({ iteration, relativeResidual: relative(rr), solution: x, remainder: r });
  }
  return { solution: x, iterations: iteration, relativeResidual: relative(rr) };
}
