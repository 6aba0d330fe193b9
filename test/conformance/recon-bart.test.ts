import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ComplexArray } from "../../electron/engine/base/complex.ts";
import type { SamplingMask } from "../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../electron/engine/methods/simulated-coils.ts";
import { drawMask, parseMask } from "../../electron/engine/physics/masks.ts";
import { readCfl, writeCfl } from "../support/cfl.ts";
import { nrmse, nrmseAfterScale } from "../support/compare.ts";
import { maskedSlice, runMethod } from "../support/method-run.ts";
import { describeShared, sharedData } from "../support/shared.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

let folder = "";
const file = (name: string): string => join(folder, name);
const bart = (...args: string[]): string => runTool("bart", args);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pureecho-bart-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const full = (rows: number): SamplingMask => ({ shape: [rows], data: new Uint8Array(rows).fill(1) });

/** Multiplies an axis of odd length by `exp(2 pi i k / N)`: moves the image by one pixel. */
function movedOnOddAxes(samples: ComplexArray): ComplexArray {
  const [, rows, columns] = samples.shape;
  const data = Float32Array.from(samples.data);
  for (let i = 0; i < data.length / 2; i++) {
    const turns =
      (rows % 2) * ((Math.floor(i / columns) % rows) / rows) + (columns % 2) * ((i % columns) / columns);
    const [c, s] = [Math.cos(2 * Math.PI * turns), Math.sin(2 * Math.PI * turns)];
    data[2 * i] = c * samples.data[2 * i] - s * samples.data[2 * i + 1];
    data[2 * i + 1] = s * samples.data[2 * i] + c * samples.data[2 * i + 1];
  }
  return { shape: samples.shape, data };
}

/**
 * `|theirs - f ours| / |theirs|` against `bart pics` with the same samples, maps and lambda, from zero and without
 * scaling of its own; |f| = 1. BART 0.8.00 modulates k-space and maps with the same sign: for even sides that is a
 * constant factor of 1 or -1, for odd sides it moves the image by one pixel against the maps, which is undone here.
 */
function differenceFromPics(
  samples: ComplexArray,
  image: ComplexArray,
  lambda: number,
  iterations: number,
): number {
  writeCfl(file("masked"), movedOnOddAxes(samples));
  const options = ["-l2", "-w", "1", "-r", String(lambda), "-i", String(iterations)];
  bart("pics", ...options, file("masked"), file("maps"), file("pics"));
  const theirs = readCfl(file("pics"));
  const { nrmse: difference, scale } = nrmseAfterScale(theirs.data, image.data);
  expect(Math.abs(Math.hypot(...scale) - 1)).toBeLessThan(1e-5);
  return difference;
}

