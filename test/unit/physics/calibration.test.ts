import { describe, expect, test } from "vitest";
import { type ComplexArray, complexZeros } from "../../../electron/engine/base/complex.ts";
import type { KspaceSlice, SamplingMask } from "../../../electron/engine/dataset/dataset.ts";
import {
  acquiredLines,
  around,
  calibrationBlock,
  calibrationOf,
  kspacePeak,
  strongestBlock,
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

describe("the strongest block", () => {
  /** Samples that are the stronger the nearer to a place, in two coils. */
  const hill = (rows: number, columns: number, [y, x]: readonly [number, number]): ComplexArray => {
    const samples = complexZeros(2, rows, columns);
    for (let i = 0; i < 2 * rows * columns; i++) {
      const [row, column] = [Math.floor(i / columns) % rows, i % columns];
      samples.data[2 * i + (i % 2)] = Math.exp(-((row - y) ** 2 + (column - x) ** 2) / 40);
    }
    return samples;
  };
  const blockOf = (mask: SamplingMask, peak: readonly [number, number], side: number, separate = false) => {
    const samples = hill(32, 20, peak);
    const input: KspaceSlice = {
      samples: separate ? complexZeros(2, 32, 20) : samples,
      mask,
      calibration: separate ? samples : null,
    };
    return strongestBlock(calibrationOf(input), side);
  };

  test("uses every one of an even number of central lines, wherever the peak is among them", () => {
    const mask = lines(0, 4, ...range(12, 20), 24);
    expect(blockOf(mask, [15, 9], 24)).toEqual({ rows: [12, 20], columns: [0, 20] });
    expect(blockOf(mask, [18, 9], 24).rows).toEqual([12, 20]);
    expect(blockOf(mask, [15, 9], 24, true).rows).toEqual([3, 27]);
  });

  test("is the part of largest energy where there is more, cut at the ends of the readout", () => {
    const every = lines(...range(0, 32));
    expect(blockOf(every, [14, 9], 7)).toEqual({ rows: [11, 18], columns: [6, 13] });
    expect(blockOf(every, [30, 1], 8)).toEqual({ rows: [24, 32], columns: [0, 8] });
    // The peak counts, not what lies beyond a gap.
    expect(blockOf(lines(...range(0, 14), ...range(15, 24)), [17, 9], 24).rows).toEqual([15, 24]);
  });

  test("of a mask without whole lines lies in the square around the peak", () => {
    const data = Uint8Array.from({ length: 32 * 20 }, (_, i) => {
      const [row, column] = [Math.floor(i / 20), i % 20];
      return row >= 10 && row < 22 && column >= 4 && column < 16 ? 1 : 0;
    });
    expect(blockOf({ shape: [32, 20], data }, [16, 10], 24)).toEqual({ rows: [10, 22], columns: [4, 16] });
    expect(blockOf({ shape: [32, 20], data }, [16, 10], 7)).toEqual({ rows: [13, 20], columns: [7, 14] });
  });
});
