import { describe, expect, test } from "vitest";
import { type ComplexArray, complexPart } from "../../../electron/engine/base/complex.ts";
import { cancelled } from "../../../electron/engine/base/errors.ts";
import type { KspaceSlice, SamplingMask } from "../../../electron/engine/dataset/dataset.ts";
import { simulatedCoils, simulatedPhase } from "../../../electron/engine/methods/simulated-coils.ts";
import { grappa, linesOf } from "../../../electron/engine/physics/grappa.ts";
import type { GrappaSettings } from "../../../electron/engine/physics/grappa-block.ts";
import { windowGram } from "../../../electron/engine/physics/grappa-gram.ts";
import { KernelSolver } from "../../../electron/engine/physics/grappa-kernels.ts";
import { lineKernels } from "../../../electron/engine/physics/grappa-lines.ts";
import { pointKernels } from "../../../electron/engine/physics/grappa-points.ts";
import type { Planes } from "../../../electron/engine/physics/lagged-gram.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { nrmse } from "../../support/compare.ts";
import { maskedSlice } from "../../support/method-run.ts";
import { randomArray } from "../../support/operator.ts";

const settings: GrappaSettings = { lines: 4, reach: 2, width: 5, regularisation: 1e-5 };
const quiet = async (): Promise<void> => {};

describe("kernels along phase encoding", () => {
  const plan = (pattern: string, half = 2, reach = 2, most = 99) =>
    lineKernels(
      Uint8Array.from(pattern, (one) => Number(one)),
      half,
      reach,
      (sources, span) => sources <= most && span <= 12,
    );

  test("gaps alike share one; the ends have their own, of one side", () => {
    const { kernels, predicted, empty, bridged } = plan("0100100100100");
    expect(kernels).toEqual([
      { sources: [1, 4], targets: [0], at: [0] },
      { sources: [0, 3, 6], targets: [1, 2], at: [1] },
      { sources: [0, 3, 6, 9], targets: [4, 5], at: [1] },
      { sources: [0, 3, 6], targets: [4, 5], at: [4] },
      { sources: [0, 3], targets: [4], at: [7] },
    ]);
    expect([predicted, empty, bridged]).toEqual([8, 0, 3]);
  });

  test("what lies further out than the outermost spacing was not meant to be measured", () => {
    const { predicted, empty } = plan("00000010101010");
    // One line before the first acquired one and one after the last.
    expect([predicted, empty]).toEqual([5, 0]);
  });

  test("lines out of reach stay empty, and are counted", () => {
    // Five missing lines do not close with a reach of 2, four do.
    const open = plan("110000011", 1);
    expect(open.kernels).toEqual([{ sources: [0, 6], targets: [1, 5], at: [1] }]);
    expect([open.predicted, open.empty]).toEqual([2, 3]);
    const closed = plan("11000011", 1);
    expect(closed.kernels).toEqual([{ sources: [0, 5], targets: [1, 2, 3, 4], at: [1] }]);
    expect([closed.predicted, closed.empty]).toEqual([4, 0]);
  });

  test("a gap too wide to reach across is filled from either side, and small blocks take fewer sources", () => {
    const wide = plan("110000000000000011", 2, 1);
    expect(wide.kernels).toEqual([
      { sources: [0, 1], targets: [2], at: [0] },
      { sources: [1, 2], targets: [0], at: [15] },
    ]);
    expect(wide).toMatchObject({ predicted: 2, empty: 12, bridged: 0 });
    expect(plan("10101010", 2, 2, 2).kernels.every((one) => one.sources.length <= 2)).toBe(true);
    expect(plan("10101010", 2, 2, 0)).toMatchObject({ kernels: [], predicted: 0, empty: 3 });
  });
});

