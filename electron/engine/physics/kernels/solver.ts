import type { ComplexArray } from "../../base/complex.ts";
import { complexZeros } from "../../base/complex.ts";
import { EchoError } from "../../base/errors.ts";
import type { SamplingMask } from "../../dataset/dataset.ts";
import type { LinearOperator } from "../operator.ts";
import type { SparseOptions, SparseProgress } from "./fista.ts";
import { Fista } from "./fista.ts";
import type { KernelInstance } from "./instance.ts";
import { acquireInstance, elementBytes, releaseInstance } from "./instance.ts";
import type { Layout } from "./layout.ts";
import { layOut } from "./layout.ts";
import { adjointImage, forwardSamples, packMaps } from "./samples.ts";
import type { WaveletPlace } from "./wavelet.ts";
import { placeWavelet } from "./wavelet.ts";

export interface SenseProblem {
  /** Coil sensitivities `[coil, y, x]`, 1 coil or more. */
  readonly maps: ComplexArray;
  /** `[ky]` or `[ky, kx]`. */
  readonly mask: SamplingMask;
}

export interface CgProgress {
  /** Iterations done. */
  readonly iteration: number;
  /** `|b - (A^H A + lambda) x| / |b|`, by the recurrence. */
  readonly relativeResidual: number;
  /** True when no further iteration changes the solution. */
  readonly converged: boolean;
}

/**
 * `A x = M F (S_c x)` in WebAssembly, with conjugate gradients whose vectors stay in its memory: one call per
 * iteration, so that callers can report, look and cancel in between. Plain SIMD and a fixed order of every sum:
 * the same input gives the same bits.
 */
export interface SenseSolver extends LinearOperator {
  /** Bytes of memory held. */
  readonly bytes: number;
  /**
   * Begins to solve `(A^H A + lambda) x = b`.
   *
   * @param rightHandSide `[y, x]`
   * @param start Where to start; zero when left out.
   */
  begin(rightHandSide: ComplexArray, lambda: number, start?: ComplexArray): CgProgress;
  /** One iteration; does nothing once converged. */
  iterate(): CgProgress;
  /**
   * Begins to solve `argmin 1/2 |A x - y|^2 + lambda |W x|_1` with `b = A^H y` (fista.ts), from zero or `start`.
   */
  beginSparse(rightHandSide: ComplexArray, options: SparseOptions, start?: ComplexArray): void;
  /**
   * One iteration of FISTA.
   *
   * @param shift Of the wavelet grid, two whole numbers from 0; draw them from a named stream.
   */
  iterateSparse(shift: readonly [number, number]): SparseProgress;
  /** A copy of the solution `[y, x]` as it stands. */
  solution(): ComplexArray;
  /**
   * `Re<x, b> + Re<x, r> + lambda |x|^2`: for `b = A^H y`, `|A x - y|^2 = |y|^2 - explained()`, as
   * `A^H A x = b - r - lambda x` costs no further transform.
   */
  explained(): number;
  /** Gives the memory back; the solver must not be used again. */
  release(): void;
}

/**
 * @throws EchoError SHAPE_MISMATCH when the mask does not fit the maps, TOO_LARGE when a 32-bit memory cannot hold
 * the problem.
 */
export function createSenseSolver({ maps, mask }: SenseProblem): SenseSolver {
  const [coils, rows, columns] = maps.shape;
  if (mask.shape[0] !== rows || (mask.shape.length === 2 && mask.shape[1] !== columns)) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `the mask has shape ${mask.shape.join(" x ")}, the maps ${coils} coils of ${rows} x ${columns}`,
    );
  }
  const instance = acquireInstance();
  try {
    const layout = layOut(instance, coils, rows, columns, mask);
    packMaps(instance, layout, maps);
    return new Solver(instance, layout);
  } catch (error) {
    releaseInstance(instance);
    throw error;
  }
}

class Solver implements SenseSolver {
  readonly domain: readonly number[];
  readonly range: readonly number[];
  readonly #layout: Layout;
  #instance: KernelInstance | null;
  #lambda = 0;
  #norm = 0;
  #rr = 0;
  #iteration = 0;
  #stuck = false;
  #sparse: Fista | null = null;
  readonly #wavelets = new Map<string, WaveletPlace>();

  constructor(instance: KernelInstance, layout: Layout) {
    this.#instance = instance;
    this.#layout = layout;
    this.domain = [layout.rows, layout.columns];
    this.range = [layout.coils, layout.rows, layout.columns];
  }

  get #kernels(): KernelInstance {
    if (this.#instance === null) throw new EchoError("INTERNAL", "a released solver was used");
    return this.#instance;
  }

  get bytes(): number {
    return this.#kernels.bytes;
  }