describeWithTools(["bart"], "against BART", () => {
  describeShared("on brain16", () => {
    const stem = sharedData("raw/brain16/brain16");

    test("zero-filled is the root sum of squares of the inverse transform", async () => {
      const samples = readCfl(stem);
      const { result } = await runMethod("zero-filled", maskedSlice(samples, full(samples.shape[1])));
      bart("fft", "-iu", "3", stem, file("images"));
      bart("rss", "8", file("images"), file("rss"));
      const compared = nrmseAfterScale(readCfl(file("rss")).data, result.image.data);
      expect(compared.nrmse).toBeLessThan(1e-5);
      expect(compared.scale[0]).toBeCloseTo(1, 4);
    });

    test("sense is pics with the same maps, mask and lambda", async () => {
      const samples = readCfl(stem);
      bart("ecalib", "-m1", stem, file("maps"));
      const mask = drawMask(parseMask("equispaced:3:24:0"), samples.shape[1], samples.shape[2], 0);
      const input = maskedSlice(samples, mask);
      const { result } = await runMethod(
        "sense",
        input,
        { lambda: 0.01, iterations: 30 },
        { maps: readCfl(file("maps")) },
      );
      expect(differenceFromPics(input.samples, result.image, 0.01, 30)).toBeLessThan(1e-4);
    });

    test("sense with its own maps halves the error of zero filling inside the head", async () => {
      const samples = readCfl(stem);
      const [, rows, columns] = samples.shape;
      const reference = (await runMethod("zero-filled", maskedSlice(samples, full(rows)))).result.image.data;
      const peak = reference.reduce((largest, value) => Math.max(largest, value), 0);
      const input = maskedSlice(samples, drawMask(parseMask("equispaced:3:24:0"), rows, columns, 0));
      const magnitudeError = async (method: string): Promise<number> => {
        const { data } = (await runMethod(method, input)).result.image;
        let [error, norm] = [0, 0];
        for (let i = 0; i < data.length; i += 2) {
          if (reference[i] < 0.1 * peak) continue;
          error += (Math.hypot(data[i], data[i + 1]) - reference[i]) ** 2;
          norm += reference[i] ** 2;
        }
        return Math.sqrt(error / norm);
      };
      expect(await magnitudeError("sense")).toBeLessThan(0.55 * (await magnitudeError("zero-filled")));
    });
  });

  // 368 = 16 x 23; odd, prime and unlike sides; a side whose half is odd.
  test.each([
    [128, 128, "equispaced:3:24:0"],
    [93, 128, "equispaced:2:17:1"],
    [96, 77, "random:3:20"],
    [67, 46, "equispaced:2:16:0"],
    [368, 312, "equispaced:4:24:0"],
  ])("phantom of %i x %i lines and columns, %s", async (rows, columns, spec) => {
    const coils = 5;
    bart("phantom", "-x", String(Math.max(rows, columns)), file("square"));
    bart("resize", "-c", "0", String(columns), "1", String(rows), file("square"), file("object"));
    const maps = simulatedCoils(coils, rows, columns, 1);
    writeCfl(file("maps"), maps);
    bart("fmac", file("object"), file("maps"), file("images"));
    bart("fft", "-u", "3", file("images"), file("kspace"));
    const samples = readCfl(file("kspace"));
    expect(samples.shape).toEqual([coils, rows, columns]);

    bart("rss", "8", file("images"), file("rss"));
    const plain = await runMethod("zero-filled", maskedSlice(samples, full(rows)));
    expect(nrmse(readCfl(file("rss")).data, plain.result.image.data)).toBeLessThan(1e-5);

    const input = maskedSlice(samples, drawMask(parseMask(spec), rows, columns, 5));
    const { result } = await runMethod("sense", input, { lambda: 0.01, iterations: 30 }, { maps });
    expect(differenceFromPics(input.samples, result.image, 0.01, 30)).toBeLessThan(1e-4);
  });

  describeShared("on brain8_poisson", () => {
    test("a mask without whole lines goes the long way and still is pics", async () => {
      const samples = readNpyKspace(sharedData("raw/brain8-poisson/brain8_poisson.npy"));
      const [coils, rows, columns] = samples.shape;
      const plane = rows * columns;
      const acquired = Uint8Array.from({ length: plane }, (_, i) => {
        for (let coil = 0; coil < coils; coil++) if (samples.data[2 * (coil * plane + i)] !== 0) return 1;
        return 0;
      });
      const mask: SamplingMask = { shape: [rows, columns], data: acquired };
      writeCfl(file("poisson"), samples);
      bart("ecalib", "-m1", "-r", "24", file("poisson"), file("maps"));
      const input = maskedSlice(samples, mask);
      const { result } = await runMethod(
        "sense",
        input,
        { lambda: 0.01, iterations: 30 },
        { maps: readCfl(file("maps")) },
      );
      expect(differenceFromPics(input.samples, result.image, 0.01, 30)).toBeLessThan(1e-4);
    });
  });
});

/** Complex64 samples of a version 1 npy file in C order. */
function readNpyKspace(path: string): ComplexArray {
  const bytes = readFileSync(path);
  const header = 10 + bytes.readUInt16LE(8);
  const shape = /'shape': \(([^)]*)\)/
    .exec(bytes.toString("latin1", 10, header))![1]
    .split(",")
    .map(Number);
  return { shape, data: new Float32Array(new Uint8Array(bytes.subarray(header)).buffer) };
}
