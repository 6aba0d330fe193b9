import { describe, expect, test } from "vitest";
import { describeMask, drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";

const draw = (spec: string, rows: number, seed = 0): Uint8Array =>
  drawMask(parseMask(spec), rows, 64, seed).data;
const count = (mask: Uint8Array): number => mask.reduce((sum, one) => sum + one, 0);

describe.each([2, 2.5, 3, 4, 6, 8, 12])("variable density at R = %d", (r) => {
  test.each([127, 128, 320, 368])("has N/R of %d lines in all, the centre among them", (rows) => {
    for (let seed = 0; seed < 20; seed++) {
      const mask = draw(`vardens:${r}:10`, rows, seed);
      expect(mask.length).toBe(rows);
      // Halves go to the even neighbour, as for every other count of lines.
      const exact = rows / r;
      const due = exact % 1 === 0.5 ? 2 * Math.round(exact / 2) : Math.round(exact);
      expect(count(mask)).toBe(due);
      const first = Math.floor((rows - 10 + 1) / 2);
      expect(count(mask.subarray(first, first + 10))).toBe(10);
    }
  });
});

test("is a mask of whole lines", () => {
  const mask = drawMask(parseMask("vardens:4:24"), 320, 200, 0);
  expect(mask.shape).toEqual([320]);
  expect(describeMask(mask)).toEqual({ lines: 80, of: 320, acceleration: 4 });
});

test("a seed draws the same lines again and another seed others", () => {
  expect(draw("vardens:4:24", 256, 7)).toEqual(draw("vardens:4:24", 256, 7));
  expect(draw("vardens:4:24", 256, 7)).not.toEqual(draw("vardens:4:24", 256, 8));
});

test("the density falls outwards, alike on both sides, and reaches the last lines", () => {
  const rows = 256;
  const draws = 400;
  const drawn = new Float64Array(rows);
  for (let seed = 0; seed < draws; seed++) {
    const mask = draw("vardens:4:24", rows, seed);
    for (let line = 0; line < rows; line++) drawn[line] += mask[line] / draws;
  }
  const mean = (from: number, to: number): number =>
    drawn.subarray(from, to).reduce((sum, one) => sum + one, 0) / (to - from);
  // Rings of 20 lines on either side of the centre.
  const rings = [0, 20, 40, 60, 80].map((ring) => {
    const below = mean(116 - ring - 20, 116 - ring);
    const above = mean(140 + ring, 140 + ring + 20);
    expect(Math.abs(below - above)).toBeLessThan(0.05);
    return (below + above) / 2;
  });
  for (let ring = 1; ring < rings.length; ring++) expect(rings[ring]).toBeLessThan(rings[ring - 1] - 0.03);
  expect(mean(0, 20)).toBeGreaterThan(0);
});

test("at its limits", () => {
  expect(count(draw("vardens:1:0", 9))).toBe(9);
  expect(count(draw("vardens:4:32", 128))).toBe(32);
  expect(count(draw("vardens:4:0.08", 320))).toBe(80);
  expect(count(draw("vardens:100:0", 9))).toBe(1);
  expect(() => draw("vardens:4:33", 128)).toThrow("centre lines alone");
  expect(() => draw("vardens:4:128", 128)).toThrow("centre lines alone");
  expect(() => draw("vardens:4:200", 128)).toThrow("centre of 200");
});
