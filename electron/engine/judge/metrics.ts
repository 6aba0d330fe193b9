import type { Metrics } from "../../contracts/record.ts";
import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";

/**
 * Image metrics over a volume as the fastMRI challenge defines them (Zbontar et al., arXiv 1811.08839): magnitudes, cut to
 * the central square, peak of the reference over the whole volume; and HFEN (Ravishankar and Bresler, IEEE TMI
 * 30, 2011) with its filter fixed here, as no standard one exists. float64 inside.
 */
export const metricVersion = "fastmri-volume/1 hfen-log15-1.5/1";

/** JSON has no infinity: the PSNR of equal images. */
const psnrOfEqual = 999;

/** Magnitudes of `[slice, y, x]`, float64. */
export interface Volume {
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Central square of the magnitudes with the side of the last axis; an axis that is shorter stays as it is. */
export function magnitudeVolume(image: ComplexArray): Volume {
  const [slices, allRows, columns] = image.shape;
  const rows = Math.min(allRows, columns);
  const top = Math.floor((allRows - rows) / 2);
  const data = new Float64Array(slices * rows * columns);
  for (let slice = 0; slice < slices; slice++) {
    for (let i = 0; i < rows * columns; i++) {
      const from = 2 * ((slice * allRows + top) * columns + i);
      data[slice * rows * columns + i] = Math.hypot(image.data[from], image.data[from + 1]);
    }
  }
  return { slices, rows, columns, data };
}

function squaredError(reference: Volume, image: Volume): number {
  let sum = 0;
  for (let i = 0; i < reference.data.length; i++) sum += (reference.data[i] - image.data[i]) ** 2;
  return sum;
}

function squaredNorm(volume: Volume): number {
  return volume.data.reduce((sum, value) => sum + value * value, 0);
}

function peak(volume: Volume): number {
  return volume.data.reduce((largest, value) => Math.max(largest, value), 0);
}

/** `|g - p|^2 / |g|^2` */
export function nmse(reference: Volume, image: Volume): number {
  return squaredError(reference, image) / squaredNorm(reference);
}

/** `10 log10(max(g)^2 / MSE)` in dB, maximum and mean over the volume; 999 for equal images. */
export function psnr(reference: Volume, image: Volume): number {
  const meanSquare = squaredError(reference, image) / reference.data.length;
  if (meanSquare === 0) return psnrOfEqual;
  return Math.min(psnrOfEqual, 10 * Math.log10(peak(reference) ** 2 / meanSquare));
}

const ssimWindow = 7;

/** Sums over every `window x window` square that lies inside the slice, by running sums along both axes. */
function windowSums(values: Float64Array, rows: number, columns: number, window: number): Float64Array {
  const across = columns - window + 1;
  const down = rows - window + 1;
  const alongRows = new Float64Array(rows * across);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < across; column++) {
      let sum = 0;
      for (let step = 0; step < window; step++) sum += values[row * columns + column + step];
      alongRows[row * across + column] = sum;
    }
  }
  const out = new Float64Array(down * across);
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      let sum = 0;
      for (let step = 0; step < window; step++) sum += alongRows[(row + step) * across + column];
      out[row * across + column] = sum;
    }
  }
  return out;
}

/** SSIM of one slice (Wang et al., IEEE TIP 13, 2004): uniform 7 x 7 window, sample covariance, k1 0.01, k2 0.03. */
function sliceSsim(g: Float64Array, p: Float64Array, rows: number, columns: number, range: number): number {
  const count = ssimWindow ** 2;
  const c1 = (0.01 * range) ** 2;
  const c2 = (0.03 * range) ** 2;
  const sums = (values: Float64Array): Float64Array => windowSums(values, rows, columns, ssimWindow);
  const [sg, sp] = [sums(g), sums(p)];
  const gg = sums(g.map((value) => value * value));
  const pp = sums(p.map((value) => value * value));
  const gp = sums(g.map((value, i) => value * p[i]));
  let total = 0;
  for (let i = 0; i < sg.length; i++) {
    const [mg, mp] = [sg[i] / count, sp[i] / count];
    const vg = (gg[i] - count * mg * mg) / (count - 1);
    const vp = (pp[i] - count * mp * mp) / (count - 1);
    const cov = (gp[i] - count * mg * mp) / (count - 1);
    total += ((2 * mg * mp + c1) * (2 * cov + c2)) / ((mg * mg + mp * mp + c1) * (vg + vp + c2));
  }
  return total / sg.length;
}

