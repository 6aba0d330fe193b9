import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ComplexArray, complexZeros, magnitude } from "../../electron/engine/base/complex.ts";
import { randomStream } from "../../electron/engine/base/random.ts";
import type { KspaceSlice, SamplingMask } from "../../electron/engine/dataset/dataset.ts";
import { simulatedCoils, simulatedPhase } from "../../electron/engine/methods/simulated-coils.ts";
import { rootSumOfSquares } from "../../electron/engine/physics/combine.ts";
import { type EspiritMaps, espiritMaps } from "../../electron/engine/physics/espirit.ts";
import { fft2Centred } from "../../electron/engine/physics/fft.ts";
import { drawMask, parseMask } from "../../electron/engine/physics/masks.ts";
import { addNoise } from "../../electron/engine/physics/noise.ts";
import { readCfl, writeCfl } from "../support/cfl.ts";
import { nrmseAfterScale } from "../support/compare.ts";
import { maskedSlice, runMethod } from "../support/method-run.ts";
import { mapAgreement } from "../support/overlap.ts";
import { describeShared, sharedData } from "../support/shared.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pureecho-ecalib-"));
  // Its threads wait for each other busily, which takes seconds on a loaded machine.
  vi.stubEnv("OMP_NUM_THREADS", "1");
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const full = (rows: number): SamplingMask => ({ shape: [rows], data: new Uint8Array(rows).fill(1) });

/** BART's maps of the samples; `-O` takes eigenvectors from LAPACK instead of 30 iterations from the first coil. */
function ecalib(samples: ComplexArray, ...options: string[]): ComplexArray {
  writeCfl(file("kspace"), samples);
  runTool("bart", ["ecalib", "-m1", ...options, file("kspace"), file("maps")]);
  return readCfl(file("maps"));
}

async function ours(input: KspaceSlice, edges: "hard" | "soft" = "hard"): Promise<EspiritMaps> {
  const estimated = await espiritMaps(input, async () => {}, edges);
  expect(estimated).not.toBeNull();
  return estimated!;
}

/** `| |x| - rss | / |rss|` where the fully sampled image is brighter than a tenth of its peak. */
function errorInside(image: ComplexArray, reference: Float32Array): number {
  const peak = reference.reduce((largest, value) => Math.max(largest, value), 0);
  let [error, norm] = [0, 0];
  magnitude(image).data.forEach((value, i) => {
    if (reference[i] < 0.1 * peak) return;
    error += (value - reference[i]) ** 2;
    norm += reference[i] ** 2;
  });
  return Math.sqrt(error / norm);
}

/** SENSE with maps of the undersampled samples themselves, from here and from BART, judged by the full image. */
async function errorsOfSense(samples: ComplexArray, spec: string): Promise<{ own: number; bart: number }> {
  const [, rows, columns] = samples.shape;
  const reference = magnitude(rootSumOfSquares(samples)).data;
  const input = maskedSlice(samples, drawMask(parseMask(spec), rows, columns, 0));
  const run = async (maps: ComplexArray): Promise<number> =>
    errorInside((await runMethod("sense", input, {}, { maps })).result.image, reference);
  return { own: await run((await ours(input)).maps), bart: await run(ecalib(input.samples)) };
}

/** A head seen by a ring of 16 coils, with noise. */
function simulatedHead(real: ComplexArray): ComplexArray {
  const [, rows, columns] = real.shape;
  const brightness = magnitude(rootSumOfSquares(real)).data;
  const peak = brightness.reduce((largest, value) => Math.max(largest, value), 0);
  const phase = simulatedPhase(rows, columns, 2).data;
  const coils = simulatedCoils(16, rows, columns, 2);
  const samples = complexZeros(16, rows, columns);
  const plane = rows * columns;
  for (let at = 0; at < 16 * plane; at++) {
    const pixel = at % plane;
    const bright = brightness[pixel] < 0.03 * peak ? 0 : brightness[pixel] / peak;
    const [a, b] = [coils.data[2 * at] * bright, coils.data[2 * at + 1] * bright];
    const [c, d] = [phase[2 * pixel], phase[2 * pixel + 1]];
    samples.data[2 * at] = a * c - b * d;
    samples.data[2 * at + 1] = a * d + b * c;
  }
  fft2Centred(samples, false);
  addNoise(samples, 0.003, randomStream(4, "test.head"));
  return samples;
}

