import { describe, expect, test } from "vitest";
import { type ComplexArray, complexPart } from "../../../electron/engine/base/complex.ts";
import { cancelled } from "../../../electron/engine/base/errors.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import type { KspaceSlice } from "../../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { rootSumOfSquares } from "../../../electron/engine/physics/combine.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { nrmse } from "../../support/compare.ts";
import { maskedSlice, runMethod } from "../../support/method-run.ts";
import { randomArray } from "../../support/operator.ts";

const [rows, columns, coils] = [96, 81, 8];
/** The last coil is twenty times as noisy as the others. */
const sigmas = Array.from({ length: coils }, (_, coil) => (coil === coils - 1 ? 20 : 1));

const full = (() => {
  const image = randomArray([rows, columns], 1);
  for (let i = 0; i < rows * columns; i++) {
    const y = Math.floor(i / columns) / rows - 0.5;
    const x = (i % columns) / columns - 0.5;
    const body = x * x + y * y < 0.18 ? 1 + 0.5 * Math.sin(40 * x) * Math.cos(33 * y) : 0;
    image.data[2 * i] = body * Math.cos(2 * x + y);
    image.data[2 * i + 1] = body * Math.sin(2 * x + y);
  }
  const mask = drawMask(parseMask("equispaced:1:0:0"), rows, columns, 0);
  return senseOperator(simulatedCoils(coils, rows, columns, 4), mask).forward(image);
})();
const reference = rootSumOfSquares(full);

function noisy(array: ComplexArray, sigma: number, seed: number): ComplexArray {
  const out = { shape: array.shape, data: array.data.slice() };
  const stream = randomStream(seed, "test.grappa");
  for (let coil = 0; coil < coils; coil++) {
    const { data } = complexPart(out, coil);
    for (let i = 0; i < data.length; i++) data[i] += sigma * sigmas[coil] * stream.normal();
  }
  return out;
}

function scan(spec: string, sigma = 0): KspaceSlice {
  return maskedSlice(noisy(full, sigma, 1), drawMask(parseMask(spec), rows, columns, 0));
}

const errorOf = ({ data }: ComplexArray): number => nrmse(reference.data, data);

describe("grappa", () => {
  test.each([
    ["equispaced:2:20:0", 0.005],
    ["equispaced:3:20:1", 0.02],
  ])("%s gives the root sum of squares of the full scan to %d", async (spec, bound) => {
    const { result, told } = await runMethod("grappa", scan(spec), { regularisation: 1e-5 });
    expect(errorOf(result.image)).toBeLessThan(bound);
    expect(result).toMatchObject({ residual: null, iterations: 0, scale: 1 });
    expect(told.notices).toEqual([]);
    expect(told.steps.at(-1)?.fraction).toBe(1);
    expect(told.previews.at(-1)!.data).toEqual(result.image.data);
    // Previews begin with what was acquired and end with the image.
    expect(errorOf(told.previews[0])).toBeGreaterThan(5 * errorOf(result.image));
  });

  test("an irregular mask beats zero filling, and lines left empty are said", async () => {
    const input = scan("random:3:20");
    const { result, told } = await runMethod("grappa", input);
    const plain = await runMethod("zero-filled", input);
    expect(errorOf(result.image)).toBeLessThan(0.9 * errorOf(plain.result.image));
    expect(told.notices.join()).toMatch(/left empty.*sense or l1-wavelet/);
  });

  test("refuses without calibration lines, in words", async () => {
    await expect(runMethod("grappa", scan("equispaced:2:0:0"))).rejects.toMatchObject({
      fault: { code: "NO_CALIBRATION", reason: expect.stringContaining("up to 2 apart") },
    });
    await expect(runMethod("grappa", scan("equispaced:4:3:0"))).rejects.toThrow("NO_CALIBRATION");
  });

  test("whitening and compression are undone: brightness and acquired samples are the scan's own", async () => {
    const noise = noisy({ shape: [coils, 600], data: new Float32Array(2 * coils * 600) }, 0.01, 2);
    for (const raw of [{}, { virtualCoils: 7 }]) {
      const { result, told } = await runMethod("grappa", scan("equispaced:2:20:0"), raw, { noise });
      expect(told.notices.join()).toContain("whitened");
      expect(errorOf(result.image)).toBeLessThan(0.02);
    }
    const whole = await runMethod("grappa", scan("equispaced:1:0:0"), { virtualCoils: 3 }, { noise });
    expect(whole.result.image.data).toEqual(reference.data);
  });

  test("separate calibration lines are whitened and compressed alike", async () => {
    const noise = noisy({ shape: [coils, 600], data: new Float32Array(2 * coils * 600) }, 0.01, 2);
    const input = { ...scan("equispaced:2:0:0"), calibration: scan("equispaced:96:20:0").samples };
    for (const raw of [{ virtualCoils: 7 }, { whiten: "off", virtualCoils: 7 }]) {
      const { result } = await runMethod("grappa", input, raw, { noise });
      expect(errorOf(result.image)).toBeLessThan(0.03);
    }
  });

  test("whitening keeps a noisy coil from spoiling the others", async () => {
    const input = scan("equispaced:3:20:0", 0.01);
    const noise = noisy({ shape: [coils, 600], data: new Float32Array(2 * coils * 600) }, 0.01, 2);
    const [off, auto] = [
      await runMethod("grappa", input, { whiten: "off" }, { noise }),
      await runMethod("grappa", input, {}, { noise }),
    ];
    expect(errorOf(auto.result.image)).toBeLessThan(errorOf(off.result.image));
  });

  test("is cancelled at a step", async () => {
    let steps = 0;
    const run = runMethod(
      "grappa",
      scan("equispaced:3:20:0"),
      {},
      {
        onStep: (step) => {
          steps = step;
          if (step === 3) throw cancelled();
        },
      },
    );
    await expect(run).rejects.toThrow("CANCELLED");
    expect(steps).toBe(3);
  });
});
