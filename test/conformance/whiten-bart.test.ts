import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ComplexArray, complexZeros } from "../../electron/engine/base/complex.ts";
import type { KspaceDataset } from "../../electron/engine/dataset/dataset.ts";
import { changeCoils, coilMatrix } from "../../electron/engine/physics/coil-matrix.ts";
import { noiseCovariance, noiseFigures, whitening } from "../../electron/engine/physics/prewhiten.ts";
import { openPaths } from "../../electron/engine/read/index.ts";
import { readCfl, writeCfl } from "../support/cfl.ts";
import { nrmse } from "../support/compare.ts";
import { randomArray } from "../support/operator.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pureecho-whiten-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWithTools(["ismrmrd_generate_cartesian_shepp_logan"], "a scan with noise readouts", () => {
  test("the level that was generated is found, and the samples' own noise becomes white with it", async () => {
    runTool("ismrmrd_generate_cartesian_shepp_logan", [
      ...["-m", "128", "-c", "6", "-n", "0.2", "-C", "-o", file("noise.h5")],
    ]);
    const { datasets } = await openPaths([file("noise.h5")]);
    const scan = datasets[0] as KspaceDataset;
    const noise = (await scan.readNoise())!;
    expect(noise.shape[0]).toBe(6);
    const covariance = noiseCovariance(noise)!;
    const { level, correlation } = noiseFigures(covariance);
    // The generator adds normal noise of this deviation to the real and to the imaginary part.
    expect(level / 0.2).toBeGreaterThan(0.95);
    expect(level / 0.2).toBeLessThan(1.05);
    expect(correlation).toBeLessThan(0.2);
    const white = noiseCovariance(changeCoils(whitening(covariance)!.forward, noise))!;
    for (let i = 0; i < 36; i++) {
      expect(white.re[i] / (2 * level ** 2)).toBeCloseTo(i % 7 === 0 ? 1 : 0, 5);
      expect(white.im[i] / (2 * level ** 2)).toBeCloseTo(0, 5);
    }
  });
});

describeWithTools(["bart"], "whitening against bart whiten", () => {
  test("covariance and whitened samples are the same, but for our keeping of the size", () => {
    const coils = 4;
    const mixing = coilMatrix(coils, coils);
    const weights = randomArray([coils, coils], 7).data;
    for (let i = 0; i < coils * coils; i++) {
      mixing.re[i] = weights[2 * i] + (i % (coils + 1) === 0 ? 2 : 0);
      mixing.im[i] = weights[2 * i + 1];
    }
    const noise = changeCoils(mixing, randomArray([coils, 1, 500], 8));
    const samples = randomArray([coils, 12, 10], 9);
    writeCfl(file("noise"), noise);
    writeCfl(file("samples"), samples);
    runTool("bart", ["whiten", ...["samples", "noise", "white", "matrix", "covariance"].map(file)]);

    const found = noiseCovariance({ shape: [coils, 500], data: noise.data })!;
    const theirs = readCfl(file("covariance")).data;
    const ours: ComplexArray = complexZeros(coils, coils);
    // They divide by one sample less.
    for (let i = 0; i < coils * coils; i++) {
      ours.data[2 * i] = (found.re[i] * 500) / 499;
      ours.data[2 * i + 1] = (found.im[i] * 500) / 499;
    }
    const transposed = ours.data.map((value, i) => (i % 2 === 0 ? value : -value));
    expect(Math.min(nrmse(theirs, ours.data), nrmse(theirs, transposed))).toBeLessThan(1e-5);

    const { level } = noiseFigures(found);
    const white = changeCoils(whitening(found)!.forward, samples).data;
    const unit = Math.SQRT2 * level * Math.sqrt(500 / 499);
    expect(
      nrmse(
        readCfl(file("white")).data,
        white.map((value) => value / unit),
      ),
    ).toBeLessThan(1e-5);
  });
});
