import type { z } from "zod";
import type { ComplexArray } from "../base/complex.ts";
import type { ImageDataset, KspaceDataset, KspaceSlice } from "../dataset/dataset.ts";

export interface SliceShape {
  slices: number;
  coils: number;
  /** Rows and columns of k-space (or of the image). */
  rows: number;
  columns: number;
}

/** What a method is given beside its samples. */
export interface MethodContext {
  readonly seed: number;
  readonly threads: number;
  /** Index of this slice, for random streams and progress. */
  readonly slice: number;
  /** Coil sensitivities `[coil, y, x]` from a file, null to estimate them from the calibration block. */
  readonly maps: ComplexArray | null;
  /**
   * To be awaited at least once per iteration: lets messages in, throws CANCELLED when the user cancelled.
   * `fraction` is the part of this slice that is done; `residual` is `|A x - y| / |y|` where known.
   */
  step(
    fraction: number,
    told?: { iteration?: number; residual?: number; preview?: () => ComplexArray },
  ): Promise<void>;
  notice(text: string): void;
}

export interface SliceResult {
  /** `[y, x]` on the scanner's matrix (`dataset.recon`), in the input's own scale. */
  readonly image: ComplexArray;
  /** `|A x - y| / |y|`, null where the method has no forward model. */
  readonly residual: number | null;
  readonly iterations: number;
  /** The factor this slice was divided by (design section 3). */
  readonly scale: number;
}

/**
 * A reconstruction method describes itself: its options schema makes the command line's `--set`, the form in the
 * window and the reference page. It sees one slice at a time, so that memory is bounded and slices may run side
 * by side; the pipeline reads, loops, judges and writes.
 */
export interface Method<Options = unknown> {
  readonly id: string;
  readonly title: string;
  readonly help: string;
  readonly needs: "kspace" | "image" | "either";
  /** A strict zod object; every field has `.meta({ title, help, unit? })` and a default. */
  readonly options: z.ZodType<Options>;
  /** Memory of the method's own, and time of one slice on one core: an order of magnitude, told before the start. */
  estimate(shape: SliceShape, options: Options): { bytes: number; seconds: number };
  /** For methods that need k-space. */
  runKspace?(
    input: KspaceSlice,
    dataset: KspaceDataset,
    options: Options,
    context: MethodContext,
  ): Promise<SliceResult>;
  /** For methods that need images. */
  runImage?(
    input: ComplexArray,
    dataset: ImageDataset,
    options: Options,
    context: MethodContext,
  ): Promise<SliceResult>;
}

/** Keeps the options' type inside a method's own file. */
export function defineMethod<Options>(method: Method<Options>): Method {
  return method as Method;
}
