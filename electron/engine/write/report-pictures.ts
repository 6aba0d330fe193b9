import { encode } from "fast-png";
import type { ComplexArray } from "../base/complex.ts";
import { magnitude } from "../base/complex.ts";

export interface Plane {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

function dataUri(bytes: Uint8Array): string {
  return `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
}

function pngOf(
  plane: Plane,
  channels: 1 | 3,
  pixel: (value: number, out: Uint8Array, at: number) => void,
): string {
  const out = new Uint8Array(plane.data.length * channels);
  for (let i = 0; i < plane.data.length; i++) pixel(plane.data[i], out, channels * i);
  return dataUri(encode({ width: plane.columns, height: plane.rows, data: out, depth: 8, channels }));
}

/** Magnitude of one slice of `[slice, y, x]` or of a whole `[ky, kx]`. */
export function magnitudePlane(array: ComplexArray, slice = 0): Plane {
  const [rows, columns] = array.shape.slice(-2);
  const length = 2 * rows * columns;
  const part = { shape: [rows, columns], data: array.data.subarray(slice * length, (slice + 1) * length) };
  return { rows, columns, data: magnitude(part).data };
}

/** Gray picture: black at 0, white at `white`. */
export function grayPicture(plane: Plane, white: number): string {
  const scale = white > 0 ? 255 / white : 0;
  return pngOf(plane, 1, (value, out, at) => {
    out[at] = Math.min(255, Math.round(value * scale));
  });
}

/** Decades of k-space shown below its peak. */
export const kspaceDecades = 5;

/** Logarithmic gray picture: white at the peak, black `kspaceDecades` below it and for samples that are zero. */
export function logPicture(plane: Plane): string {
  const peak = plane.data.reduce((largest, value) => Math.max(largest, value), 0);
  return pngOf(plane, 1, (value, out, at) => {
    const level = value > 0 && peak > 0 ? 1 + Math.log10(value / peak) / kspaceDecades : 0;
    out[at] = Math.round(255 * Math.max(0, Math.min(1, level)));
  });
}

/** Blue, white, red: the ends are alike in lightness, so that neither sign looks larger. */
const negative = [33, 85, 165];
const zero = [247, 247, 247];
const positive = [178, 42, 36];

function diverging(level: number, out: Uint8Array, at: number): void {
  const end = level < 0 ? negative : positive;
  const part = Math.min(1, Math.abs(level));
  for (let i = 0; i < 3; i++) out[at + i] = Math.round(zero[i] + part * (end[i] - zero[i]));
}

export interface Difference {
  readonly picture: string;
  /** Value of the map's ends, 99.5th percentile of the absolute difference. */
  readonly limit: number;
}

/** Magnitude of the result less magnitude of the reference, zero in the middle of the map. */
export function differencePicture(result: Plane, reference: Plane): Difference {
  const data = Float32Array.from(result.data, (value, i) => value - reference.data[i]);
  const sorted = Float32Array.from(data, Math.abs).sort();
  const limit = sorted[Math.floor(0.995 * sorted.length)] || sorted[sorted.length - 1];
  const picture = pngOf({ ...result, data }, 3, (value, out, at) =>
    diverging(limit > 0 ? value / limit : 0, out, at),
  );
  return { picture, limit };
}

/** The map itself, from its lower to its upper end. */
export function divergingBar(): string {
  const data = Float32Array.from({ length: 129 }, (_, i) => i / 64 - 1);
  return pngOf({ rows: 1, columns: 129, data }, 3, diverging);
}
