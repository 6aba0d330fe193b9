import { expect, test } from "vitest";
import type { SamplingMask } from "../../electron/engine/dataset/dataset.ts";
import { rootSumOfSquares } from "../../electron/engine/physics/combine.ts";
import { drawMask, parseMask } from "../../electron/engine/physics/masks.ts";
import { readCfl } from "../support/cfl.ts";
import { figure } from "../support/figures.ts";
import { maskedSlice, runMethod } from "../support/method-run.ts";
import { describeShared, sharedData } from "../support/shared.ts";

/** Five masks each: the offsets that there are, with centres of unlike width. */
const masks: Record<number, readonly string[]> = {
  2: ["2:24:0", "2:24:1", "2:20:0", "2:20:1", "2:16:0"],
  3: ["3:24:0", "3:24:1", "3:24:2", "3:20:0", "3:20:1"],
};

// No independent measure: regularisation, reach and weighting were chosen while looking at this scan.
// BART 0.8.00 has no GRAPPA: zero filling and SENSE with its own maps stand beside it.
describeShared("against the full reference of brain16", () => {
  const samples = readCfl(sharedData("raw/brain16/brain16"));
  const [, rows, columns] = samples.shape;
  const reference = rootSumOfSquares(samples).data;
  const peak = reference.reduce((largest, value) => Math.max(largest, value), 0);

  /** NRMSE of magnitudes: over all pixels, and over those brighter than a tenth of the brightest. */
  async function errorsOf(method: string, mask: SamplingMask): Promise<{ all: number; head: number }> {
    const { data } = (await runMethod(method, maskedSlice(samples, mask))).result.image;
    const sums = { all: [0, 0], head: [0, 0] };
    for (let i = 0; i < data.length; i += 2) {
      const error = (Math.hypot(data[i], data[i + 1]) - reference[i]) ** 2;
      for (const part of reference[i] < 0.1 * peak ? [sums.all] : [sums.all, sums.head]) {
        part[0] += error;
        part[1] += reference[i] ** 2;
      }
    }
    return { all: Math.sqrt(sums.all[0] / sums.all[1]), head: Math.sqrt(sums.head[0] / sums.head[1]) };
  }

  test.each([
    [2, 0.024, 0.041],
    [3, 0.037, 0.057],
  ])("equispaced R = %i over 5 masks", async (acceleration, boundHead, boundAll) => {
    const mean: Record<string, { all: number; head: number }> = {};
    for (const method of ["zero-filled", "sense", "grappa"]) {
      mean[method] = { all: 0, head: 0 };
      for (const rest of masks[acceleration]) {
        const { all, head } = await errorsOf(
          method,
          drawMask(parseMask(`equispaced:${rest}`), rows, columns, 0),
        );
        mean[method].all += all / 5;
        mean[method].head += head / 5;
        if (method === "grappa") expect(head, rest).toBeLessThan(1.3 * boundHead);
      }
    }
    const where = `brain16, equispaced R = ${acceleration}, mean of 5 masks, NRMSE`;
    figure(`grappa, ${where} inside the head`, mean.grappa.head, `below ${boundHead}`);
    figure(`grappa, ${where} over all pixels`, mean.grappa.all, `below ${boundAll}`);
    figure(`sense, ${where} inside the head`, mean.sense.head, "for comparison");
    figure(`zero-filled, ${where} inside the head`, mean["zero-filled"].head, "for comparison");
    expect(mean.grappa.head).toBeLessThan(boundHead);
    expect(mean.grappa.all).toBeLessThan(boundAll);
    expect(mean.grappa.head).toBeLessThan(0.4 * mean["zero-filled"].head);
  });

  test("a lattice of every second line and sample", async () => {
    const data = Uint8Array.from({ length: rows * columns }, (_, i) => {
      const [y, x] = [Math.floor(i / columns), i % columns];
      const centre = Math.abs(y - rows / 2) < 12 && Math.abs(x - columns / 2) < 12;
      return centre || (y % 2 === 0 && x % 2 === 0) ? 1 : 0;
    });
    const mask: SamplingMask = { shape: [rows, columns], data };
    const [plain, sense, grappa] = [
      await errorsOf("zero-filled", mask),
      await errorsOf("sense", mask),
      await errorsOf("grappa", mask),
    ];
    const where = "brain16, 2 x 2 lattice with 23 x 23 centre, NRMSE inside the head";
    figure(`grappa, ${where}`, grappa.head, "below 0.04");
    figure(`sense, ${where}`, sense.head, "for comparison");
    figure(`zero-filled, ${where}`, plain.head, "for comparison");
    expect(grappa.head).toBeLessThan(0.04);
    expect(grappa.head).toBeLessThan(0.25 * plain.head);
  });
});
