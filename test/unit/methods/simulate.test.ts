import { expect, test } from "vitest";
import {
  type ComplexArray,
  complexPart,
  complexZeros,
  energy,
} from "../../../electron/engine/base/complex.ts";
import type { ImageDataset } from "../../../electron/engine/dataset/dataset.ts";
import { emptyOrigin, unknownGeometry } from "../../../electron/engine/dataset/geometry.ts";
import {
  imageScale,
  type SimulateSettings,
  simulateScan,
} from "../../../electron/engine/methods/simulate.ts";
import { simulatedCoils, simulatedPhase } from "../../../electron/engine/methods/simulated-coils.ts";
import { rootSumOfSquares } from "../../../electron/engine/physics/combine.ts";
import { fft2Centred } from "../../../electron/engine/physics/fft.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";

const [rows, columns, slices] = [40, 33, 3];

function picture(slice: number, height: number): ComplexArray {
  const image = complexZeros(rows, columns);
  for (let i = 0; i < rows * columns; i++) {
    const y = Math.floor(i / columns) / rows - 0.5;
    const x = (i % columns) / columns - 0.5;
    image.data[2 * i] = x * x + y * y < 0.1 ? height * (1 + 0.2 * slice + 0.3 * Math.sin(15 * x)) : 0;
  }
  return image;
}

function dataset(height: number): ImageDataset {
  return {
    kind: "image",
    id: "test",
    format: "test",
    title: "Object",
    files: ["object"],
    slices,
    geometry: unknownGeometry(slices, [1, 1], 5),
    origin: emptyOrigin(),
    synthetic: false,
    warnings: [],
    matrix: [rows, columns],
    window: null,
    readImage: async (slice) => picture(slice, height),
  };
}

const plain: SimulateSettings = {
  coils: 4,
  mask: null,
  maskName: null,
  noise: 0,
  seed: 1,
  slices: [0, slices],
};
const run = (changes: Partial<SimulateSettings>, height = 100) =>
  simulateScan(dataset(height), { ...plain, ...changes }, async () => undefined);

test("coils are normalised and smooth, one coil is uniform, the phase has unit size", () => {
  const maps = simulatedCoils(5, 31, 44, 3);
  for (let i = 0; i < 31 * 44; i++) {
    let sum = 0;
    for (let coil = 0; coil < 5; coil++)
      sum += Math.hypot(...complexPart(maps, coil).data.subarray(2 * i, 2 * i + 2)) ** 2;
    expect(sum).toBeCloseTo(1, 5);
  }
  let steepest = 0;
  for (let i = 0; i + 2 < maps.data.length; i += 2) {
    if ((i / 2 + 1) % 44 === 0) continue;
    steepest = Math.max(
      steepest,
      Math.hypot(maps.data[i + 2] - maps.data[i], maps.data[i + 3] - maps.data[i + 1]),
    );
  }
  expect(steepest).toBeLessThan(0.15);
  expect(simulatedCoils(1, 6, 5, 9).data.every((value, i) => value === (i % 2 === 0 ? 1 : 0))).toBe(true);
  const phase = simulatedPhase(9, 7, 2);
  for (let i = 0; i < 63; i++) expect(Math.hypot(phase.data[2 * i], phase.data[2 * i + 1])).toBeCloseTo(1, 6);
});

test("without noise the root sum of squares is the image, which is the reference", async () => {
  const scan = await run({});
  expect(scan.samples.shape).toEqual([slices, 4, rows, columns]);
  expect(scan.synthetic).toBe(true);
  for (let slice = 0; slice < slices; slice++) {
    const rss = rootSumOfSquares(complexPart(scan.samples, slice));
    const truth = picture(slice, 100);
    const reference = complexPart(scan.reference!, slice);
    for (let i = 0; i < rss.data.length; i += 2) {
      expect(Math.abs(rss.data[i] - truth.data[i])).toBeLessThan(2e-3);
      expect(reference.data[i]).toBe(truth.data[i]);
    }
  }
});

test("one uniform coil measures the complex image times the smooth phase", async () => {
  const image = picture(0, 10);
  for (let i = 0; i < image.data.length; i += 2) image.data[i + 1] = 0.7 * image.data[i] * Math.sin(i);
  const complex: ImageDataset = { ...dataset(10), readImage: async () => image };
  const settings = { ...plain, coils: 1, slices: [0, 1] as const };
  const { samples } = await simulateScan(complex, settings, async () => undefined);
  fft2Centred(samples, true);
  const phase = simulatedPhase(rows, columns, plain.seed).data;
  for (let i = 0; i < image.data.length; i += 2) {
    const [re, im] = [image.data[i], image.data[i + 1]];
    expect(Math.abs(samples.data[i] - (re * phase[i] - im * phase[i + 1]))).toBeLessThan(1e-4);
    expect(Math.abs(samples.data[i + 1] - (re * phase[i + 1] + im * phase[i]))).toBeLessThan(1e-4);
  }
});

test("noise has its deviation in units of the scale, whatever the height of the image", async () => {
  for (const height of [1e-3, 1e5]) {
    const [clean, noisy] = [await run({}, height), await run({ noise: 0.05 }, height)];
    const { factor } = imageScale(picture(1, height));
    expect(factor / height).toBeGreaterThan(0.8);
    const difference = noisy.samples.data.map((value, i) => value - clean.samples.data[i]);
    const deviation = Math.sqrt(energy(difference) / difference.length) / factor;
    expect(deviation).toBeGreaterThan(0.049);
    expect(deviation).toBeLessThan(0.051);
    expect(noisy.note).toContain("noise 0.05");
    expect(noisy.note).toContain(factor.toPrecision(6));
  }
});

test("what the mask leaves out is zero, the rest unchanged", async () => {
  const mask = drawMask(parseMask("equispaced:2:8:0"), rows, columns, 0);
  const [full, part] = [
    await run({ noise: 0.01 }),
    await run({ noise: 0.01, mask, maskName: "equispaced:2:8:0" }),
  ];
  for (let at = 0; at < part.samples.data.length; at++) {
    const row = Math.floor(at / (2 * columns)) % rows;
    expect(part.samples.data[at]).toBe(mask.data[row] === 0 ? 0 : full.samples.data[at]);
  }
  expect(part.mask).toBe(mask);
  expect(part.note).toContain("equispaced:2:8:0");
});

test("a seed gives the same scan again, another seed another; slices do not depend on each other", async () => {
  const one = await run({ noise: 0.02 });
  expect((await run({ noise: 0.02 })).samples.data).toEqual(one.samples.data);
  expect((await run({ noise: 0.02, seed: 2 })).samples.data).not.toEqual(one.samples.data);
  const middle = await run({ noise: 0.02, slices: [1, 2] });
  expect(complexPart(middle.samples, 0).data).toEqual(complexPart(one.samples, 1).data);
  expect(middle.geometry.positions).toEqual([one.geometry.positions[1]]);
  expect(complexPart(one.samples, 0).data).not.toEqual(complexPart(one.samples, 1).data);
});

test("it can be cancelled between slices, and an empty image is refused", async () => {
  const told: number[] = [];
  const cancel = simulateScan(dataset(1), plain, async (_, slice) => {
    told.push(slice);
    if (slice === 1) throw new Error("enough");
  });
  await expect(cancel).rejects.toThrow("enough");
  expect(told).toEqual([0, 1]);
  await expect(run({}, 0)).rejects.toThrow("UNSUPPORTED");
});
