import { describe, expect, test } from "vitest";
import { randomStream } from "../../../electron/engine/base/random.ts";
import { drawPoisson, poissonDistances } from "../../../electron/engine/physics/mask-poisson.ts";
import { describeMask, drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";

const draw = (spec: string, rows: number, columns: number, seed = 0): Uint8Array =>
  drawMask(parseMask(spec), rows, columns, seed).data;
const count = (mask: Uint8Array): number => mask.reduce((sum, one) => sum + one, 0);

const sizes: [number, number][] = [
  [320, 320],
  [368, 312],
  [127, 201],
  [64, 48],
  [31, 45],
];

describe.each(sizes)("Poisson disc of %d x %d", (rows, columns) => {
  test.each([2, 2.5, 3, 4, 6, 8, 12])("at R = %d has the points of R and its whole square", (r) => {
    const edge = 9;
    for (let seed = 0; seed < 2; seed++) {
      const mask = draw(`poisson:${r}:${edge}`, rows, columns, seed);
      expect(mask.length).toBe(rows * columns);
      expect(Math.abs(count(mask) - (rows * columns) / r)).toBeLessThanOrEqual(0.5);
      const top = Math.floor((rows - edge + 1) / 2);
      const left = Math.floor((columns - edge + 1) / 2);
      for (let row = top; row < top + edge; row++) {
        const start = row * columns + left;
        expect(count(mask.subarray(start, start + edge))).toBe(edge);
      }
    }
  });
});

describe.each([2, 4, 8, 12])("least distance at R = %d", (r) => {
  const [rows, columns, edge] = [101, 140, 8];
  const square = {
    row: Math.floor((rows - edge + 1) / 2),
    column: Math.floor((columns - edge + 1) / 2),
    edge,
  };
  const total = Math.round((rows * columns) / r);
  const { data, distance } = drawPoisson(rows, columns, total, square, randomStream(3, "mask"));
  const relative = poissonDistances(rows, columns);
  const inSquare = (row: number, column: number): boolean =>
    row >= square.row && row < square.row + edge && column >= square.column && column < square.column + edge;
  const points = Array.from(data.keys())
    .filter((place) => data[place] === 1)
    .map((place) => ({ place, row: Math.floor(place / columns), column: place % columns }))
    .map((point) => ({ ...point, fixed: inSquare(point.row, point.column) }));

  test("is kept by every two points but those of the square", () => {
    let closest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < points.length; i++) {
      for (let j = i + 1; j < points.length; j++) {
        const [a, b] = [points[i], points[j]];
        if (a.fixed && b.fixed) continue;
        const apart = Math.hypot(a.row - b.row, a.column - b.column);
        closest = Math.min(closest, apart / (distance * Math.min(relative[a.place], relative[b.place])));
      }
    }
    expect(closest).toBeGreaterThanOrEqual(1 - 1e-9);
    // Kept closely: the disc is no smaller than the count needs.
    expect(closest).toBeLessThan(1.2);
  });

  test("leaves no hole that another point had room in, but for the few dropped to meet the count", () => {
    let holes = 0;
    for (let place = 0; place < rows * columns; place++) {
      if (data[place] === 1) continue;
      const [row, column] = [Math.floor(place / columns), place % columns];
      const free = points.every((point) => {
        const least = distance * Math.min(relative[place], relative[point.place]);
        return Math.hypot(point.row - row, point.column - column) >= least;
      });
      if (free) holes++;
    }
    expect(holes).toBeLessThanOrEqual(0.02 * total);
  });
});

test("distances grow with the elliptical radius from floor(N/2)", () => {
  const distances = poissonDistances(20, 41);
  expect(distances[10 * 41 + 20]).toBe(1);
  expect(distances[0 * 41 + 20]).toBe(3);
  // Half way along either axis is the same ellipse.
  expect(distances[5 * 41 + 20]).toBe(2);
  expect(distances[10 * 41 + 30]).toBeCloseTo(2, 1);
});

test("the density falls outwards along both axes", () => {
  const [rows, columns] = [240, 160];
  const inRing = new Float64Array(5);
  const ofRing = new Float64Array(5);
  for (let seed = 0; seed < 4; seed++) {
    const mask = draw("poisson:6:8", rows, columns, seed);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const radius = Math.hypot((2 * (row - 120)) / rows, (2 * (column - 80)) / columns);
        const ring = Math.min(4, Math.floor(radius * 4));
        ofRing[ring]++;
        inRing[ring] += mask[row * columns + column];
      }
    }
  }
  const density = Array.from(inRing, (sum, ring) => sum / ofRing[ring]);
  for (let ring = 1; ring < 5; ring++) expect(density[ring]).toBeLessThan(0.9 * density[ring - 1]);
  expect(density[0]).toBeGreaterThan(2 * (1 / 6));
});

test("a seed draws the same points again and another seed others", () => {
  expect(draw("poisson:4:12", 96, 80, 7)).toEqual(draw("poisson:4:12", 96, 80, 7));
  expect(draw("poisson:4:12", 96, 80, 7)).not.toEqual(draw("poisson:4:12", 96, 80, 8));
});

test("is told in points of both axes", () => {
  const mask = drawMask(parseMask("poisson:4:12"), 96, 80, 0);
  expect(mask.shape).toEqual([96, 80]);
  expect(describeMask(mask)).toEqual({ lines: 1920, of: 7680, acceleration: 4 });
});

test("draws 320 x 320 in half a second at most", () => {
  const begun = performance.now();
  draw("poisson:8:24", 320, 320);
  expect(performance.now() - begun).toBeLessThan(500);
});

test("at its limits", () => {
  expect(count(draw("poisson:1:0", 7, 9))).toBe(63);
  expect(count(draw("poisson:4:16", 32, 32))).toBe(256);
  expect(count(draw("poisson:1000:0", 7, 9))).toBe(1);
  // A fraction is of the shorter axis.
  const mask = draw("poisson:16:0.25", 32, 64);
  expect(count(mask)).toBe(128);
  expect(count(mask.subarray(12 * 64 + 28, 12 * 64 + 36))).toBe(8);
  expect(() => draw("poisson:4:17", 32, 32)).toThrow("289 centre points alone");
  expect(() => draw("poisson:1:33", 32, 64)).toThrow("edge 33");
});
