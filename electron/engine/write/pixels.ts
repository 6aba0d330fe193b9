import { type ComplexArray, magnitude } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";

/** Magnitude of `[slice, y, x]` and what is needed to show or quantise it. */
export interface MagnitudeVolume {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  /** Row-major `[slice, y, x]`, the input's own scale. */
  readonly data: Float32Array;
  readonly maximum: number;
  /** 99.5th percentile over the whole volume (the maximum where that is zero): white of the pictures. */
  readonly robustMaximum: number;
}

/** Rule behind `robustMaximum`, in the words that are printed beside pictures. */
export const windowRule = "black is 0, white is the 99.5th percentile of the volume's magnitude";

/** @throws EchoError SHAPE_MISMATCH, WRITE_FAILED when a pixel is not finite. */
export function magnitudeVolume(image: ComplexArray): MagnitudeVolume {
  if (image.shape.length !== 3) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `an image has 3 axes [slice, y, x], this one ${image.shape.length}`,
    );
  }
  const [slices, rows, columns] = image.shape;
  const { data } = magnitude(image);
  let maximum = 0;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(data[i])) {
      throw new EchoError("WRITE_FAILED", "the image holds values that are not finite numbers", {
        where: `slice ${Math.floor(i / (rows * columns))}`,
      });
    }
    if (data[i] > maximum) maximum = data[i];
  }
  const sorted = Float32Array.from(data).sort();
  const robust = sorted[Math.min(sorted.length - 1, Math.floor(0.995 * sorted.length))] ?? 0;
  return { slices, rows, columns, data, maximum, robustMaximum: robust > 0 ? robust : maximum };
}

/** Little-endian bytes of float32 values, a view on the same memory. */
export function bytesOf(data: Float32Array | Uint16Array | Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** `slice-0001`: one-based and padded, so that names sort as slices do. */
export function sliceName(slice: number): string {
  return `slice-${String(slice + 1).padStart(4, "0")}`;
}
