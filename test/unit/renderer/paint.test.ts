import { describe, expect, it } from "vitest";
import { nanColour, tables } from "../../../renderer/viewport/maps.ts";
import { components, paint, valueAt, windowed } from "../../../renderer/viewport/paint.ts";

function pixels(values: readonly (readonly [number, number])[]) {
  return { rows: 1, columns: values.length, components: 2 as const, data: Float32Array.from(values.flat()) };
}

const grey = (rgba: Uint8ClampedArray, at = 0): number => rgba[4 * at];

describe("paint", () => {
  it.each([1e-7, 1, 1e4])("draws exactly round(255 t) at a range of %s", (scale) => {
    const count = 1021;
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = (scale * (i - 20)) / 1000;
    const picture = { rows: 1, columns: count, components: 1 as const, data };
    const window = [0, scale] as const;
    const rgba = paint(picture, "real", window, "grey");
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const t = Math.min(1, Math.max(0, data[i] / scale));
      if (rgba[4 * i] !== Math.round(255 * t)) wrong++;
      if (rgba[4 * i] !== rgba[4 * i + 1] || rgba[4 * i] !== rgba[4 * i + 2] || rgba[4 * i + 3] !== 255)
        wrong++;
    }
    expect(wrong).toBe(0);
    expect(new Set(Array.from({ length: count }, (_, i) => rgba[4 * i])).size).toBe(256);
  });

  it("looks at every component of a complex value", () => {
    const picture = pixels([[3, -4]]);
    expect(components.map((one) => valueAt(picture, 0, one))).toEqual([
      5,
      Math.atan2(-4, 3),
      3,
      -4,
      Math.log10(5),
    ]);
    expect(valueAt(pixels([[0, 0]]), 0, "log")).toBe(Number.NEGATIVE_INFINITY);
    expect(valueAt({ ...pixels([[1, 1]]), components: 1, data: Float32Array.of(-2) }, 0, "magnitude")).toBe(
      2,
    );
  });

  it("gives NaN a colour of its own in every map, and nothing else that colour", () => {
    const picture = pixels([[Number.NaN, 0]]);
    for (const map of ["grey", "phase", "difference"] as const) {
      expect([...paint(picture, "real", [0, 1], map)]).toEqual([...nanColour, 255]);
    }
    for (const table of Object.values(tables)) {
      for (let i = 0; i < 256; i++) expect([...table.slice(3 * i, 3 * i + 3)]).not.toEqual([...nanColour]);
    }
    expect(grey(paint(pixels([[0, 0]]), "log", [-5, 0], "grey"))).toBe(0);
    expect(grey(paint(pixels([[Number.POSITIVE_INFINITY, 0]]), "magnitude", [0, 1], "grey"))).toBe(255);
  });

  it("is a step where the window has no width", () => {
    expect([0, 1, 2].map((value) => windowed(value, [1, 1]))).toEqual([0, 1, 1]);
  });

  it("reuses a buffer of the right size and no other", () => {
    const buffer = new Uint8ClampedArray(4);
    expect(paint(pixels([[1, 0]]), "real", [0, 1], "grey", buffer)).toBe(buffer);
    expect(
      paint(
        pixels([
          [1, 0],
          [1, 0],
        ]),
        "real",
        [0, 1],
        "grey",
        buffer,
      ),
    ).not.toBe(buffer);
  });
});

/** Relative luminance of an sRGB colour (WCAG). */
function luminance(table: Uint8Array, entry: number): number {
  const [r, g, b] = [0, 1, 2].map((part) => {
    const c = table[3 * entry + part] / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe("maps", () => {
  it("phase is cyclic and of even luminance", () => {
    const { phase } = tables;
    const all = Array.from({ length: 256 }, (_, i) => luminance(phase, i));
    expect(Math.max(...all) / Math.min(...all)).toBeLessThan(1.35);
    const step = (a: number, b: number): number =>
      Math.max(...[0, 1, 2].map((part) => Math.abs(phase[3 * a + part] - phase[3 * b + part])));
    const inside = Math.max(...Array.from({ length: 255 }, (_, i) => step(i, i + 1)));
    expect(step(255, 0)).toBeLessThanOrEqual(inside);
    // The same colour on both sides of the wrap.
    const rgba = paint(
      pixels([
        [-1, 1e-9],
        [-1, -1e-9],
      ]),
      "phase",
      [-Math.PI, Math.PI],
      "phase",
    );
    const wrap = [0, 1, 2].map((part) => Math.abs(rgba[part] - rgba[4 + part]));
    expect(Math.max(...wrap)).toBeLessThanOrEqual(inside);
  });

  it("difference is light at 0 and equally dark on both sides", () => {
    const { difference } = tables;
    expect(luminance(difference, 127)).toBeGreaterThan(0.85);
    for (const away of [20, 64, 127]) {
      const below = luminance(difference, 127 - away);
      const above = luminance(difference, 128 + away);
      expect(below / above).toBeGreaterThan(0.7);
      expect(below / above).toBeLessThan(1.4);
      expect(above).toBeLessThan(luminance(difference, 127));
    }
    const [r, , b] = difference;
    expect(b).toBeGreaterThan(r);
    expect(difference[3 * 255]).toBeGreaterThan(difference[3 * 255 + 2]);
  });
});
