import { expect, test } from "vitest";
import { complexZeros } from "../../../electron/engine/base/complex.ts";
import type { SamplingMask } from "../../../electron/engine/dataset/dataset.ts";
import {
  acquiredLines,
  around,
  calibrationBlock,
  kspacePeak,
} from "../../../electron/engine/physics/calibration.ts";
import { readCfl } from "../../support/cfl.ts";
import { describeShared, sharedData } from "../../support/shared.ts";

const lines = (...kept: number[]): SamplingMask => {
  const data = new Uint8Array(32);
  for (const line of kept) data[line] = 1;
  return { shape: [32], data };
};
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

test("a block lies around its centre as an axis does, floor(N/2)", () => {
  expect(around(16, 8, 32)).toEqual([12, 20]);
  expect(around(16, 7, 32)).toEqual([13, 20]);
  expect(around(2, 8, 32)).toEqual([0, 6]);
  expect(around(30, 8, 32)).toEqual([26, 32]);
});

test("the block of whole lines is the widest complete one around the peak", () => {
  const block = (mask: SamplingMask, peak: number): readonly number[] =>
    calibrationBlock(mask, [peak, 5], [32, 10]).rows;
  expect(block(lines(0, 4, ...range(12, 20), 24), 16)).toEqual([12, 20]);
  // One line off the middle: symmetric about the peak as far as lines were acquired.
  expect(block(lines(...range(12, 20)), 15)).toEqual([12, 19]);
  expect(block(lines(16), 16)).toEqual([16, 17]);
  expect(block(lines(3), 16)).toEqual([16, 16]);
  expect(block(lines(...range(0, 32)), 16)).toEqual([0, 32]);
  // Partial Fourier: lines end soon on one side.
  expect(block(lines(...range(12, 32)), 16)).toEqual([12, 21]);
});

test("the block of a mask without whole lines is a square", () => {
  const data = new Uint8Array(20 * 30);
  for (let row = 6; row < 14; row++) for (let column = 11; column < 19; column++) data[row * 30 + column] = 1;
  data[0] = 1;
  expect(calibrationBlock({ shape: [20, 30], data }, [10, 15], [20, 30])).toEqual({
    rows: [6, 14],
    columns: [11, 19],
  });
});

test("the peak is the strongest line and readout position, and no spike moves it", () => {
  const samples = complexZeros(2, 9, 12);
  for (let coil = 0; coil < 2; coil++) {
    for (let i = 0; i < 12; i++) samples.data[2 * (coil * 108 + 3 * 12 + i) + 1] = 2;
    for (let row = 0; row < 9; row++) samples.data[2 * (coil * 108 + row * 12 + 7)] = 2;
  }
  samples.data[0] = 5;
  expect(kspacePeak(samples)).toEqual([3, 7]);
  expect(
    acquiredLines({ shape: [2, 9, 12], data: samples.data.map((value) => (value === 2 ? 0 : value)) }),
  ).toEqual({
    shape: [9],
    data: Uint8Array.from([1, 0, 0, 0, 0, 0, 0, 0, 0]),
  });
});

describeShared("brain16", () => {
  test("its peak lies one line beside the middle", () => {
    // The energy of all coils; the one strongest sample of any coil is its neighbour at line 64.
    expect(kspacePeak(readCfl(sharedData("raw/brain16/brain16")))).toEqual([63, 63]);
  });
});
