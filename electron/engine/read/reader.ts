import type { Refusal } from "../../contracts/dataset.ts";
import type { Dataset } from "../dataset/dataset.ts";

/** The beginning of a file, enough to tell its format by content. */
export interface FileHead {
  readonly path: string;
  readonly bytes: number;
  /** First 4,096 bytes or fewer. */
  readonly head: Uint8Array;
}

export interface Opened {
  readonly datasets: Dataset[];
  readonly refused: Refusal[];
}

/** One format. `open` is given all files of one `inspect` that `sniff` took, because a DICOM series has many. */
export interface Reader {
  readonly id: string;
  readonly title: string;
  /** By content; formats that share a container (HDF5) look inside. Never throws. */
  sniff(file: FileHead): boolean | Promise<boolean>;
  open(files: readonly string[], signal?: AbortSignal): Promise<Opened>;
}
