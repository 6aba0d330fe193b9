import { describe, expect, test } from "vitest";
import { type ComplexArray, complexZeros } from "../../../electron/engine/base/complex.ts";
import {
  hfen,
  judgeImages,
  logKernel,
  magnitudeVolume,
  nmse,
  psnr,
  ssimOfSlices,
  type Volume,
} from "../../../electron/engine/judge/metrics.ts";

/** Published example in float64: two slices of 16 x 16. */
function golden(slices: number): { g: Volume; p: Volume } {
  const [rows, columns] = [16, 16];
  const make = (value: (s: number, y: number, x: number) => number): Volume => ({
    slices,
    rows,
    columns,
    data: Float64Array.from({ length: slices * rows * columns }, (_, i) =>
      value(Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16),
    ),
  });
  const g = (s: number, y: number, x: number): number =>
    (0.5 + 0.5 * Math.sin(0.7 * x + 0.3 * y) * Math.cos(0.2 * x - 0.5 * y)) * (s + 1);
  return { g: make(g), p: make((s, y, x) => g(s, y, x) + 0.05 * Math.cos(1.3 * x) * Math.sin(0.9 * y)) };
}

describe("the published example", () => {
  const { g, p } = golden(2);

  test("NMSE and PSNR over the volume", () => {
    expect(Math.max(...g.data)).toBeCloseTo(1.987470099075807, 14);
    expect(nmse(g, p)).toBeCloseTo(8.37846009501663e-4, 15);
    expect(psnr(g, p)).toBeCloseTo(38.00760695619148, 11);
  });

  test("SSIM by slices with the volume's peak", () => {
    const slices = ssimOfSlices(g, p);
    expect(slices[0]).toBeCloseTo(0.9950955351801423, 12);
    expect(slices[1]).toBeCloseTo(0.9987439178391169, 12);
    expect((slices[0] + slices[1]) / 2).toBeCloseTo(0.9969197265096296, 12);
  });

  test("HFEN of the first slice and its filter", () => {
    expect(logKernel[7 * 15 + 7]).toBeCloseTo(-0.06287603293121624, 15);
    expect(logKernel[7 * 15 + 8]).toBeCloseTo(-0.0391589116632712, 15);
    const first = golden(1);
    expect(hfen(first.g, first.p)).toBeCloseTo(0.04825441709146365, 13);
  });
});

test("the smallest published example", () => {
  const volume = (...data: number[]): Volume => ({
    slices: 1,
    rows: 2,
    columns: 2,
    data: Float64Array.from(data),
  });
  const [g, p] = [volume(1, 2, 3, 4), volume(1, 2, 3, 5)];
  expect(nmse(g, p)).toBeCloseTo(0.0333333333, 9);
  expect(psnr(g, p)).toBeCloseTo(18.0617997398, 9);
});

function picture(slices: number, rows: number, columns: number, phase: number): ComplexArray {
  const out = complexZeros(slices, rows, columns);
  for (let i = 0; i < slices * rows * columns; i++) {
    const value = 1 + Math.sin(0.4 * (i % columns)) * Math.cos(0.3 * Math.floor(i / columns));
    out.data[2 * i] = value * Math.cos(phase);
    out.data[2 * i + 1] = value * Math.sin(phase);
  }
  return out;
}

describe("judging images", () => {
  test("magnitudes are compared: a phase changes nothing, equal images are perfect in finite numbers", () => {
    const metrics = judgeImages(picture(2, 12, 12, 1), picture(2, 12, 12, 1));
    expect(metrics).toMatchObject({ nmse: 0, nrmse: 0, psnr: 999, hfen: 0, n: 2 });
    expect(metrics.ssim).toBeCloseTo(1, 12);
    expect(judgeImages(picture(2, 12, 12, 2), picture(2, 12, 12, 1)).nmse).toBeLessThan(1e-12);
  });

  test("the central square of the last axis counts", () => {
    const [reference, image] = [picture(1, 20, 12, 0), picture(1, 20, 12, 0)];
    for (let row = 0; row < 20; row++) {
      if (row < 4 || row >= 16) image.data.fill(9, 2 * row * 12, 2 * (row + 1) * 12);
    }
    expect(judgeImages(image, reference).nmse).toBe(0);
    expect(magnitudeVolume(picture(1, 12, 20, 0))).toMatchObject({ rows: 12, columns: 20 });
  });

  test("nrmse is the root of nmse", () => {
    const image = picture(1, 16, 16, 0);
    const reference = { shape: image.shape, data: image.data.map((value) => value * 1.1) };
    const { nmse: squared, nrmse } = judgeImages(image, reference);
    expect(nrmse ** 2).toBeCloseTo(squared, 12);
    expect(nrmse).toBeCloseTo(0.1 / 1.1, 6);
  });

  test.each([
    ["another shape", picture(1, 12, 12, 0), picture(1, 12, 13, 0), "SHAPE_MISMATCH"],
    ["pictures that are too small", picture(1, 6, 6, 0), picture(1, 6, 6, 0), "SHAPE_MISMATCH"],
    ["an empty reference", picture(1, 12, 12, 0), complexZeros(1, 12, 12), "UNSUPPORTED"],
    [
      "values that are not finite",
      { shape: [1, 12, 12], data: new Float32Array(288).fill(Number.NaN) },
      picture(1, 12, 12, 0),
      "DAMAGED",
    ],
  ])("%s: refused", (_, image, reference, code) => {
    expect(() => judgeImages(image, reference)).toThrow(code);
  });
});
