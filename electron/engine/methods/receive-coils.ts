import { z } from "zod";
import type { ComplexArray } from "../base/complex.ts";
import type { KspaceDataset, KspaceSlice } from "../dataset/dataset.ts";
import { coilCompression } from "../physics/coil-compression.ts";
import { type CoilChange, type CoilMatrix, chained, changeCoils } from "../physics/coil-matrix.ts";
import { usableMaps } from "../physics/maps.ts";
import { noiseCovariance, noiseFigures, outerCovariance, whitening } from "../physics/prewhiten.ts";
import type { MethodContext } from "./method.ts";

/** What is done to the receive coils before a method sees them: options that methods of parallel imaging share. */
export const coilOptions = {
  whiten: z.enum(["auto", "estimate", "off"]).default("auto").meta({
    title: "Noise whitening",
    help: "Makes the noise of all coils equal and uncorrelated. auto: from the scan's noise readouts where it has them, else not at all. estimate: without noise readouts from the outer k-space, coils taken as uncorrelated. off: never.",
  }),
  virtualCoils: z.int().min(0).max(256).default(0).meta({
    title: "Virtual coils",
    help: "Compresses the coils to so many principal components, which is faster; 0 keeps them all.",
    unit: "coils",
  }),
};

export interface CoilSettings {
  whiten: "auto" | "estimate" | "off";
  virtualCoils: number;
}

/** A slice as its changed coils measure it; the input itself where nothing was to be done. */
export interface ReceiveCoils {
  readonly input: KspaceSlice;
  /** The context with given coil sensitivities changed alike. */
  readonly context: MethodContext;
  /** From the changed coils to the scan's own; null where nothing was changed. */
  readonly back: CoilMatrix | null;
  /**
   * What brings images that were solved for with normalised sensitivities `[coil, y, x]` of the changed coils to the
   * brightness they have with the scan's own coils.
   */
  restorer(maps: ComplexArray): (image: ComplexArray) => ComplexArray;
}

/** Coils that a method with these settings works on, of so many. */
export function coilsAfter(coils: number, { virtualCoils }: CoilSettings): number {
  return virtualCoils === 0 ? coils : Math.min(coils, virtualCoils);
}

/**
 * Whitens the noise and compresses the coils of a slice as its settings say, and tells what was done. Noise is that of
 * the whole scan, compression that of the slice.
 *
 * @throws EchoError SHAPE_MISMATCH when given coil sensitivities do not fit.
 */
export async function receiveCoils(
  input: KspaceSlice,
  dataset: KspaceDataset,
  settings: CoilSettings,
  context: MethodContext,
): Promise<ReceiveCoils> {
  const white = await whiteningOf(input, dataset, settings.whiten, context);
  const samples = white === null ? input.samples : changeCoils(white.forward, input.samples);
  const compression = settings.virtualCoils === 0 ? null : coilCompression(samples, settings.virtualCoils);
  if (compression !== null) {
    context.notice(
      `${settings.virtualCoils} virtual coils stand for ${dataset.coils} and keep ${atLeast(compression.kept)} of the samples' energy.`,
    );
  }
  const change =
    white !== null && compression !== null
      ? chained(white, compression.change)
      : (white ?? compression?.change ?? null);
  if (change === null) return { input, context, back: null, restorer: () => (image) => image };

  const changed: KspaceSlice = {
    samples: compression === null ? samples : changeCoils(compression.change.forward, samples),
    mask: input.mask,
    calibration: input.calibration === null ? null : changeCoils(change.forward, input.calibration),
  };
  if (context.maps === null) {
    return {
      input: changed,
      context,
      back: change.back,
      restorer: (maps) => weighting(coilLength(changeCoils(change.back, maps))),
    };
  }
  const given = usableMaps(context.maps, input.samples.shape);
  if (given.notice !== null) context.notice(given.notice);
  const maps = changeCoils(change.forward, given.maps);
  const inverse = coilLength(maps).map((length) => (length > 0 ? 1 / length : 0));
  for (let i = 0; i < maps.data.length; i++) maps.data[i] *= inverse[Math.floor(i / 2) % inverse.length];
  return {
    input: changed,
    context: { ...context, maps },
    back: change.back,
    restorer: () => weighting(inverse),
  };
}

/** `sqrt(sum_c |S_c|^2)` per pixel of `[coil, y, x]`. */
function coilLength({ shape, data }: ComplexArray): Float32Array {
  const pixels = data.length / 2 / shape[0];
  const sums = new Float64Array(pixels);
  for (let at = 0; at < data.length / 2; at++) sums[at % pixels] += data[2 * at] ** 2 + data[2 * at + 1] ** 2;
  return Float32Array.from(sums, Math.sqrt);
}

function weighting(factors: Float32Array): (image: ComplexArray) => ComplexArray {
  return ({ shape, data }) => ({ shape, data: data.map((value, i) => value * factors[i >> 1]) });
}

/** Coarse, so that slices of one scan say the same. */
function atLeast(part: number): string {
  const step = [0.9999, 0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5].find((one) => part >= one);
  return step === undefined ? "less than half" : `at least ${100 * step} %`;
}

/** Whitening by noise readouts is the same for every slice of a dataset: they are read once. */
const scanWhitening = new WeakMap<
  KspaceDataset,
  Promise<{ change: CoilChange | null; notice: string } | null>
>();

async function whiteningOf(
  input: KspaceSlice,
  dataset: KspaceDataset,
  whiten: CoilSettings["whiten"],
  context: MethodContext,
): Promise<CoilChange | null> {
  if (whiten === "off") return null;
  let scan = scanWhitening.get(dataset);
  if (scan === undefined) {
    scan = noiseScanWhitening(dataset);
    scanWhitening.set(dataset, scan);
  }
  const found = await scan;
  if (found !== null) {
    context.notice(found.notice);
    return found.change;
  }
  if (whiten === "auto") return null;
  const covariance = outerCovariance(input);
  const change = covariance === null ? null : whitening(covariance);
  context.notice(
    change === null
      ? "The noise could not be estimated from the outer k-space: the samples were not whitened."
      : `The noise was estimated from the outer k-space, coils taken as uncorrelated: about ${noiseFigures(covariance!).level.toPrecision(1)} per real component. The samples were whitened with it.`,
  );
  return change;
}

async function noiseScanWhitening(
  dataset: KspaceDataset,
): Promise<{ change: CoilChange | null; notice: string } | null> {
  const noise = await dataset.readNoise();
  if (noise === null) return null;
  const covariance = noise.shape[0] === dataset.coils ? noiseCovariance(noise) : null;
  const change = covariance === null ? null : whitening(covariance);
  if (covariance === null || change === null) {
    const notice = `The scan's noise readouts (${noise.shape[0]} coils, ${noise.shape[1]} samples) give no usable covariance of its ${dataset.coils} coils: the samples were not whitened.`;
    return { change: null, notice };
  }
  const { level, least, largest, correlation } = noiseFigures(covariance);
  const written = (value: number): string => value.toPrecision(3);
  const notice = `The samples were whitened with the scan's noise readouts: ${written(level)} per real component (coils from ${written(least)} to ${written(largest)}), largest correlation between coils ${correlation.toFixed(2)}.`;
  return { change, notice };
}
