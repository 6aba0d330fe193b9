import { describe, expect, test } from "vitest";
import type { SamplingMask } from "../../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { expectLinearOperator } from "../../support/operator.ts";

const full = (rows: number): SamplingMask => ({ shape: [rows], data: new Uint8Array(rows).fill(1) });

describe.each([
  [16, 16, 4],
  [15, 22, 3],
  [22, 15, 1],
  [23, 37, 5],
  [9, 9, 2],
])("%i x %i pixels, %i coils", (rows, columns, coils) => {
  const maps = simulatedCoils(coils, rows, columns, 4);

  test("all lines: an isometry", () => {
    expectLinearOperator(senseOperator(maps, full(rows)), { isometry: true });
  });

  test("some lines", () => {
    expectLinearOperator(senseOperator(maps, drawMask(parseMask("random:2:3"), rows, columns, 1)));
  });

  test("points of a mask without whole lines", () => {
    const data = Uint8Array.from({ length: rows * columns }, (_, i) => ((i * 7) % 5 < 2 ? 1 : 0));
    expectLinearOperator(senseOperator(maps, { shape: [rows, columns], data }));
  });
});

test("a 2-D mask of whole lines is the same operator as its 1-D mask", () => {
  const [rows, columns] = [18, 13];
  const maps = simulatedCoils(3, rows, columns, 1);
  const lines = drawMask(parseMask("equispaced:2:4:1"), rows, columns, 0);
  const points: SamplingMask = {
    shape: [rows, columns],
    data: Uint8Array.from({ length: rows * columns }, (_, i) => lines.data[Math.floor(i / columns)]),
  };
  const x = {
    shape: [rows, columns],
    data: Float32Array.from({ length: 2 * rows * columns }, (_, i) => Math.sin(i)),
  };
  const [one, two] = [senseOperator(maps, lines), senseOperator(maps, points)].map((a) => a.normal(x).data);
  for (let i = 0; i < one.length; i++) expect(one[i]).toBeCloseTo(two[i], 5);
});

test("a mask of another size is refused", () => {
  expect(() => senseOperator(simulatedCoils(2, 8, 8, 0), full(9))).toThrow("SHAPE_MISMATCH");
});
