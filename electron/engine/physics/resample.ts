import type { ComplexArray } from "../base/complex.ts";
import { complexZeros } from "../base/complex.ts";
import type { KspaceDataset } from "../dataset/dataset.ts";
import { fftAxisCentred } from "./fft.ts";

/** Encoded grid and the scanner's image of a scan. */
export type Grids = Pick<KspaceDataset, "encoded" | "recon">;

/** Along one axis: the samples of `[y, x]` around its centre, or zeros around it, `length` in all. */
function cropOrPad(array: ComplexArray, axis: 0 | 1, length: number): ComplexArray {
  const [rows, columns] = array.shape;
  if (array.shape[axis] === length) return array;
  const shift = Math.floor(array.shape[axis] / 2) - Math.floor(length / 2);
  const out = axis === 0 ? complexZeros(length, columns) : complexZeros(rows, length);
  for (let row = 0; row < out.shape[0]; row++) {
    const fromRow = axis === 0 ? row + shift : row;
    if (fromRow < 0 || fromRow >= rows) continue;
    const first = axis === 1 ? Math.max(0, -shift) : 0;
    const last = axis === 1 ? Math.min(length, columns - shift) : columns;
    const fromColumn = axis === 1 ? first + shift : first;
    const start = 2 * (fromRow * columns + fromColumn);
    out.data.set(array.data.subarray(start, start + 2 * (last - first)), 2 * (row * out.shape[1] + first));
  }
  return out;
}

/** Along one axis: sinc interpolation to `length` samples of the same extent by zero-filling or cutting k-space. */
function interpolate(image: ComplexArray, axis: 0 | 1, length: number): ComplexArray {
  const before = image.shape[axis];
  if (before === length) return image;
  const copy: ComplexArray = { shape: image.shape, data: Float32Array.from(image.data) };
  fftAxisCentred(copy, axis, false);
  const resized = cropOrPad(copy, axis, length);
  fftAxisCentred(resized, axis, true);
  // Orthonormal transforms of unlike lengths change the height of a constant; pixel values shall stay.
  const gain = Math.sqrt(length / before);
  for (let i = 0; i < resized.data.length; i++) resized.data[i] *= gain;
  return resized;
}

/**
 * An image `[y, x]` on the encoded grid as the scanner gives it: what lies outside the prescribed field of view
 * (phase oversampling) is cut off, and a larger or smaller matrix of that field of view is made by zero-filling or
 * cutting k-space. Pixel values keep their height. Where the fields of view are not known the smaller matrix is
 * taken for a part of the encoded one and the larger for an interpolation of it.
 */
export function toReconMatrix(image: ComplexArray, { encoded, recon }: Grids): ComplexArray {
  let out = image;
  for (const axis of [0, 1] as const) {
    const target = recon.matrix[axis];
    const known = encoded.fovMm !== null && recon.fovMm !== null;
    const within = known
      ? Math.max(1, Math.round((encoded.matrix[axis] * recon.fovMm![axis]) / encoded.fovMm![axis]))
      : Math.min(target, encoded.matrix[axis]);
    out = interpolate(cropOrPad(out, axis, within), axis, target);
  }
  return out;
}
