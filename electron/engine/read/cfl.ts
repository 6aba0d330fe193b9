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

/**
 * Dimensions of a BART array, the fastest first: 0 readout, 1 phase encoding, 2 second phase encoding or slice, 3 coil,
 * 4 set of maps, ... Trailing ones are cut.
 *
 * @throws EchoError NOT_FOUND, DAMAGED when the header lies about the length of the data.
 */
export async function readCflDimensions(path: string): Promise<number[]> {
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
  return dimensions;
}

/**
 * A whole BART array in row-major terms: its dimensions reversed, so that maps come as `[coil, slice, phase (y), readout (x)]`.
 */
export async function readCfl(path: string): Promise<ComplexArray> {
  const dimensions = await readCflDimensions(path);
  const { data } = cflPair(path);
  const bytes = sizeOf(dimensions) * 8;
  if (bytes > largestArray) throw new EchoError("TOO_LARGE", `${bytes} bytes`, { path: data });
  const raw = await withFile(data, (handle) => readExactly(handle, 0, bytes, data));
  const { buffer, byteOffset } = toMachineOrder(raw, 4, true);
  return { shape: dimensions.toReversed(), data: new Float32Array(buffer, byteOffset, bytes / 4) };
}
