import type { Geometry, Origin, Warning } from "../../contracts/dataset.ts";
import type { ComplexArray } from "../base/complex.ts";

/** What both kinds of dataset tell of themselves. Immutable; samples are read slice by slice when asked for. */
interface DatasetBase {
  /** Stable for the same content and the same part of it. */
  readonly id: string;
  /** Id of the reader. */
  readonly format: string;
  readonly title: string;
  /** Files that hold the samples, absolute paths in reading order. */
  readonly files: readonly string[];
  readonly slices: number;
  readonly geometry: Geometry;
  readonly origin: Origin;
  readonly synthetic: boolean;
  readonly warnings: readonly Warning[];
}

/** Sampling pattern of k-space: 1 where a sample was acquired. `[ky]` for whole lines, `[ky, kx]` otherwise. */
export interface SamplingMask {
  readonly shape: readonly [number] | readonly [number, number];
  readonly data: Uint8Array;
}

/** Samples of one slice of k-space, zero where nothing was acquired. */
export interface KspaceSlice {
  /** `[coil, ky, kx]`, centred at floor(N/2), readout oversampling removed. */
  readonly samples: ComplexArray;
  readonly mask: SamplingMask;
  /** Separate calibration lines `[coil, ky, kx]` where the scan has them apart from the image, else null. */
  readonly calibration: ComplexArray | null;
}

export interface KspaceDataset extends DatasetBase {
  readonly kind: "kspace";
  readonly coils: number;
  /** Rows (phase encoding) and columns (readout, oversampling removed) of k-space, and what they span in mm. */
  readonly encoded: {
    readonly matrix: readonly [number, number];
    readonly fovMm: readonly [number, number] | null;
  };
  /** Rows and columns of the image that the scanner would give, and what they span in mm. */
  readonly recon: {
    readonly matrix: readonly [number, number];
    readonly fovMm: readonly [number, number] | null;
  };
  /** Sampling pattern of the first slice; every slice repeats its own. */
  readonly mask: SamplingMask;
  readKspace(slice: number): Promise<KspaceSlice>;
  /** Noise-only readouts `[coil, sample]` where the scan has them, else null. */
  readNoise(): Promise<ComplexArray | null>;
}

export interface ImageDataset extends DatasetBase {
  readonly kind: "image";
  readonly matrix: readonly [number, number];
  /** Window stated by the file: lower and upper value. */
  readonly window: readonly [number, number] | null;
  /** `[y, x]`; magnitude images have a zero imaginary part. Rescale slope and intercept are applied. */
  readImage(slice: number): Promise<ComplexArray>;
}

export type Dataset = KspaceDataset | ImageDataset;