describe("the Gram matrix of windows", () => {
  const [coils, rows, columns] = [2, 9, 11];
  const noise = randomArray([coils, rows, columns], 1).data;
  const block: Planes = {
    count: coils,
    rows,
    columns,
    re: Float64Array.from({ length: noise.length / 2 }, (_, i) => noise[2 * i]),
    im: Float64Array.from({ length: noise.length / 2 }, (_, i) => noise[2 * i + 1]),
  };

  test.each([
    [[0, 1, 4], 5, 3],
    [[0, 2], 3, 4],
    [[0], 1, 1],
  ])(
    "of lines %j, span %i, width %i is the sum over all windows, each over its energy",
    (lines, span, width) => {
      const gram = windowGram(block, lines, span, width);
      const places = lines.length * width;
      const at = (place: number, y: number, x: number): number =>
        (Math.floor(place / places) * rows + y + lines[Math.floor((place % places) / width)]) * columns +
        x +
        (place % width);
      const energies = Array.from({ length: rows - span + 1 }, (_, y) => {
        let sum = 0;
        for (let coil = 0; coil < coils; coil++) {
          for (let i = (coil * rows + y) * columns; i < (coil * rows + y + span) * columns; i++) {
            sum += block.re[i] ** 2 + block.im[i] ** 2;
          }
        }
        return sum;
      });
      const mean = energies.reduce((sum, value) => sum + 1 / value, 0) / energies.length;
      expect(gram.size).toBe(coils * places);
      for (let one = 0; one < gram.size; one++) {
        for (let other = 0; other <= one; other++) {
          let [re, im] = [0, 0];
          for (let y = 0; y + span <= rows; y++) {
            for (let x = 0; x + width <= columns; x++) {
              const [p, q] = [at(one, y, x), at(other, y, x)];
              re += (block.re[p] * block.re[q] + block.im[p] * block.im[q]) / energies[y] / mean;
              im += (block.im[p] * block.re[q] - block.re[p] * block.im[q]) / energies[y] / mean;
            }
          }
          expect(gram.re[one * gram.size + other]).toBeCloseTo(re, 8);
          expect(gram.im[one * gram.size + other]).toBeCloseTo(im, 8);
        }
      }
    },
  );

  test("weights that made a line are found again", () => {
    // Line 1 of every coil is made of lines 0 and 2 of both coils.
    const weights = randomArray([coils, coils, 2], 5).data;
    const [re, im] = [block.re.slice(), block.im.slice()];
    for (let row = 1; row + 1 < rows; row += 2) {
      for (let coil = 0; coil < coils; coil++) {
        for (let x = 0; x < columns; x++) {
          let [sumRe, sumIm] = [0, 0];
          for (let from = 0; from < 2 * coils; from++) {
            const source = (Math.floor(from / 2) * rows + row - 1 + 2 * (from % 2)) * columns + x;
            const [c, d] = [
              weights[2 * (2 * coils * coil + from)],
              weights[2 * (2 * coils * coil + from) + 1],
            ];
            sumRe += c * re[source] - d * im[source];
            sumIm += c * im[source] + d * re[source];
          }
          re[(coil * rows + row) * columns + x] = sumRe;
          im[(coil * rows + row) * columns + x] = sumIm;
        }
      }
    }
    // Windows of three lines would also start at odd lines: the block of one window is taken.
    const one = { count: coils, rows: 3, columns, re: new Float64Array(66), im: new Float64Array(66) };
    for (let coil = 0; coil < coils; coil++) {
      one.re.set(re.subarray(coil * rows * columns, coil * rows * columns + 33), 33 * coil);
      one.im.set(im.subarray(coil * rows * columns, coil * rows * columns + 33), 33 * coil);
    }
    const [found] = new KernelSolver(windowGram(one, [0, 1, 2], 3, 1), coils, 0).solve([0, 2], [1])!;
    for (let i = 0; i < found.re.length; i++) {
      expect(found.re[i]).toBeCloseTo(weights[2 * i], 6);
      expect(found.im[i]).toBeCloseTo(weights[2 * i + 1], 6);
    }
    expect(
      new KernelSolver(
        windowGram({ ...one, re: new Float64Array(66), im: new Float64Array(66) }, [0, 1, 2], 3, 1),
        coils,
        0,
      ).solve([0, 2], [1]),
    ).toBeNull();
  });
});

/** A body with structure behind a smooth phase, as eight smooth coils measure it. */
function fullScan(rows: number, columns: number, coils = 8): ComplexArray {
  const image = simulatedPhase(rows, columns, 2);
  for (let i = 0; i < rows * columns; i++) {
    const y = Math.floor(i / columns) / rows - 0.5;
    const x = (i % columns) / columns - 0.5;
    const body = x * x + y * y < 0.18 ? 1 + 0.5 * Math.sin(40 * x) * Math.cos(33 * y) : 0;
    image.data[2 * i] *= body;
    image.data[2 * i + 1] *= body;
  }
  const mask: SamplingMask = { shape: [rows], data: new Uint8Array(rows).fill(1) };
  return senseOperator(simulatedCoils(coils, rows, columns, 4), mask).forward(image);
}

