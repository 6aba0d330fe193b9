import { expect, test } from "vitest";
import { energy } from "../../../electron/engine/base/complex.ts";
import { coilCompression } from "../../../electron/engine/physics/coil-compression.ts";
import { changeCoils, coilGram, coilMatrix } from "../../../electron/engine/physics/coil-matrix.ts";
import { nrmse } from "../../support/compare.ts";
import { randomArray } from "../../support/operator.ts";

/** Eight coils that only three independent signals reach. */
const dependent = (() => {
  const mixing = coilMatrix(8, 3);
  const weights = randomArray([8, 3], 1).data;
  for (let i = 0; i < 24; i++) [mixing.re[i], mixing.im[i]] = [weights[2 * i], weights[2 * i + 1]];
  return changeCoils(mixing, randomArray([3, 17, 12], 2));
})();

test("keeps everything of coils that depend on each other", () => {
  const { change, kept } = coilCompression(dependent, 3)!;
  expect(kept).toBeCloseTo(1, 9);
  const virtual = changeCoils(change.forward, dependent);
  expect(virtual.shape).toEqual([3, 17, 12]);
  expect(nrmse(dependent.data, changeCoils(change.back, virtual).data)).toBeLessThan(1e-6);
});

test("the kept energy is that of the virtual coils, largest first, and what is lost is the rest", () => {
  const samples = randomArray([6, 9, 10], 3);
  const { change, kept } = coilCompression(samples, 4)!;
  const virtual = changeCoils(change.forward, samples);
  const total = energy(samples.data);
  expect(energy(virtual.data) / total).toBeCloseTo(kept, 6);
  expect(nrmse(samples.data, changeCoils(change.back, virtual).data) ** 2).toBeCloseTo(1 - kept, 6);
  const gram = coilGram(virtual);
  for (let one = 0; one < 4; one++) {
    for (let other = 0; other < one; other++) {
      expect(Math.hypot(gram.re[one * 4 + other], gram.im[one * 4 + other]) / total).toBeLessThan(1e-6);
    }
    if (one > 0) expect(gram.re[one * 5]).toBeLessThan(gram.re[(one - 1) * 5]);
  }
});

test("does nothing with as many coils as there are, or without signal", () => {
  expect(coilCompression(dependent, 8)).toBeNull();
  expect(coilCompression({ shape: [4, 2, 2], data: new Float32Array(32) }, 2)).toBeNull();
  expect(coilCompression({ shape: [4, 2, 2], data: new Float32Array(32).fill(Number.NaN) }, 2)).toBeNull();
});
