import { readFileSync } from "node:fs";
import { EchoError } from "../../base/errors.ts";
import type { LinePlan } from "./plan.ts";
import { chirpFactors, rootFactors, stageFactors } from "./plan.ts";

/** Addresses and byte counts in the kernels' memory; see the sources of the same names for what each one does. */
export interface KernelExports {
  pack(
    from: number,
    coilBytes: number,
    re: number,
    im: number,
    factors: number,
    to: number,
    places: number,
    count: number,
  ): void;
  unpack(
    from: number,
    places: number,
    re: number,
    im: number,
    factors: number,
    to: number,
    coilBytes: number,
    count: number,
  ): void;
  transpose(
    from: number,
    fromBytes: number,
    to: number,
    toBytes: number,
    rows: number,
    columns: number,
  ): void;
  copyLine(from: number, fromStride: number, to: number, toStride: number, count: number): void;
  forwardLine(plan: number, line: number): void;
  inverseLine(plan: number, line: number): void;
  rowsForward(job: number, image: number, group: number, begin: number, end: number): void;
  rowsInverse(
    job: number,
    p: number,
    q: number,
    lambda: number,
    group: number,
    begin: number,
    end: number,
  ): number;
  columnsForward(job: number, begin: number, end: number, masked: number): void;
  columnsInverse(job: number, begin: number, end: number, masked: number): void;
  normalLines(job: number, p: number, q: number, lambda: number, begin: number, end: number): number;
  normalPlane(job: number, p: number, q: number, lambda: number): number;
  dot(a: number, b: number, bytes: number): number;
  descend(x: number, r: number, p: number, q: number, alpha: number, bytes: number): number;
  combine(to: number, a: number, b: number, factor: number, bytes: number): void;
  waveletPlace(
    job: number,
    image: number,
    imageBytes: number,
    lines: number,
    samples: number,
    line: number,
    sample: number,
  ): void;
  waveletTake(
    job: number,
    image: number,
    imageBytes: number,
    lines: number,
    samples: number,
    line: number,
    sample: number,
  ): void;
  waveletForward(job: number): void;
  waveletInverse(job: number): void;
  waveletShrink(job: number, threshold: number): number;
}

/** Bytes of one element: four coils, real and imaginary. */
export const elementBytes = 32;
const pageBytes = 65536;
/** Places start here, so that no address is zero. */
const firstByte = 1024;
/** A 32-bit memory ends here; refusing earlier leaves the reason to us. */
export const largestMemory = 2 ** 32 - pageBytes;
/** Instances kept for the next slice, and the most bytes such a one may hold. */
const mostIdle = 2;
const mostIdleBytes = 256 * 2 ** 20;

const idle: KernelInstance[] = [];
let compiled: WebAssembly.Module | null = null;

function kernelModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./kernels.wasm", import.meta.url)));
  return compiled;
}

/**
 * One instance of the kernels with a memory of its own, given out piece by piece. Memory only grows; after
 * `release` it serves the next solver.
 */
export class KernelInstance {
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  readonly #plans = new Map<number, number>();
  readonly run: KernelExports;
  #used = firstByte;
  /** Memory beyond this was never given out and is zero. */
  #touched = firstByte;

  constructor() {
    const instance = new WebAssembly.Instance(kernelModule(), {
      env: {
        memory: this.#memory,
        abort: () => {
          throw new EchoError("INTERNAL", "the physics kernels aborted");
        },
      },
    });
    this.run = instance.exports as unknown as KernelExports;
  }

  /** Bytes that the memory holds. */
  get bytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** Forgets every piece. */
  reset(): void {
    this.#used = firstByte;
    this.#plans.clear();
  }

  /**
   * A piece of zeros, beginning on a cache line.
   *
   * @throws EchoError TOO_LARGE when a 32-bit memory cannot hold it.
   */
  allocate(bytes: number): number {
    const at = Math.ceil(this.#used / 64) * 64;
    const end = at + bytes;
    if (end > largestMemory) throw tooLarge(end);
    if (end > this.bytes) {
      try {
        this.#memory.grow(Math.ceil((end - this.bytes) / pageBytes));
      } catch (error) {
        throw tooLarge(end, error);
      }
    }
    if (at < this.#touched) this.octets(at, Math.min(bytes, this.#touched - at)).fill(0);
    this.#used = end;
    this.#touched = Math.max(this.#touched, end);
    return at;
  }

  /** Views are valid until the next `allocate`. */
  floats(at: number, count: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, count);
  }

  words(at: number, count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, at, count);
  }

  octets(at: number, count: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, count);
  }

  place(values: Float32Array): number {
    const at = this.allocate(values.byteLength);
    this.floats(at, values.length).set(values);
    return at;
  }

  /** Lays out a plan (source/lines.as) with its factors; the same plan is laid out once. */
  placePlan(plan: LinePlan): number {
    const known = this.#plans.get(plan.length);
    if (known !== undefined) return known;
    let inner = 0;
    let chirp = 0;
    let spectrum = 0;
    let workElements = Math.max(0, ...plan.stages.map(({ radix }) => radix));
    if (plan.inner) {
      inner = this.placePlan(plan.inner);
      const factors = chirpFactors(plan.length, plan.inner);
      chirp = this.place(factors.chirp);
      spectrum = this.place(factors.spectrum);
      workElements = plan.inner.length;
    }
    const work = this.allocate(workElements * elementBytes);
    const tables = plan.stages.map((stage) => [
      this.place(stageFactors(stage)),
      this.place(rootFactors(stage.radix)),
    ]);
    const at = this.allocate(32 + 32 * plan.stages.length);
    const fields = this.words(at, 8 + 8 * plan.stages.length);
    fields.set([plan.length, plan.inner ? 1 : 0, plan.stages.length, work, inner, chirp, spectrum]);
    let flags = 0;
    for (const [index, { radix, distance, blocks }] of plan.stages.entries()) {
      fields.set([radix, distance, blocks, ...tables[index], flags], 8 + 8 * index);
      flags += blocks;
    }
    this.#plans.set(plan.length, at);
    return at;
  }
}

function tooLarge(bytes: number, cause?: unknown): EchoError {
  return new EchoError(
    "TOO_LARGE",
    `this slice needs ${Math.ceil(bytes / 2 ** 20)} MiB in one piece, more than can be had`,
    { hint: "Compress the coils or reconstruct a smaller matrix.", cause },
  );
}

/** An instance for one solver: a used one where one is idle. */
export function acquireInstance(): KernelInstance {
  const instance = idle.pop() ?? new KernelInstance();
  instance.reset();
  return instance;
}

/** Gives an instance back; its owner must not touch it again. Large ones are dropped with their memory. */
export function releaseInstance(instance: KernelInstance): void {
  if (idle.length < mostIdle && instance.bytes <= mostIdleBytes) idle.push(instance);
}