function undersampled(samples: ComplexArray, spec: string): KspaceSlice {
  const [, rows, columns] = samples.shape;
  return maskedSlice(samples, drawMask(parseMask(spec), rows, columns, 3));
}

describe("grappa", () => {
  test.each([
    [96, 80, "equispaced:2:20:0", 0.005],
    [97, 81, "equispaced:2:20:1", 0.005],
    [96, 80, "equispaced:3:20:1", 0.013],
    [83, 97, "equispaced:3:20:0", 0.016],
    [96, 80, "random:2:20", 0.05],
  ])(
    "%i x %i, %s: k-space of all coils to %d, acquired samples to the bit",
    async (rows, columns, spec, bound) => {
      const full = fullScan(rows, columns);
      const input = undersampled(full, spec);
      const before = input.samples.data.slice();
      const { samples, kernels } = await grappa(input, settings, quiet);
      expect(input.samples.data).toEqual(before);
      expect(kernels).toBeGreaterThan(0);
      expect(nrmse(full.data, samples.data)).toBeLessThan(bound);
      expect(nrmse(full.data, samples.data)).toBeLessThan(0.5 * nrmse(full.data, input.samples.data));
      for (let i = 0; i < before.length; i++) {
        if (input.mask.data[Math.floor(i / 2 / columns) % rows] !== 0 && samples.data[i] !== before[i]) {
          expect.fail(`acquired value ${i} changed`);
        }
      }
    },
  );

  test("at any absolute size", async () => {
    const input = undersampled(fullScan(64, 48), "equispaced:2:20:0");
    const { samples } = await grappa(input, settings, quiet);
    for (const height of [1e-6, 1e13]) {
      const scaled = {
        ...input,
        samples: { ...input.samples, data: input.samples.data.map((value) => height * value) },
      };
      const result = await grappa(scaled, settings, quiet);
      expect(
        nrmse(
          samples.data.map((value) => height * value),
          result.samples.data,
        ),
      ).toBeLessThan(1e-4);
    }
  });

  test("full k-space comes back as it is, and nothing is calibrated", async () => {
    const full = fullScan(32, 30, 4);
    const { samples, kernels, empty } = await grappa(undersampled(full, "equispaced:1:0:0"), settings, quiet);
    expect(samples.data).toEqual(full.data);
    expect([kernels, empty]).toEqual([0, 0]);
  });

  test("separate calibration lines serve where the image has none, and stay out of it", async () => {
    const full = fullScan(96, 80);
    const calibration = undersampled(full, "equispaced:96:20:0").samples;
    calibration.data.forEach((value, i) => {
      calibration.data[i] = 3 * value;
    });
    const bare = undersampled(full, "equispaced:2:0:0");
    await expect(grappa(bare, settings, quiet)).rejects.toThrow("NO_CALIBRATION");
    const { samples } = await grappa({ ...bare, calibration }, settings, quiet);
    expect(nrmse(full.data, samples.data)).toBeLessThan(0.01);
  });

  test("an asymmetric echo is filled within what was acquired of the readout", async () => {
    const [rows, columns, from] = [96, 80, 17];
    const full = fullScan(rows, columns);
    const lines = drawMask(parseMask("equispaced:2:20:0"), rows, columns, 0).data;
    const data = Uint8Array.from({ length: rows * columns }, (_, i) =>
      i % columns >= from ? lines[Math.floor(i / columns)] : 0,
    );
    const input = maskedSlice(full, { shape: [rows, columns], data });
    const { samples } = await grappa(input, settings, quiet);
    const wanted = maskedSlice(full, {
      shape: [rows, columns],
      data: Uint8Array.from({ length: rows * columns }, (_, i) => (i % columns >= from ? 1 : 0)),
    }).samples;
    expect(nrmse(wanted.data, samples.data)).toBeLessThan(0.01);
    expect(
      complexPart(complexPart(samples, 0), 1)
        .data.subarray(0, 2 * from)
        .every((value) => value === 0),
    ).toBe(true);
  });

  test("is cancelled between kernels", async () => {
    let steps = 0;
    const run = grappa(undersampled(fullScan(96, 80), "equispaced:3:20:0"), settings, async () => {
      steps++;
      if (steps === 2) throw cancelled();
    });
    await expect(run).rejects.toThrow("CANCELLED");
    expect(steps).toBe(2);
  });

  test("tells a rising part that ends at 1", async () => {
    const parts: number[] = [];
    await grappa(undersampled(fullScan(64, 48), "equispaced:3:20:0"), settings, async ({ fraction }) => {
      parts.push(fraction);
    });
    expect(parts).toEqual([...parts].sort((a, b) => a - b));
    expect(parts.at(-1)).toBeCloseTo(1, 9);
  });
});

