import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { ComplexArray } from "../base/complex.ts";
import { sizeOf } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { readExactly, toMachineOrder, withFile } from "./bytes.ts";

const largestHeader = 1 << 16;
const largestArray = 2 ** 32;

/** Paths of the two files of a BART array, given either of them or their common stem. */
export function cflPair(path: string): { header: string; data: string } {
  const stem = path.replace(/\.(cfl|hdr)$/i, "");
  return { header: `${stem}.hdr`, data: `${stem}.cfl` };
}

export function isCflPair(path: string): boolean {
  const { header, data } = cflPair(path);
  return /\.(cfl|hdr)$/i.test(path) && existsSync(header) && existsSync(data);
}

export interface CflHeader {
  /** The fastest first, trailing ones cut. */
  readonly dimensions: readonly number[];
  /** The whole text, whose other sections (`# Creator`, `# Command`) are free. */
  readonly text: string;
}

/**
 * Header of a BART array. Dimensions (src/misc/mri.h): 0 readout, 1 phase encoding, 2 second phase encoding, 3 coil,
 * 4 set of maps, 13 slice.
 *
 * @throws EchoError NOT_FOUND, DAMAGED when the header lies about the length of the data.
 */
export async function readCflHeader(path: string): Promise<CflHeader> {
  const { header, data } = cflPair(path);
  const text = await withFile(header, async (handle, size) => {
    if (size > largestHeader) throw new EchoError("DAMAGED", "the header is too long", { path: header });
    return (await readExactly(handle, 0, size, header)).toString("latin1");
  });
  const lines = text.split(/\r?\n/);
  const at = lines.findIndex((line) => line.trim() === "# Dimensions");
  const dimensions = (lines[at + 1] ?? "").trim().split(/\s+/).map(Number);
  if (at < 0 || dimensions.some((n) => !Number.isSafeInteger(n) || n < 1)) {
    throw new EchoError("DAMAGED", "the header lists no dimensions", { path: header });
  }
  const { size } = await stat(data).catch(() => {
    throw new EchoError("NOT_FOUND", "there is no .cfl beside the header", { path: data });
  });
  if (sizeOf(dimensions) * 8 !== size) {
    throw new EchoError("DAMAGED", `holds ${size} bytes where its header says ${sizeOf(dimensions) * 8}`, {
      path: data,
    });
  }
  while (dimensions.length > 1 && dimensions.at(-1) === 1) dimensions.pop();
  return { dimensions, text };
}

/** Samples `[from, from + count)` of the data file, interleaved complex. */
export async function readCflSamples(path: string, from: number, count: number): Promise<Float32Array> {
  const { data } = cflPair(path);
  const bytes = count * 8;
  if (bytes > largestArray) throw new EchoError("TOO_LARGE", `${bytes} bytes`, { path: data });
  const raw = await withFile(data, (handle) => readExactly(handle, from * 8, bytes, data));
  const { buffer, byteOffset } = toMachineOrder(raw, 4, true);
  return new Float32Array(buffer, byteOffset, bytes / 4);
}

/**
 * A whole BART array in row-major terms: its dimensions reversed, so that maps come as `[coil, slice, phase (y), readout (x)]`.
 */
export async function readCfl(path: string): Promise<ComplexArray> {
  const { dimensions } = await readCflHeader(path);
  return { shape: dimensions.toReversed(), data: await readCflSamples(path, 0, sizeOf(dimensions)) };
}
