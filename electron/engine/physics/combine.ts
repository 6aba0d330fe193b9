import type { ComplexArray } from "../base/complex.ts";
import { complexPart, complexZeros } from "../base/complex.ts";
import { fft2Centred } from "./fft.ts";
import { type Grids, toReconMatrix } from "./resample.ts";
import { senseOperator } from "./sense.ts";

/**
 * Root sum of squares over coils (Roemer et al., MRM 16, 1990) of the image of k-space `[coil, ky, kx]`: `[y, x]`,
 * magnitude in the real part. With `grids` every coil image is brought to the scanner's matrix first, because a
 * magnitude image cannot be interpolated by zero-filling: its k-space is not band-limited.
 */
export function rootSumOfSquares(samples: ComplexArray, grids: Grids | null = null): ComplexArray {
  const [coils, encodedRows, encodedColumns] = samples.shape;
  const [rows, columns] = grids === null ? [encodedRows, encodedColumns] : grids.recon.matrix;
  const sum = new Float64Array(rows * columns);
  const encoded = complexZeros(encodedRows, encodedColumns);
  for (let coil = 0; coil < coils; coil++) {
    encoded.data.set(complexPart(samples, coil).data);
    fft2Centred(encoded, true);
    const plane = grids === null ? encoded : toReconMatrix(encoded, grids);
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