/** Samples of a rule, and a square of them around the centre. */
function pointMask(
  rows: number,
  columns: number,
  centre: number,
  rule: (y: number, x: number) => boolean,
): SamplingMask {
  const inside = (at: number, length: number): boolean => Math.abs(at - Math.floor(length / 2)) < centre / 2;
  const data = Uint8Array.from({ length: rows * columns }, (_, i) => {
    const [y, x] = [Math.floor(i / columns), i % columns];
    return rule(y, x) || (inside(y, rows) && inside(x, columns)) ? 1 : 0;
  });
  return { shape: [rows, columns], data };
}

describe("grappa without whole lines", () => {
  test("samples whose neighbours lie alike share a kernel, nearest sources first, far ones stay empty", () => {
    const { kernels, empty } = pointKernels(
      pointMask(5, 9, 0, (y, x) => y % 2 === 0 && x % 4 === 0),
      3,
      4,
      1,
    );
    // Left or right of an acquired sample, above or below one; diagonals and the column between are out of reach.
    expect(kernels.map(({ sources, at }) => [sources, at.length])).toEqual([
      [[3], 6],
      [[5], 6],
      [[1, 7], 6],
    ]);
    expect(empty).toBe(45 - 9 - 18);
    const near = pointKernels(
      pointMask(5, 9, 0, (y, x) => y % 2 === 0 && x % 4 === 0),
      3,
      1,
      1.5,
    );
    expect(near.kernels.every(({ sources }) => sources.length === 1)).toBe(true);
    expect(near.empty).toBe(10);
  });

  test.each([
    ["2 x 2", 83, 97, 0.007, (y: number, x: number) => y % 2 === 0 && x % 2 === 1],
    ["checkerboard", 96, 80, 0.0012, (y: number, x: number) => (x + y) % 2 === 0],
    ["quincunx of 3", 96, 80, 0.003, (y: number, x: number) => (x + y) % 3 === 0],
    ["scattered", 48, 45, 0.004, (y: number, x: number) => ((7 * y + 13 * x) * (y + 3 * x + 1)) % 5 < 2],
  ])(
    "%s, %i x %i: k-space of all coils to %d, acquired samples to the bit",
    async (_name, rows, columns, bound, rule) => {
      const full = fullScan(rows, columns);
      const input = maskedSlice(full, pointMask(rows, columns, 24, rule));
      expect(linesOf(input.mask, columns)).toBeNull();
      const before = input.samples.data.slice();
      const parts: number[] = [];
      const { samples, empty } = await grappa(input, settings, async ({ fraction }) => {
        parts.push(fraction);
      });
      expect(input.samples.data).toEqual(before);
      expect(empty).toBe(0);
      expect(parts).toEqual([...parts].sort((a, b) => a - b));
      expect(nrmse(full.data, samples.data)).toBeLessThan(bound);
      for (let i = 0; i < before.length; i++) {
        if (input.mask.data[Math.floor(i / 2) % (rows * columns)] !== 0 && samples.data[i] !== before[i]) {
          expect.fail(`acquired value ${i} changed`);
        }
      }
    },
  );

  test("needs a calibration square, and is cancelled at a step", async () => {
    const lattice = (centre: number): KspaceSlice =>
      maskedSlice(
        fullScan(48, 40),
        pointMask(48, 40, centre, (y, x) => y % 2 === 0 && x % 2 === 0),
      );
    await expect(grappa(lattice(0), settings, quiet)).rejects.toThrow("NO_CALIBRATION");
    await expect(grappa(lattice(5), settings, quiet)).rejects.toThrow("NO_CALIBRATION");
    const run = grappa(lattice(20), settings, async () => {
      throw cancelled();
    });
    await expect(run).rejects.toThrow("CANCELLED");
  });
});
