import type { Wavelet } from "../wavelet.ts";
import type { KernelInstance } from "./instance.ts";
import type { Layout } from "./layout.ts";
import type { WaveletPlace } from "./wavelet.ts";

export interface SparseOptions {
  /** Weight of the sum of magnitudes of the wavelet coefficients, the coarsest low-pass band left out. */
  readonly lambda: number;
  readonly wavelet: Wavelet;
  readonly levels: number;
  /** Step along the negative gradient, at most `1 / |A|^2`; 1 for normalised maps. */
  readonly step: number;
}

export interface SparseProgress {
  /** Iterations done. */
  readonly iteration: number;
  /** `|x_new - x_old| / |x_new|` */
  readonly change: number;
  /** Sum of magnitudes of the wavelet coefficients of the solution (of this iteration's shift). */
  readonly sparsity: number;
  /**
   * `|y|^2 - |A x - y|^2` for the solution x that this iteration began with, where `b = A^H y`: known only now, as
   * it takes the operator's answer and no other.
   */
  readonly explained: number;
  /** Whether the momentum was dropped in this iteration. */
  readonly restarted: boolean;
}

/**
 * `argmin 1/2 |A x - y|^2 + lambda |W x|_1` by FISTA (Beck and Teboulle, SIAM J. Imaging Sci. 2, 2009) with restart
 * where momentum points uphill (O'Donoghue and Candes, Found. Comput. Math. 15, 2015). The wavelet transform is
 * periodic on the image extended by zeros; a shift per iteration, drawn by the caller, makes it
 * translation-invariant on average (Figueiredo and Nowak, IEEE Trans. Image Process. 12, 2003).
 */
export class Fista {
  readonly #instance: KernelInstance;
  readonly #layout: Layout;
  readonly #options: SparseOptions;
  readonly #place: WaveletPlace;
  #momentum = 1;
  /** `z = x + pull (x - x_old)`, and `|A x|^2` of the solution before. */
  #pull = 0;
  #measured = 0;
  #iteration = 0;

  /** Begins at the image at `layout.x`, with the right-hand side `A^H y` at `layout.b`. */
  constructor(instance: KernelInstance, layout: Layout, place: WaveletPlace, options: SparseOptions) {
    this.#instance = instance;
    this.#layout = layout;
    this.#place = place;
    this.#options = options;
    this.#copy(layout.x, layout.direction);
  }

  /**
   * One iteration.
   *
   * @param normal `q = A^H A p` of images at these addresses; returns `p . q`.
   * @param shift Two whole numbers, 0 or more: how far the image is moved on the torus before it is transformed.
   */
  iterate(normal: (p: number, q: number) => number, shift: readonly [number, number]): SparseProgress {
    const { run } = this.#instance;
    // What must last to the next iteration lies apart from what the operator is asked with in between (p and q).
    const { x, r: next, direction: z, p: change, q, b, lines, lineBytes, imageBytes, along } = this.#layout;
    const { job, lines: torusLines, samples: torusSamples } = this.#place;
    const { lambda, step } = this.#options;
    const size = normal(z, q);
    // |A x|^2 from z = (1 + pull) x - pull x_old and what is known of x_old; errors fade, as pull < 1 + pull.
    const reach = 1 + this.#pull;
    const cross = 2 * reach * run.dot(x, q, imageBytes);
    this.#measured = (cross - size + this.#pull ** 2 * this.#measured) / reach ** 2;
    const explained = 2 * run.dot(x, b, imageBytes) - this.#measured;
    run.combine(q, b, q, -1, imageBytes);
    run.combine(q, z, q, step, imageBytes);
    const at = [shift[0] % torusLines, shift[1] % torusSamples] as const;
    run.waveletPlace(job, q, lineBytes, lines, along.length, ...at);
    run.waveletForward(job);
    const sparsity = run.waveletShrink(job, lambda * step);
    run.waveletInverse(job);
    run.waveletTake(job, next, lineBytes, lines, along.length, ...at);
    run.combine(change, next, x, -1, imageBytes);
    run.combine(q, z, next, -1, imageBytes);
    const restarted = run.dot(q, change, imageBytes) > 0;
    const momentum = restarted ? 1 : (1 + Math.sqrt(1 + 4 * this.#momentum ** 2)) / 2;
    this.#pull = restarted ? 0 : (this.#momentum - 1) / momentum;
    run.combine(z, next, change, this.#pull, imageBytes);
    this.#copy(next, x);
    this.#momentum = momentum;
    this.#iteration++;
    const squared = run.dot(x, x, imageBytes);
    const relative = squared > 0 ? Math.sqrt(run.dot(change, change, imageBytes) / squared) : 0;
    return { iteration: this.#iteration, change: relative, sparsity, explained, restarted };
  }

  #copy(from: number, to: number): void {
    const { imageBytes } = this.#layout;
    this.#instance.octets(to, imageBytes).set(this.#instance.octets(from, imageBytes));
  }
}
