import { expect, test } from "vitest";
import { complexZeros } from "../../../electron/engine/base/complex.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { combineCoils, rootSumOfSquares } from "../../../electron/engine/physics/combine.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { randomArray } from "../../support/operator.ts";

test.each([
  [12, 12],
  [9, 14],
])("both combinations give back the image of a fully sampled scan, %i x %i", (rows, columns) => {
  const maps = simulatedCoils(5, rows, columns, 2);
  const image = randomArray([rows, columns], 1);
  const mask = drawMask(parseMask("equispaced:1:0:0"), rows, columns, 0);
  const samples = senseOperator(maps, mask).forward(image);
  const kept = samples.data.slice();
  const rss = rootSumOfSquares(samples);
  const combined = combineCoils(samples, maps);
  expect(samples.data).toEqual(kept);
  for (let i = 0; i < image.data.length; i += 2) {
    expect(rss.data[i]).toBeCloseTo(Math.hypot(image.data[i], image.data[i + 1]), 5);
    expect(rss.data[i + 1]).toBe(0);
    expect(combined.data[i]).toBeCloseTo(image.data[i], 5);
    expect(combined.data[i + 1]).toBeCloseTo(image.data[i + 1], 5);
  }
});

test("amplitudes at the ends of what scanners give neither overflow nor vanish", () => {
  for (const size of [1e-30, 1e30]) {
    const samples = complexZeros(2, 4, 4);
    samples.data[2 * (2 * 4 + 2)] = size;
    samples.data[2 * (16 + 2 * 4 + 2) + 1] = size;
    const { data } = rootSumOfSquares(samples);
    expect(data[0] / size).toBeCloseTo(Math.SQRT2 / 4, 6);
  }
});
