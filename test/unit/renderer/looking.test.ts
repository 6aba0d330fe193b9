import { describe, expect, it } from "vitest";
import {
  fitted,
  panned,
  pixelAt,
  pointIn,
  rectangleOf,
  scaleBar,
  zoomed,
} from "../../../renderer/viewport/placing.ts";
import {
  draggedWindow,
  peak,
  plainNumber,
  plainWindow,
  suggestedWindow,
} from "../../../renderer/viewport/window-level.ts";
import { fakePicture } from "../../support/fake-engine.ts";

describe("window and level", () => {
  it.each([1e-7, 1, 1e4])("drags alike at a range of %s", (scale) => {
    const suggested = [0, scale] as const;
    const wider = draggedWindow(suggested, [120, 0], suggested);
    expect((wider[1] - wider[0]) / scale).toBeCloseTo(2, 10);
    expect((wider[1] + wider[0]) / 2 / scale).toBeCloseTo(0.5, 10);
    const higher = draggedWindow(suggested, [0, -30], suggested);
    expect((higher[1] - higher[0]) / scale).toBeCloseTo(1, 10);
    expect((higher[1] + higher[0]) / 2 / scale).toBeCloseTo(0.6, 10);
  });

  it("stays near the data however far it is dragged, and never turns over", () => {
    const suggested = [2, 4] as const;
    for (const moved of [
      [1e5, 0],
      [-1e5, 0],
      [0, 1e5],
      [0, -1e5],
      [-1e5, 1e5],
    ] as const) {
      const [lower, upper] = draggedWindow(suggested, moved, suggested);
      expect(upper).toBeGreaterThan(lower);
      expect(upper - lower).toBeLessThanOrEqual(20.0001);
      expect(Math.abs((lower + upper) / 2 - 3)).toBeLessThanOrEqual(10.0001);
    }
  });

  it("suggests a window for every component", () => {
    const picture = { ...fakePicture(1, 0), window: [0, 9] as [number, number] };
    expect(suggestedWindow(picture, "magnitude")).toEqual([0, 9]);
    expect(suggestedWindow(picture, "phase")).toEqual([-Math.PI, Math.PI]);
    expect(suggestedWindow(picture, "real")).toEqual([-9, 9]);
    const top = Math.log10(peak(picture));
    expect(suggestedWindow(picture, "log")).toEqual([top - 5, top]);
    const empty = { ...picture, data: new Float32Array(picture.data.length) };
    expect(suggestedWindow(empty, "log")).toEqual([-5, 0]);
  });

  it("takes what is nothing beside the window's width for 0", () => {
    expect(plainWindow([9.9e-14, 149.1])).toEqual(["0", "149.1"]);
    expect(plainWindow([1e-8, 9e-7])).toEqual(["1e-8", "9e-7"]);
  });

  it("writes numbers of every size in few digits", () => {
    expect(
      [0, 0.9, 123.456, 9e-7, 1.23456e12, Number.NaN, Number.NEGATIVE_INFINITY].map(plainNumber),
    ).toEqual(["0", "0.9", "123.5", "9e-7", "1.235e+12", "not a number", "minus infinite"]);
  });
});

describe("placing", () => {
  const extent = { rows: 100, columns: 50, spacingMm: [2, 1] as const, spacingKnown: true };

  it("fits, and keeps the true shape of pixels that are not square", () => {
    expect(rectangleOf(extent, fitted, 300, 200)).toEqual({ x: 50, y: 0, width: 200, height: 200 });
  });

  it("finds the pixel under a point, and none beside the picture", () => {
    const rectangle = rectangleOf(extent, fitted, 300, 200);
    expect(pixelAt(extent, pointIn(rectangle, 50, 0) ?? [9, 9])).toEqual([0, 0]);
    expect(pixelAt(extent, pointIn(rectangle, 249.9, 199.9) ?? [9, 9])).toEqual([49, 99]);
    expect(pointIn(rectangle, 49, 10)).toBeNull();
    expect(pointIn(rectangle, 250, 10)).toBeNull();
  });

  it("pans with the pointer and keeps the picture in sight", () => {
    const twice = zoomed(fitted, 2);
    const before = rectangleOf(extent, twice, 300, 200);
    const after = rectangleOf(extent, panned(twice, before, [10, -5]), 300, 200);
    expect(after.x - before.x).toBeCloseTo(10, 9);
    expect(after.y - before.y).toBeCloseTo(-5, 9);
    expect(panned(twice, before, [1e6, 1e6]).centre).toEqual([0, 0]);
    expect(zoomed(fitted, 1e9).zoom).toBe(64);
    expect(zoomed(fitted, 1e-9).zoom).toBe(0.25);
  });

  it("draws a bar of a round length", () => {
    const rectangle = rectangleOf(extent, fitted, 300, 200);
    // 200 pixels are 100 mm.
    expect(scaleBar(extent, rectangle, 75)).toEqual({ mm: 20, pixels: 40 });
    expect(scaleBar(extent, rectangle, 100)).toEqual({ mm: 50, pixels: 100 });
  });

  it("draws no bar where the distance of pixels is not known", () => {
    const assumed = { ...extent, spacingMm: [1, 1] as const, spacingKnown: false };
    expect(scaleBar(assumed, rectangleOf(assumed, fitted, 300, 200), 75)).toBeNull();
  });
});