describeWithTools(["bart"], "coil sensitivities against ecalib", () => {
  describeShared("of a real head, 16 coils", () => {
    const real = (): ComplexArray => readCfl(sharedData("raw/brain16/brain16"));

    test("are ecalib's at every pixel, with its support and its phases", async () => {
      const samples = real();
      const { maps } = await ours(maskedSlice(samples, full(samples.shape[1])));
      const theirs = ecalib(samples);
      const { mean, firstPercentile, least, onlyOne, overlaps } = mapAgreement(maps, theirs);
      expect(overlaps.length).toBeGreaterThan(7000);
      expect(onlyOne).toBe(0);
      expect(mean).toBeGreaterThan(1 - 1e-10);
      expect(firstPercentile).toBeGreaterThan(1 - 1e-9);
      expect(least).toBeGreaterThan(1 - 1e-9);
      // One phase is left free for the whole image: that of an eigenvector.
      const { nrmse, scale } = nrmseAfterScale(theirs.data, maps.data);
      expect(nrmse).toBeLessThan(1e-5);
      expect(Math.hypot(...scale)).toBeCloseTo(1, 5);
    });

    test("with soft edges are ecalib's with soft edges", async () => {
      const samples = real();
      const { maps } = await ours(maskedSlice(samples, full(samples.shape[1])), "soft");
      const theirs = ecalib(samples, "-S");
      const { overlaps, onlyOne } = mapAgreement(maps, theirs);
      expect(overlaps.length).toBeGreaterThan(8000);
      expect(onlyOne).toBeLessThan(5);
      const { nrmse, scale } = nrmseAfterScale(theirs.data, maps.data);
      expect(nrmse).toBeLessThan(1e-4);
      expect(Math.hypot(...scale)).toBeCloseTo(1, 4);
    });

    test.each(["equispaced:2:24:0", "equispaced:3:24:0", "equispaced:4:24:0"])(
      "serve SENSE as well as ecalib's, %s",
      async (spec) => {
        for (const samples of [real(), simulatedHead(real())]) {
          const { own, bart } = await errorsOfSense(samples, spec);
          expect(own).toBeLessThan(1.01 * bart);
        }
      },
    );
  });

  // Forty-seven kernels of eight coils: second eigenvalues come close to the first, where 30 iterations do not settle.
  test.each([
    [96, 96],
    [80, 67],
  ])("of a noisy phantom of %i x %i are the converged eigenvectors at every pixel", async (rows, columns) => {
    const side = Math.max(rows, columns);
    runTool("bart", ["phantom", "-x", String(side), "-s", "8", file("square")]);
    runTool("bart", ["fft", "-u", "3", file("square"), file("transform")]);
    const crop = ["resize", "-c", "0", String(columns), "1", String(rows)];
    runTool("bart", [...crop, file("transform"), file("clean")]);
    runTool("bart", ["noise", "-s", "1", "-n", "1000", file("clean"), file("phantom")]);
    const samples = readCfl(file("phantom"));
    const { maps } = await ours(maskedSlice(samples, full(rows)));
    const { least, mean, onlyOne, overlaps } = mapAgreement(maps, ecalib(samples, "-O"));
    expect(overlaps.length).toBeGreaterThan(0.3 * rows * columns);
    // A pixel whose eigenvalue is the crop value to float32 may fall on either side.
    expect(onlyOne).toBeLessThanOrEqual(1);
    expect(mean).toBeGreaterThan(1 - 1e-10);
    expect(least).toBeGreaterThan(1 - 1e-7);
  });
});