/** SSIM of every slice, with the peak of the reference volume as data range. */
export function ssimOfSlices(reference: Volume, image: Volume): number[] {
  const { slices, rows, columns } = reference;
  if (rows < ssimWindow || columns < ssimWindow) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `SSIM needs ${ssimWindow} x ${ssimWindow} pixels, the images have ${rows} x ${columns}`,
    );
  }
  const range = peak(reference);
  const plane = rows * columns;
  return Array.from({ length: slices }, (_, slice) => {
    const part = (volume: Volume): Float64Array => volume.data.subarray(slice * plane, (slice + 1) * plane);
    return sliceSsim(part(reference), part(image), rows, columns, range);
  });
}

/** 15 x 15 Laplacian of a Gaussian with sigma 1.5 pixels, its sum taken off so that a constant gives zero. */
export const logKernel: Float64Array = (() => {
  const half = 7;
  const variance = 1.5 ** 2;
  const squares = Array.from(
    { length: 225 },
    (_, i) => (Math.floor(i / 15) - half) ** 2 + ((i % 15) - half) ** 2,
  );
  const gaussian = squares.map((square) => Math.exp(-square / (2 * variance)));
  const total = gaussian.reduce((sum, value) => sum + value, 0);
  const kernel = squares.map(
    (square, i) => ((gaussian[i] / total) * (square - 2 * variance)) / variance ** 2,
  );
  const mean = kernel.reduce((sum, value) => sum + value, 0) / kernel.length;
  return Float64Array.from(kernel, (value) => value - mean);
})();

function filteredEnergy(values: Float64Array, rows: number, columns: number): number {
  let energy = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let sum = 0;
      for (let y = Math.max(0, row - 7); y <= Math.min(rows - 1, row + 7); y++) {
        const line = y * columns;
        const weights = (y - row + 7) * 15 + 7 - column;
        const last = Math.min(columns - 1, column + 7);
        for (let x = Math.max(0, column - 7); x <= last; x++)
          sum += logKernel[weights + x] * values[line + x];
      }
      energy += sum * sum;
    }
  }
  return energy;
}

/**
 * High-frequency error norm over the volume: `|LoG p - LoG g| / |LoG g|`, slices filtered with `logKernel`, zeros
 * beyond the edge. 0 when the reference has no detail and the images are equal.
 */
export function hfen(reference: Volume, image: Volume): number {
  const { slices, rows, columns } = reference;
  const plane = rows * columns;
  let [error, norm] = [0, 0];
  for (let slice = 0; slice < slices; slice++) {
    const g = reference.data.subarray(slice * plane, (slice + 1) * plane);
    const p = image.data.subarray(slice * plane, (slice + 1) * plane);
    // The filter is linear: the filtered images are subtracted before filtering.
    error += filteredEnergy(
      p.map((value, i) => value - g[i]),
      rows,
      columns,
    );
    norm += filteredEnergy(g, rows, columns);
  }
  return error === 0 ? 0 : Math.sqrt(error / norm);
}

/**
 * Every metric of an image against its reference, both complex `[slice, y, x]` in the same scale.
 *
 * @throws EchoError SHAPE_MISMATCH when the shapes differ or are too small, DAMAGED when a value is not finite,
 * UNSUPPORTED when the reference is empty.
 */
export function judgeImages(image: ComplexArray, reference: ComplexArray): Metrics {
  if (image.shape.join() !== reference.shape.join()) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `the image is ${image.shape.join(" x ")}, the reference ${reference.shape.join(" x ")} (slice, y, x)`,
    );
  }
  const [p, g] = [magnitudeVolume(image), magnitudeVolume(reference)];
  for (const [volume, name] of [
    [p, "image"],
    [g, "reference"],
  ] as const) {
    if (!volume.data.every(Number.isFinite))
      throw new EchoError("DAMAGED", `the ${name} holds values that are not finite`);
  }
  if (peak(g) === 0)
    throw new EchoError("UNSUPPORTED", "the reference is empty: nothing can be compared with it");
  const ssims = ssimOfSlices(g, p);
  const error = nmse(g, p);
  return {
    nmse: error,
    nrmse: Math.sqrt(error),
    psnr: psnr(g, p),
    ssim: ssims.reduce((sum, value) => sum + value, 0) / ssims.length,
    hfen: hfen(g, p),
    n: g.slices,
    metricVersion,
  };
}
