import type { Geometry, Origin } from "../../contracts/dataset.ts";
import type { Output } from "../../contracts/record.ts";
import type { ComplexArray } from "../base/complex.ts";
import type { SamplingMask } from "../dataset/dataset.ts";
import type { Result } from "../dataset/result.ts";

/** One export target for results. Paths in the answer are absolute. */
export interface Writer {
  readonly id: string;
  readonly title: string;
  /** Writes below `folder`; everything through `produceAtomically`. */
  write(result: Result, folder: string): Promise<Output[]>;
}

/** Multi-coil k-space to be written as a raw data file. */
export interface RawScan {
  readonly title: string;
  /** `[slice, coil, ky, kx]`, centred, zero where not acquired. */
  readonly samples: ComplexArray;
  readonly mask: SamplingMask;
  readonly geometry: Geometry;
  readonly origin: Origin;
  readonly synthetic: boolean;
  /** How it was made, for the header. */
  readonly note: string;
  /** Fully sampled picture `[slice, y, x]` (magnitude in the real part), for formats that hold one; else null. */
  readonly reference: ComplexArray | null;
}

export interface RawWriter {
  readonly id: string;
  readonly title: string;
  write(scan: RawScan, folder: string, stem: string): Promise<Output[]>;
}