  forward(x: ComplexArray): ComplexArray {
    const kernels = this.#kernels;
    this.#write(x, this.#layout.p);
    const out = complexZeros(...this.range);
    forwardSamples(kernels, this.#layout, this.#layout.p, out);
    return out;
  }

  adjoint(y: ComplexArray): ComplexArray {
    const kernels = this.#kernels;
    const { coils, rows, columns } = this.#layout;
    if (y.data.length !== 2 * coils * rows * columns) {
      throw new EchoError(
        "SHAPE_MISMATCH",
        `samples of ${y.shape.join(" x ")} do not fit maps of ${coils} x ${rows} x ${columns}`,
      );
    }
    adjointImage(kernels, this.#layout, y, this.#layout.q);
    return this.#read(this.#layout.q);
  }

  normal(x: ComplexArray): ComplexArray {
    this.#write(x, this.#layout.p);
    this.#normal(this.#layout.p, this.#layout.q, 0);
    return this.#read(this.#layout.q);
  }

  begin(rightHandSide: ComplexArray, lambda: number, start?: ComplexArray): CgProgress {
    const { run } = this.#kernels;
    const { x, r, p, q, b, direction, imageBytes } = this.#layout;
    this.#lambda = lambda;
    this.#write(rightHandSide, b);
    this.#kernels.octets(x, imageBytes).fill(0);
    run.combine(r, b, x, 0, imageBytes);
    if (start) {
      this.#write(start, x);
      this.#normal(x, q, lambda);
      run.combine(r, b, q, -1, imageBytes);
    }
    run.combine(direction, r, p, 0, imageBytes);
    this.#norm = Math.sqrt(run.dot(b, b, imageBytes));
    this.#rr = run.dot(r, r, imageBytes);
    this.#iteration = 0;
    this.#stuck = !(this.#rr > 0);
    return this.#progress();
  }

  iterate(): CgProgress {
    const { run } = this.#kernels;
    const { x, r, q, direction, imageBytes } = this.#layout;
    if (this.#stuck) return this.#progress();
    const curvature = this.#normal(direction, q, this.#lambda);
    // Nothing of the operator reaches this direction: the solution is as good as it gets.
    if (!(curvature > 0)) {
      this.#stuck = true;
      return this.#progress();
    }
    const next = run.descend(x, r, direction, q, this.#rr / curvature, imageBytes);
    run.combine(direction, r, direction, next / this.#rr, imageBytes);
    this.#rr = next;
    this.#stuck = !(next > 0);
    this.#iteration++;
    return this.#progress();
  }

  beginSparse(rightHandSide: ComplexArray, options: SparseOptions, start?: ComplexArray): void {
    const { x, b, imageBytes } = this.#layout;
    this.#write(rightHandSide, b);
    if (start) this.#write(start, x);
    else this.#kernels.octets(x, imageBytes).fill(0);
    const name = `${options.wavelet} ${options.levels}`;
    const place =
      this.#wavelets.get(name) ??
      placeWavelet(
        this.#kernels,
        options.wavelet,
        options.levels,
        this.#layout.lines,
        this.#layout.along.length,
      );
    this.#wavelets.set(name, place);
    this.#sparse = new Fista(this.#kernels, this.#layout, place, options);
  }

  iterateSparse(shift: readonly [number, number]): SparseProgress {
    if (this.#sparse === null)
      throw new EchoError("INTERNAL", "a sparse iteration was asked for before its begin");
    return this.#sparse.iterate((p, q) => this.#normal(p, q, 0), shift);
  }

  solution(): ComplexArray {
    return this.#read(this.#layout.x);
  }

  explained(): number {
    const { run } = this.#kernels;
    const { x, r, b, imageBytes } = this.#layout;
    return run.dot(x, b, imageBytes) + run.dot(x, r, imageBytes) + this.#lambda * run.dot(x, x, imageBytes);
  }

  release(): void {
    if (this.#instance) releaseInstance(this.#instance);
    this.#instance = null;
    this.#sparse = null;
  }

  #progress(): CgProgress {
    const relativeResidual = this.#norm > 0 ? Math.sqrt(this.#rr) / this.#norm : 0;
    return { iteration: this.#iteration, relativeResidual, converged: this.#stuck };
  }

  /** `q = (A^H A + lambda) p`; returns `p . q`. */
  #normal(p: number, q: number, lambda: number): number {
    const { run } = this.#kernels;
    const { job, axis, lines } = this.#layout;
    if (axis === "both") return run.normalPlane(job, p, q, lambda);
    return run.normalLines(job, p, q, lambda, 0, lines);
  }

  /** Puts an image `[y, x]` into the kernels' layout. */
  #write(image: ComplexArray, at: number): void {
    const kernels = this.#kernels;
    const { rows, columns, axis, plane, lineBytes, imageBytes } = this.#layout;
    if (image.data.length !== 2 * rows * columns) {
      throw new EchoError(
        "SHAPE_MISMATCH",
        `an image of ${image.shape.join(" x ")} does not fit maps of ${rows} x ${columns}`,
      );
    }
    if (axis === "rows") {
      kernels.floats(plane, image.data.length).set(image.data);
      kernels.run.transpose(plane, 8 * columns, at, lineBytes, rows, columns);
      return;
    }
    const to = kernels.floats(at, imageBytes / 4);
    for (let row = 0; row < rows; row++) {
      to.set(image.data.subarray(2 * row * columns, 2 * (row + 1) * columns), (row * lineBytes) / 4);
    }
  }

  #read(at: number): ComplexArray {
    const kernels = this.#kernels;
    const { rows, columns, axis, plane, lineBytes, imageBytes } = this.#layout;
    const out = complexZeros(rows, columns);
    if (axis === "rows") {
      kernels.run.transpose(at, lineBytes, plane, 8 * columns, columns, rows);
      out.data.set(kernels.floats(plane, out.data.length));
      return out;
    }
    const from = kernels.floats(at, imageBytes / 4);
    for (let row = 0; row < rows; row++) {
      const begin = (row * lineBytes) / 4;
      out.data.set(from.subarray(begin, begin + 2 * columns), 2 * row * columns);
    }
    return out;
  }
}

/** Bytes that a solver holds, to be told before it is made. */
export function solverBytes(coils: number, rows: number, columns: number): number {
  const pixels = rows * columns;
  const groups = Math.ceil(coils / 4);
  // Maps, work plane, mask in words, six images, the torus of one wavelet.
  return pixels * (elementBytes * (groups + 1) + 4 + 7 * 8) + 2 ** 20;
}
