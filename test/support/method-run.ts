import type { ComplexArray } from "../../electron/engine/base/complex.ts";
import type { KspaceDataset, KspaceSlice, SamplingMask } from "../../electron/engine/dataset/dataset.ts";
import { emptyOrigin, unknownGeometry } from "../../electron/engine/dataset/geometry.ts";
import { methodById, parseOptions } from "../../electron/engine/methods/index.ts";
import type { MethodContext, SliceResult } from "../../electron/engine/methods/method.ts";
import { applyMask } from "../../electron/engine/physics/sense.ts";

/** One slice with what the mask does not acquire set to zero. */
export function maskedSlice(samples: ComplexArray, mask: SamplingMask): KspaceSlice {
  const [coils, rows, columns] = samples.shape;
  const kept: ComplexArray = { shape: samples.shape, data: Float32Array.from(samples.data) };
  const plane = 2 * rows * columns;
  for (let coil = 0; coil < coils; coil++) {
    applyMask({ shape: [rows, columns], data: kept.data.subarray(coil * plane, (coil + 1) * plane) }, mask);
  }
  return { samples: kept, mask, calibration: null };
}

/** A dataset of one slice, as a reader would give it. */
export function oneSlice(input: KspaceSlice, noise: ComplexArray | null = null): KspaceDataset {
  const [coils, rows, columns] = input.samples.shape;
  const size = { matrix: [rows, columns] as const, fovMm: null };
  return {
    kind: "kspace",
    id: "test",
    format: "test",
    title: "test",
    files: [],
    slices: 1,
    geometry: unknownGeometry(1, [1, 1], null),
    origin: emptyOrigin(),
    synthetic: true,
    warnings: [],
    coils,
    encoded: size,
    recon: size,
    mask: input.mask,
    readKspace: async () => input,
    readNoise: async () => noise,
  };
}

export interface Told {
  readonly steps: { fraction: number; iteration?: number; residual?: number }[];
  readonly notices: string[];
  readonly previews: ComplexArray[];
}

/** Runs a method on one slice and keeps what it told; `onStep` may throw to cancel. */
export async function runMethod(
  id: string,
  input: KspaceSlice,
  raw: Record<string, unknown> = {},
  given: { maps?: ComplexArray; noise?: ComplexArray; seed?: number; onStep?: (step: number) => void } = {},
): Promise<{ result: SliceResult; told: Told }> {
  const method = methodById(id);
  const told: Told = { steps: [], notices: [], previews: [] };
  const context: MethodContext = {
    seed: given.seed ?? 0,
    threads: 1,
    slice: 0,
    maps: given.maps ?? null,
    notice: (text) => told.notices.push(text),
    async step(fraction, { iteration, residual, preview } = {}) {
      told.steps.push({ fraction, iteration, residual });
      if (preview) told.previews.push(preview());
      given.onStep?.(told.steps.length);
    },
  };
  const result = await method.runKspace!(
    input,
    oneSlice(input, given.noise),
    parseOptions(method, raw),
    context,
  );
  return { result, told };
}
