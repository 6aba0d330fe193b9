import type { Picture } from "../../electron/contracts/operations.ts";
import { type MapName, nanColour, tables } from "./maps.ts";

/** What of a complex value is looked at. `log` is log10 of the magnitude. */
export const components = ["magnitude", "phase", "real", "imaginary", "log"] as const;
export type Component = (typeof components)[number];

/** Lower and upper value: what is drawn black and what white. */
export type Window = readonly [number, number];

export type Pixels = Pick<Picture, "rows" | "columns" | "components" | "data">;

/** The value of pixel `index` (row times columns plus column). Phase is in radians, -pi to pi; log of 0 is -Infinity. */
export function valueAt(pixels: Pixels, index: number, component: Component): number {
  const real = pixels.data[index * pixels.components];
  const imaginary = pixels.components === 2 ? pixels.data[2 * index + 1] : 0;
  switch (component) {
    case "magnitude":
      return Math.hypot(real, imaginary);
    case "phase":
      return Math.atan2(imaginary, real);
    case "real":
      return real;
    case "imaginary":
      return imaginary;
    case "log":
      return Math.log10(Math.hypot(real, imaginary));
  }
}

/** Place of a value in a window, 0 to 1. A window without width is a step at its lower value. */
export function windowed(value: number, [lower, upper]: Window): number {
  if (!(upper > lower)) return value < lower ? 0 : 1;
  return Math.min(1, Math.max(0, (value - lower) / (upper - lower)));
}

/**
 * Pixels as RGBA bytes, row by row: grey is round(255 t) with t the place in the window, a table is read at
 * round(255 t) but for phase, which is cyclic and read at floor(256 t) modulo 256. NaN has its own colour.
 *
 * @param out reused when it has the right size
 */
export function paint(
  pixels: Pixels,
  component: Component,
  window: Window,
  map: MapName,
  out?: Uint8ClampedArray<ArrayBuffer>,
): Uint8ClampedArray<ArrayBuffer> {
  const count = pixels.rows * pixels.columns;
  const rgba = out?.length === 4 * count ? out : new Uint8ClampedArray(4 * count);
  const colours = map === "grey" ? null : tables[map];
  for (let i = 0; i < count; i++) {
    const value = valueAt(pixels, i, component);
    const at = 4 * i;
    rgba[at + 3] = 255;
    if (Number.isNaN(value)) {
      rgba.set(nanColour, at);
      continue;
    }
    const t = windowed(value, window);
    if (colours === null) {
      const grey = Math.round(255 * t);
      rgba[at] = grey;
      rgba[at + 1] = grey;
      rgba[at + 2] = grey;
    } else {
      const entry = 3 * (map === "phase" ? Math.floor(256 * t) % 256 : Math.round(255 * t));
      rgba[at] = colours[entry];
      rgba[at + 1] = colours[entry + 1];
      rgba[at + 2] = colours[entry + 2];
    }
  }
  return rgba;
}
