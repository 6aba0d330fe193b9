import { describe, expect, test } from "vitest";
import { EchoError } from "../../../electron/engine/base/errors.ts";
import { describeMask, drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";

function lines(spec: string, rows: number, seed = 0): number[] {
  const mask = drawMask(parseMask(spec), rows, rows, seed);
  return Array.from(mask.data.keys()).filter((line) => mask.data[line] === 1);
}

const totals = (kind: string, rows: number, r: number, centre: number, offsets: number): number[] =>
  Array.from({ length: offsets }, (_, offset) => lines(`${kind}:${r}:${centre}:${offset}`, rows).length);

/** Line counts that the fastMRI rules give for offset 0, 1, 2 ... */
const golden = [
  {
    rows: 320,
    r: 4,
    fraction: 0.08,
    centre: [147, 172],
    equispaced: [99, 100, 100, 99],
    adjusted: [80, 80, 80, 80, 80],
    magic: [100, 99, 99, 100],
    magicFraction: [76, 75, 75, 75, 74, 75],
  },
  {
    rows: 320,
    r: 8,
    fraction: 0.04,
    centre: [154, 166],
    equispaced: [52, 52, 51, 51, 51, 51, 51, 52],
    adjusted: [41, 40, 40, 40, 40, 40, 39, 39, 40, 40, 40],
    magic: [51, 51, 51, 51, 52, 52, 52, 52],
    magicFraction: [39, 39, 38, 38, 38, 38, 39, 39, 39, 39, 39, 39],
  },
  {
    rows: 368,
    r: 4,
    fraction: 0.08,
    centre: [170, 198],
    equispaced: [114, 114, 113, 114],
    adjusted: [93, 93, 92, 91, 91],
    magic: [114, 114, 114, 114],
    magicFraction: [86, 86, 86, 86, 85, 85],
  },
  {
    rows: 368,
    r: 8,
    fraction: 0.04,
    centre: [177, 191],
    equispaced: [60, 59, 59, 59, 59, 59, 59, 59],
    adjusted: [47, 47, 47, 46, 46, 46, 45, 45, 45, 45, 46],
    magic: [59, 59, 59, 59, 59, 59, 59, 59],
    magicFraction: [45, 45, 44, 44, 43, 43, 44, 44, 45, 45, 45, 45],
  },
];

describe.each(golden)("$rows lines at $r x with a centre of $fraction", (row) => {
  test("regular patterns have the published number of lines at every offset", () => {
    const count = (kind: string, expected: number[]): void =>
      expect(totals(kind, row.rows, row.r, row.fraction, expected.length), kind).toEqual(expected);
    count("equispaced", row.equispaced);
    count("fraction", row.adjusted);
    count("magic", row.magic);
    count("magic-fraction", row.magicFraction);
  });

  test("the centre lies where the rule puts it", () => {
    const [first, last] = row.centre;
    for (const kind of ["equispaced", "fraction", "random", "magic"]) {
      const taken = new Set(lines(`${kind}:${row.r}:${row.fraction}`, row.rows, 3));
      for (let line = first; line <= last; line++) expect(taken.has(line), `${kind} ${line}`).toBe(true);
    }
    // Without other lines nothing but the centre remains: R = N.
    const alone = lines(`equispaced:${row.rows}:${row.fraction}:0`, row.rows);
    expect(alone.slice(1)).toEqual(Array.from({ length: last - first + 1 }, (_, i) => first + i));
  });

  test("a random mask has N/R lines on average", () => {
    const draws = 400;
    let sum = 0;
    for (let seed = 0; seed < draws; seed++)
      sum += lines(`random:${row.r}:${row.fraction}`, row.rows, seed).length;
    expect(sum / draws).toBeGreaterThan(row.rows / row.r - 1.5);
    expect(sum / draws).toBeLessThan(row.rows / row.r + 1.5);
  });
});

test("single lines of the regular patterns", () => {
  expect(lines("equispaced:3:24:0", 128).slice(0, 20)).toEqual([
    ...Array.from({ length: 18 }, (_, i) => 3 * i),
    52,
    53,
  ]);
  expect(lines("fraction:4:0.08:0", 320).slice(0, 12)).toEqual([
    0, 5, 11, 16, 22, 27, 33, 38, 44, 49, 54, 60,
  ]);
  expect(lines("magic:4:0.08:0", 320).slice(0, 3)).toEqual([1, 5, 9]);
  expect(lines("magic:4:0.08:1", 320).slice(0, 3)).toEqual([3, 7, 11]);
});

test("a seed draws the same mask again and another seed another one", () => {
  expect(lines("random:4:24", 256, 7)).toEqual(lines("random:4:24", 256, 7));
  expect(lines("random:4:24", 256, 7)).not.toEqual(lines("random:4:24", 256, 8));
  const offsets = new Set(Array.from({ length: 20 }, (_, seed) => lines("equispaced:4:0", 256, seed)[0]));
  expect([...offsets].sort()).toEqual([0, 1, 2, 3]);
});

test("what a mask measures is told in lines, or in samples where it has no whole lines", () => {
  expect(describeMask(drawMask(parseMask("equispaced:4:24:0"), 256, 256, 0))).toEqual({
    lines: 82,
    of: 256,
    acceleration: 256 / 82,
  });
  expect(describeMask(drawMask(parseMask("fraction:4:24:1"), 256, 256, 0)).lines).toBe(64);
  expect(describeMask({ shape: [2, 3], data: Uint8Array.from([1, 1, 1, 0, 0, 0]) })).toEqual({
    lines: 1,
    of: 2,
    acceleration: 2,
  });
  expect(describeMask({ shape: [2, 3], data: Uint8Array.from([1, 1, 0, 0, 0, 0]) }).acceleration).toBe(3);
});

test.each([
  ["equispaced", "parts"],
  ["equispaced:4", "parts"],
  ["equispaced:4:24:0:1", "parts"],
  ["spiral:4:24", "no kind"],
  ["vardens:4", "parts"],
  ["vardens:4:24:0", "no offset"],
  ["poisson:0.5:24", "acceleration"],
  ["poisson:4:24.5", "centre"],
  ["poisson:4:24:0", "no offset"],
  ["equispaced:x:24", "acceleration"],
  ["equispaced:0.5:24", "acceleration"],
  ["equispaced:2.5:24", "whole"],
  ["equispaced:-3:24", "acceleration"],
  ["equispaced:4:1e9", "centre"],
  ["equispaced:4:24.5", "centre"],
  ["equispaced:4:24:1.5", "offset"],
  ["equispaced:4:24:", "offset"],
  ["random:4:24:0", "no offset"],
])("%s is refused in words", (spec, word) => {
  const refused = (): unknown => parseMask(spec);
  expect(refused).toThrow(EchoError);
  expect(refused).toThrow(word);
  expect(refused).toThrow("USAGE");
});

test.each([
  ["equispaced:4:200", "centre of 200"],
  ["equispaced:4:24:4", "offset is 4"],
  ["fraction:4:40", "centre lines alone"],
  ["random:4:40", "centre lines alone"],
])("%s does not fit 128 lines", (spec, word) => {
  expect(() => drawMask(parseMask(spec), 128, 128, 0)).toThrow(word);
});

test("half lines of the centre are rounded to even, as numpy does", () => {
  const centreOf = (rows: number): number => lines(`equispaced:${rows}:0.125:0`, rows).length - 1;
  expect([20, 100, 300].map(centreOf)).toEqual([2, 12, 38]);
});

test("masks at their limits", () => {
  expect(lines("fraction:4:32", 128).length).toBe(32);
  expect(lines("magic-fraction:4:0.9", 128).length).toBe(32);
  expect(lines("random:1:128", 128).length).toBe(128);
  expect(lines("equispaced:1:0", 7).length).toBe(7);
  expect(lines("magic:3:0:1", 9).every((line) => line < 9)).toBe(true);
});
