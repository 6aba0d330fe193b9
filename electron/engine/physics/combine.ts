import type { ComplexArray } from "../base/complex.ts";
import { complexPart, complexZeros } from "../base/complex.ts";
import { fft2Centred } from "./fft.ts";
import { senseOperator } from "./sense.ts";

/**
 * Root sum of squares over coils (Roemer et al., MRM 16, 1990) of the image of k-space `[coil, ky, kx]`: `[y, x]`,
 * magnitude in the real part.
 */
export function rootSumOfSquares(samples: ComplexArray): ComplexArray {
  const [coils, rows, columns] = samples.shape;
  const sum = new Float64Array(rows * columns);
  const plane = complexZeros(rows, columns);
  for (let coil = 0; coil < coils; coil++) {
    plane.data.set(complexPart(samples, coil).data);
    fft2Centred(plane, true);
    for (let i = 0; i < sum.length; i++) sum[i] += plane.data[2 * i] ** 2 + plane.data[2 * i + 1] ** 2;
  }
  const out = complexZeros(rows, columns);
  for (let i = 0; i < sum.length; i++) out.data[2 * i] = Math.sqrt(sum[i]);
  return out;
}

/** Coil-combined image `[y, x]` of k-space `[coil, ky, kx]` with sensitivities `[coil, y, x]`: `sum conj(S) F^-1 y`. */
export function combineCoils(samples: ComplexArray, maps: ComplexArray): ComplexArray {
  const [, rows] = maps.shape;
  return senseOperator(maps, { shape: [rows], data: new Uint8Array(rows).fill(1) }).adjoint(samples);
}
