import type { ComplexArray } from "../base/complex.ts";
import { type CoilChange, coilGram, coilMatrix } from "./coil-matrix.ts";
import { hermitianEigen } from "./hermitian-eigen.ts";

/**
 * Coil compression (Buehrer et al., MRM 57, 2007): the `count` principal components of the coils over all samples
 * `[coil, ky, kx]`, from the eigenvectors of their Gram matrix. An orthonormal change, so white noise stays white.
 *
 * @returns null where there are no more coils than asked for, or no signal; `kept` is the part of the samples' energy
 * that the virtual coils hold.
 */
export function coilCompression(
  samples: ComplexArray,
  count: number,
): { change: CoilChange; kept: number } | null {
  const coils = samples.shape[0];
  if (count >= coils) return null;
  const { re, im } = coilGram(samples);
  let total = 0;
  for (let coil = 0; coil < coils; coil++) total += re[coil * coils + coil];
  // NaN and infinite samples are the self-check's to refuse.
  if (!(total > 0) || !Number.isFinite(total)) return null;
  const eigen = hermitianEigen({ size: coils, re, im }, () => count);
  const back = coilMatrix(coils, count);
  for (let virtual = 0; virtual < count; virtual++) {
    for (let coil = 0; coil < coils; coil++) {
      back.re[coil * count + virtual] = eigen.re[virtual * coils + coil];
      back.im[coil * count + virtual] = eigen.im[virtual * coils + coil];
    }
  }
  const forward = { to: count, from: coils, re: eigen.re, im: eigen.im.map((value) => -value) };
  const kept = eigen.values.subarray(0, count).reduce((sum, value) => sum + value, 0) / total;
  return { change: { forward, back }, kept: Math.min(1, kept) };
}
