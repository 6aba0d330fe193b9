import type { ComplexArray } from "../base/complex.ts";
import { complexPart, complexZeros } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { SamplingMask } from "../dataset/dataset.ts";
import { fft2Centred, fftAxisCentred } from "./fft.ts";
import type { LinearOperator } from "./operator.ts";

/** Sets every sample of `[ky, kx]` to zero that the mask did not acquire. */
export function applyMask(samples: ComplexArray, mask: SamplingMask): void {
  const [rows, columns] = samples.shape;
  for (let row = 0; row < rows; row++) {
    if (mask.shape.length === 1) {
      if (mask.data[row] === 0) samples.data.fill(0, 2 * row * columns, 2 * (row + 1) * columns);
      continue;
    }
    for (let at = row * columns; at < (row + 1) * columns; at++) {
      if (mask.data[at] === 0) samples.data.fill(0, 2 * at, 2 * at + 2);
    }
  }
}

/** `out = S x`, point by point. */
function weight(map: Float32Array, x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i += 2) {
    out[i] = map[i] * x[i] - map[i + 1] * x[i + 1];
    out[i + 1] = map[i] * x[i + 1] + map[i + 1] * x[i];
  }
}

/** `out += conj(S) x`, point by point. */
function addConjugateWeighted(map: Float32Array, x: Float32Array, out: Float32Array): void {
  for (let i = 0; i < x.length; i += 2) {
    out[i] += map[i] * x[i] + map[i + 1] * x[i + 1];
    out[i + 1] += map[i] * x[i + 1] - map[i + 1] * x[i];
  }
}

/**
 * The measurement of parallel imaging (Pruessmann et al., MRM 46, 2001): `A x = M F (S_c x)`, coil sensitivities,
 * centred orthonormal Fourier transform, sampling mask. `|A| <= 1` where `sum_c |S_c|^2 <= 1`.
 *
 * Where the mask keeps whole lines, `A^H A` does not mix readout positions: the readout's transform and its inverse
 * cancel, and the normal operator transforms along phase encoding only.
 *
 * @param maps `[coil, y, x]`
 * @param mask `[ky]` or `[ky, kx]`
 * @throws EchoError SHAPE_MISMATCH when the mask does not fit the maps.
 */
export function senseOperator(maps: ComplexArray, mask: SamplingMask): LinearOperator {
  const [coils, rows, columns] = maps.shape;
  const domain = [rows, columns];
  if (mask.shape[0] !== rows || (mask.shape.length === 2 && mask.shape[1] !== columns)) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `the mask has shape ${mask.shape.join(" x ")}, the maps ${coils} coils of ${rows} x ${columns}`,
    );
  }
  const wholeLines = mask.shape.length === 1;
  return {
    domain,
    range: [coils, rows, columns],
    forward(x) {
      const out = complexZeros(coils, rows, columns);
      for (let coil = 0; coil < coils; coil++) {
        const plane = complexPart(out, coil);
        weight(complexPart(maps, coil).data, x.data, plane.data);
        fft2Centred(plane, false);
        applyMask(plane, mask);
      }
      return out;
    },
    adjoint(y) {
      const out = complexZeros(rows, columns);
      const plane = complexZeros(rows, columns);
      for (let coil = 0; coil < coils; coil++) {
        plane.data.set(complexPart(y, coil).data);
        applyMask(plane, mask);
        fft2Centred(plane, true);
        addConjugateWeighted(complexPart(maps, coil).data, plane.data, out.data);
      }
      return out;
    },
    normal(x) {
      const out = complexZeros(rows, columns);
      const plane = complexZeros(rows, columns);
      for (let coil = 0; coil < coils; coil++) {
        const map = complexPart(maps, coil).data;
        weight(map, x.data, plane.data);
        if (wholeLines) fftAxisCentred(plane, 0, false);
        else fft2Centred(plane, false);
        applyMask(plane, mask);
        if (wholeLines) fftAxisCentred(plane, 0, true);
        else fft2Centred(plane, true);
        addConjugateWeighted(map, plane.data, out.data);
      }
      return out;
    },
  };
}
