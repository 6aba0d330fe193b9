import type { ComplexArray } from "../base/complex.ts";
import { complexPart, complexZeros, magnitude } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { randomStream } from "../base/random.ts";
import type { ImageDataset, SamplingMask } from "../dataset/dataset.ts";
import { geometryOfSlices } from "../dataset/geometry.ts";
import { fft2Centred } from "../physics/fft.ts";
import { addNoise } from "../physics/noise.ts";
import { type Scale, scanScale } from "../physics/scale.ts";
import { applyMask } from "../physics/sense.ts";
import type { RawScan } from "../write/writer.ts";
import { simulatedCoils, simulatedPhase } from "./simulated-coils.ts";

export interface SimulateSettings {
  readonly coils: number;
  /** Null: fully sampled. */
  readonly mask: SamplingMask | null;
  /** What the mask was drawn from, for the note in the file. */
  readonly maskName: string | null;
  /** Standard deviation per real component, in units of the scan's scale. */
  readonly noise: number;
  readonly seed: number;
  /** Half-open range of slices. */
  readonly slices: readonly [number, number];
}

/** The scale rule for an image `[y, x]`, taken as the scan of one uniform coil. */
export function imageScale(image: ComplexArray): Scale {
  const [rows, columns] = image.shape;
  const samples: ComplexArray = { shape: [1, rows, columns], data: Float32Array.from(image.data) };
  fft2Centred(samples, false);
  const mask: SamplingMask = { shape: [rows], data: new Uint8Array(rows).fill(1) };
  return scanScale({ samples, mask, calibration: null }, null);
}

/** What the coils measure of one slice, without noise: `M F (S_c phase x)`, written into `out` `[coil, ky, kx]`. */
function measure(image: ComplexArray, phase: ComplexArray, maps: ComplexArray, out: ComplexArray): void {
  const coils = maps.shape[0];
  for (let coil = 0; coil < coils; coil++) {
    const map = complexPart(maps, coil).data;
    const plane = complexPart(out, coil);
    for (let i = 0; i < plane.data.length; i += 2) {
      const [pr, pi] = [phase.data[i], phase.data[i + 1]];
      const re = image.data[i] * pr - image.data[i + 1] * pi;
      const im = image.data[i] * pi + image.data[i + 1] * pr;
      plane.data[i] = map[i] * re - map[i + 1] * im;
      plane.data[i + 1] = map[i] * im + map[i + 1] * re;
    }
    fft2Centred(plane, false);
  }
}

/**
 * Multi-coil k-space of an image dataset: a ring of smooth coils, a smooth phase, white complex noise and a mask. Slices
 * are read one after the other. Coils and phase are those of the whole scan, noise is drawn per slice and coil, so
 * a slice is the same whichever range it is simulated in, but for the noise's unit: that is the scale of the middle
 * slice asked for, and is told in the note. Samples keep the image's own scale.
 *
 * The reference is the magnitude of the image itself, which is the root sum of squares over the coils of the
 * fully sampled scan without noise.
 *
 * @param step awaited before every slice with the part that is done; may throw to cancel.
 * @throws EchoError UNSUPPORTED when the middle slice is empty: noise would have no unit.
 */
export async function simulateScan(
  dataset: ImageDataset,
  settings: SimulateSettings,
  step: (fraction: number, slice: number) => Promise<void>,
): Promise<RawScan> {
  const [rows, columns] = dataset.matrix;
  const { coils, mask, maskName, noise, seed } = settings;
  const [from, to] = settings.slices;
  const count = to - from;
  const maps = simulatedCoils(coils, rows, columns, seed);
  const phase = simulatedPhase(rows, columns, seed);
  const middle = from + Math.floor(count / 2);
  const { factor: unit, from: scaleFrom } = imageScale(await dataset.readImage(middle));
  if (scaleFrom === "empty") {
    throw new EchoError("UNSUPPORTED", `slice ${middle}, the middle one, is empty: the noise has no unit`, {
      path: dataset.files[0] ?? null,
      hint: "Choose slices that show the object with --slices a:b.",
    });
  }
  const samples = complexZeros(count, coils, rows, columns);
  const reference = complexZeros(count, rows, columns);
  for (let index = 0; index < count; index++) {
    await step(index / count, from + index);
    const image = await dataset.readImage(from + index);
    const measured = complexPart(samples, index);
    measure(image, phase, maps, measured);
    for (let coil = 0; coil < coils; coil++) {
      const plane = complexPart(measured, coil);
      addNoise(plane, noise * unit, randomStream(seed, "simulate.noise", (from + index) * coils + coil));
      if (mask !== null) applyMask(plane, mask);
    }
    const picture = complexPart(reference, index).data;
    magnitude(image).data.forEach((value, i) => {
      picture[2 * i] = value;
    });
  }
  const sampling = maskName === null ? "fully sampled" : `mask ${maskName}`;
  return {
    title: `${dataset.title} (simulated)`,
    samples,
    mask: mask ?? { shape: [rows], data: new Uint8Array(rows).fill(1) },
    geometry: geometryOfSlices(dataset.geometry, from, to),
    origin: dataset.origin,
    synthetic: true,
    note: `Synthetic k-space of an image: ${coils} coils, ${sampling}, noise ${noise} per real component in units of the scale ${unit.toPrecision(6)}, seed ${seed}.`,
    reference,
  };
}
