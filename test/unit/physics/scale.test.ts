import { expect, test } from "vitest";
import { type ComplexArray, complexZeros } from "../../../electron/engine/base/complex.ts";
import type { KspaceSlice, SamplingMask } from "../../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { fft2Centred } from "../../../electron/engine/physics/fft.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { magnitudePercentile, scanScale } from "../../../electron/engine/physics/scale.ts";
import { maskedSlice } from "../../support/method-run.ts";

const full = (rows: number): SamplingMask => ({ shape: [rows], data: new Uint8Array(rows).fill(1) });

/** A smooth blob of height `height` on 96 x 80, seen by four normalised coils. */
function blob(height: number): ComplexArray {
  const [rows, columns, coils] = [96, 80, 4];
  const samples = simulatedCoils(coils, rows, columns, 1);
  for (let i = 0; i < coils * rows * columns; i++) {
    const at = i % (rows * columns);
    const y = Math.floor(at / columns) - rows / 2;
    const x = (at % columns) - columns / 2;
    const value = height * Math.exp(-(x * x + y * y) / 450);
    samples.data[2 * i] *= value;
    samples.data[2 * i + 1] *= value;
  }
  fft2Centred(samples, false);
  return samples;
}

test("the percentile is linear between neighbours, as numpy's", () => {
  const image = complexZeros(1, 5);
  [3, -1, 4, 0, 2].forEach((value, i) => {
    image.data[2 * i] = value;
  });
  expect(magnitudePercentile(image, 0.5)).toBe(2);
  expect(magnitudePercentile(image, 0.995)).toBeCloseTo(3.98, 6);
  expect(magnitudePercentile(image, 1)).toBe(4);
});

test("a scan is scaled to about the height of what it shows, whatever mask and absolute size", () => {
  for (const height of [4e-4, 1, 5e13]) {
    for (const spec of ["equispaced:1:0:0", "equispaced:3:24:0", "random:4:16"]) {
      const input = maskedSlice(blob(height), drawMask(parseMask(spec), 96, 80, 2));
      const { factor, from } = scanScale(input, null);
      expect(from).toBe("block");
      expect(factor / height, `${spec} ${height}`).toBeGreaterThan(0.85);
      expect(factor / height, `${spec} ${height}`).toBeLessThan(1.05);
    }
  }
});

test("only the central 24 lines count", () => {
  const samples = blob(1);
  const before = scanScale({ samples, mask: full(96), calibration: null }, null).factor;
  for (let coil = 0; coil < 4; coil++) {
    for (const row of [35, 60])
      samples.data.fill(0.3, 2 * (coil * 96 + row) * 80, 2 * (coil * 96 + row + 1) * 80);
  }
  expect(scanScale({ samples, mask: full(96), calibration: null }, null).factor).toBeCloseTo(before, 6);
});

test("without a central block the image of all samples gives the scale, with maps the combined one", () => {
  const input = maskedSlice(blob(1), drawMask(parseMask("equispaced:4:0:0"), 96, 80, 0));
  const plain = scanScale(input, null);
  const combined = scanScale(input, simulatedCoils(4, 96, 80, 1));
  expect([plain.from, combined.from]).toEqual(["image", "image"]);
  expect(combined.factor).toBeGreaterThan(0);
  expect(combined.factor).toBeLessThanOrEqual(plain.factor * 1.00001);
});

test("empty and broken data are not scaled", () => {
  const input = (value: number): KspaceSlice => {
    const samples = complexZeros(1, 16, 16);
    samples.data.fill(value);
    return { samples, mask: full(16), calibration: null };
  };
  expect(scanScale(input(0), null)).toEqual({ factor: 1, from: "empty" });
  expect(scanScale(input(Number.NaN), null)).toEqual({ factor: 1, from: "empty" });
});
