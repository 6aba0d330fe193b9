import type { ComplexArray } from "../base/complex.ts";
import type { KspaceSlice } from "../dataset/dataset.ts";
import { cholesky, inverseLower } from "./cholesky.ts";
import { type CoilChange, type CoilMatrix, coilGram, coilMatrix } from "./coil-matrix.ts";

/** Fewer noise samples per coil than this leave a covariance that is noise itself. */
const samplesPerCoil = 10;
/** Part of the acquired samples, the outermost, that a scan's own noise is estimated from. */
const outerPart = 0.05;
/** Fewer real values per coil than this are no estimate. */
const fewestValues = 100;
/** Median of the magnitude of a standard normal variable. */
const normalMedian = 0.674489750196082;

/**
 * Covariance `E[n n^H]` `[coil, coil]` of noise-only samples `[coil, sample]`; its diagonal is twice the variance of
 * one real component. Null when there are fewer than 10 samples per coil or values that are not finite.
 */
export function noiseCovariance(noise: ComplexArray): CoilMatrix | null {
  const [coils, count] = noise.shape;
  if (count < samplesPerCoil * coils) return null;
  const out = coilGram(noise);
  for (let i = 0; i < out.re.length; i++) {
    out.re[i] /= count;
    out.im[i] /= count;
    if (!Number.isFinite(out.re[i]) || !Number.isFinite(out.im[i])) return null;
  }
  return out;
}

/**
 * The noise of a scan without noise readouts: per coil the median magnitude of the real and imaginary parts of the
 * outermost 5 % of the acquired samples, as of normal noise (median absolute deviation), coils taken as
 * uncorrelated. What signal is left so far out counts as noise, so it is an upper bound. Samples that are exactly
 * zero were filled in and are left out. Null where too few are left.
 */
export function outerCovariance({ samples, mask }: KspaceSlice): CoilMatrix | null {
  const [coils, rows, columns] = samples.shape;
  const plane = rows * columns;
  const out = coilMatrix(coils, coils);
  const acquired = new Uint32Array(plane);
  const distance = new Float64Array(plane);
  let count = 0;
  for (let at = 0; at < plane; at++) {
    const row = Math.floor(at / columns);
    if (mask.data[mask.shape.length === 1 ? row : at] === 0) continue;
    if (samples.data[2 * at] === 0 && samples.data[2 * at + 1] === 0) continue;
    distance[at] =
      ((row - Math.floor(rows / 2)) / rows) ** 2 +
      (((at % columns) - Math.floor(columns / 2)) / columns) ** 2;
    acquired[count++] = at;
  }
  const outermost = acquired
    .subarray(0, count)
    .sort((a, b) => distance[b] - distance[a])
    .subarray(0, Math.ceil(outerPart * count));
  if (2 * outermost.length < fewestValues) return null;
  for (let coil = 0; coil < coils; coil++) {
    const values = new Float64Array(2 * outermost.length);
    outermost.forEach((at, i) => {
      values[2 * i] = Math.abs(samples.data[2 * (coil * plane + at)]);
      values[2 * i + 1] = Math.abs(samples.data[2 * (coil * plane + at) + 1]);
    });
    values.sort();
    const sigma = values[Math.floor(values.length / 2)] / normalMedian;
    out.re[coil * coils + coil] = 2 * sigma ** 2;
  }
  return out;
}

/** Standard deviation per real component: root mean square over coils, least and largest; largest correlation. */
export function noiseFigures(covariance: CoilMatrix): {
  level: number;
  least: number;
  largest: number;
  correlation: number;
} {
  const coils = covariance.to;
  const variances = Float64Array.from({ length: coils }, (_, coil) => covariance.re[coil * coils + coil]);
  let correlation = 0;
  for (let one = 0; one < coils; one++) {
    for (let other = 0; other < one; other++) {
      const at = one * coils + other;
      const size = Math.hypot(covariance.re[at], covariance.im[at]);
      if (size > 0) correlation = Math.max(correlation, size / Math.sqrt(variances[one] * variances[other]));
    }
  }
  const mean = variances.reduce((sum, value) => sum + value, 0) / coils;
  return {
    level: Math.sqrt(mean / 2),
    least: Math.sqrt(Math.min(...variances) / 2),
    largest: Math.sqrt(Math.max(...variances) / 2),
    correlation,
  };
}

/**
 * The change of coils that makes noise white (Pruessmann et al., MRM 46, 2001, appendix): `s L^-1` with the
 * covariance `L L^H`. The covariance becomes `s^2` times the identity, where `s^2` is the mean of its diagonal, so
 * that samples and lambda keep their size. Null when the covariance is singular: a coil without noise is dead.
 */
export function whitening(covariance: CoilMatrix): CoilChange | null {
  const coils = covariance.to;
  const factor = cholesky({ size: coils, re: covariance.re, im: covariance.im });
  if (factor === null) return null;
  let trace = 0;
  for (let coil = 0; coil < coils; coil++) trace += covariance.re[coil * coils + coil];
  const level = Math.sqrt(trace / coils);
  const inverse = inverseLower(factor);
  return {
    forward: {
      to: coils,
      from: coils,
      re: inverse.re.map((value) => value * level),
      im: inverse.im.map((value) => value * level),
    },
    back: {
      to: coils,
      from: coils,
      re: factor.re.map((value) => value / level),
      im: factor.im.map((value) => value / level),
    },
  };
}
