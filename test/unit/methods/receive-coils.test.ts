import { describe, expect, test } from "vitest";
import { type ComplexArray, complexPart } from "../../../electron/engine/base/complex.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import type { KspaceSlice } from "../../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { nrmse } from "../../support/compare.ts";
import { maskedSlice, runMethod } from "../../support/method-run.ts";
import { randomArray } from "../../support/operator.ts";

const [rows, columns, coils] = [48, 41, 6];
const maps = simulatedCoils(coils, rows, columns, 1);
/** One coil is ten times as noisy as the others. */
const sigmas = [1, 1, 10, 1, 1, 1];

const object = (() => {
  const image = randomArray([rows, columns], 1);
  for (let i = 0; i < rows * columns; i++) {
    const y = Math.floor(i / columns) / rows - 0.5;
    const x = (i % columns) / columns - 0.5;
    image.data[2 * i] = x * x + y * y < 0.14 ? 1 + 0.4 * Math.sin(20 * x) * Math.cos(17 * y) : 0;
    image.data[2 * i + 1] = 0;
  }
  return image;
})();

function noisy(array: ComplexArray, sigma: number, seed: number): ComplexArray {
  const stream = randomStream(seed, "test.receive");
  for (let coil = 0; coil < array.shape[0]; coil++) {
    const { data } = complexPart(array, coil);
    for (let i = 0; i < data.length; i++) data[i] += sigma * sigmas[coil] * stream.normal();
  }
  return array;
}

function scan(sigma: number, spec = "equispaced:2:16:0"): KspaceSlice {
  const full = drawMask(parseMask("equispaced:1:0:0"), rows, columns, 0);
  const samples = noisy(senseOperator(maps, full).forward(object), sigma, 1);
  return maskedSlice(samples, drawMask(parseMask(spec), rows, columns, 0));
}

const noiseScan = noisy({ shape: [coils, 600], data: new Float32Array(2 * coils * 600) }, 0.02, 2);
const errorOf = (image: ComplexArray): number => nrmse(object.data, image.data);

describe("whitening in sense", () => {
  test("by noise readouts: a noisy coil counts for less, said with its figures", async () => {
    const input = scan(0.02);
    const run = (whiten: string) => runMethod("sense", input, { whiten }, { maps, noise: noiseScan });
    const [off, auto] = [await run("off"), await run("auto")];
    expect(errorOf(auto.result.image)).toBeLessThan(0.65 * errorOf(off.result.image));
    expect(off.told.notices).toEqual([]);
    expect(auto.told.notices).toHaveLength(1);
    expect(auto.told.notices[0]).toMatch(
      /noise readouts: 0\.08\d* per real component \(coils from 0\.0\d+ to 0\.[12]\d+\)/,
    );
  });

  test("estimated maps give the brightness of the scan's own coils", async () => {
    const input = scan(0);
    const off = await runMethod("sense", input, { whiten: "off" });
    const auto = await runMethod("sense", input, {}, { noise: noiseScan });
    expect(auto.told.notices.join()).toContain("noise readouts");
    const magnitude = (image: ComplexArray): Float32Array =>
      Float32Array.from({ length: rows * columns }, (_, i) =>
        Math.hypot(image.data[2 * i], image.data[2 * i + 1]),
      );
    const [mine, own] = [magnitude(auto.result.image), magnitude(off.result.image)];
    expect(nrmse(own, mine)).toBeLessThan(0.03);
    expect(nrmse(magnitude(auto.told.previews.at(-1)!), mine)).toBeLessThan(1e-3);
  });

  test("estimated from the outer k-space only when asked, and said", async () => {
    const input = scan(0.02);
    const auto = await runMethod("sense", input, {}, { maps });
    expect(auto.told.notices).toEqual([]);
    const estimated = await runMethod("sense", input, { whiten: "estimate" }, { maps });
    expect(estimated.told.notices[0]).toMatch(/outer k-space, coils taken as uncorrelated: about 0\.\d+ per/);
    expect(errorOf(estimated.result.image)).toBeLessThan(0.7 * errorOf(auto.result.image));
  });

  test("noise readouts that do not fit are not used, and it is said", async () => {
    const foreign = { shape: [coils + 1, 600], data: new Float32Array(2 * (coils + 1) * 600).fill(1) };
    const { told, result } = await runMethod("sense", scan(0), {}, { maps, noise: foreign });
    expect(told.notices[0]).toMatch(/7 coils, 600 samples.*6 coils.*not whitened/);
    expect(errorOf(result.image)).toBeLessThan(0.02);
  });
});

describe("virtual coils in sense", () => {
  test("few of them give nearly the same image and brightness, with maps given and estimated", async () => {
    const input = scan(0);
    for (const given of [{ maps }, {}]) {
      const all = await runMethod("sense", input, {}, given);
      const few = await runMethod("sense", input, { virtualCoils: 5 }, given);
      expect(few.told.notices[0]).toMatch(/5 virtual coils stand for 6 and keep at least 9\d(\.\d+)? %/);
      const sizes = [all, few].map(({ result }) =>
        Math.sqrt(result.image.data.reduce((sum, v) => sum + v * v, 0)),
      );
      expect(sizes[1] / sizes[0]).toBeCloseTo(1, 1);
    }
    const few = await runMethod("sense", input, { virtualCoils: 5 }, { maps });
    expect(errorOf(few.result.image)).toBeLessThan(0.05);
  });

  test("as many as there are change nothing", async () => {
    const input = scan(0.01);
    const all = await runMethod("sense", input, {}, { maps });
    const same = await runMethod("sense", input, { virtualCoils: coils }, { maps });
    expect(same.result.image.data).toEqual(all.result.image.data);
    expect(same.told.notices).toEqual([]);
  });

  test("the input stays as it is", async () => {
    const input = scan(0.01);
    const before = input.samples.data.slice();
    await runMethod("sense", input, { virtualCoils: 3 }, { noise: noiseScan });
    expect(input.samples.data).toEqual(before);
  });
});
