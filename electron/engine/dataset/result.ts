import type { Origin } from "../../contracts/dataset.ts";
import type { RunRecord, StoredResult } from "../../contracts/record.ts";
import type { ComplexArray } from "../base/complex.ts";

/** Pictures that explain a result in a report; every one is `[slice, y, x]` but the k-space, which is `[ky, kx]`. */
export interface ResultPictures {
  readonly reference: ComplexArray | null;
  /** First coil-combined k-space of the middle slice, for the report and the window. */
  readonly kspace: ComplexArray | null;
  /** Sampling pattern as `[ky, kx]` of zeros and ones in the real part. */
  readonly mask: ComplexArray | null;
}

/** What the writers are given: pixels in the input's own scale, and everything needed to label them. */
export interface Result {
  /** `[slice, y, x]`, the input's own scale. */
  readonly image: ComplexArray;
  /** Geometry, options, provenance, metrics: the record without its list of outputs filled in. */
  readonly record: RunRecord;
  readonly origin: Origin;
  readonly pictures: ResultPictures;
}

/** Names inside a folder that `recon` writes when it keeps a result for a later export; `complex.npy` also with `--format npy`. */
export const resultNames = {
  record: "record.json",
  stored: "stored.json",
  pixels: "complex.npy",
  reference: "reference.npy",
  kspace: "kspace.npy",
  mask: "mask.npy",
} as const;

export function storedResult(result: Result): StoredResult {
  return { record: result.record, origin: result.origin };
}
