import type { Picture } from "../../electron/contracts/operations.ts";
import { type Component, type Pixels, valueAt, type Window } from "./paint.ts";

/** Decades of magnitude that a logarithmic picture shows below its peak. */
const decades = 5;

/** Largest finite magnitude of a picture, 0 for an empty one. */
export function peak(pixels: Pixels): number {
  let largest = 0;
  for (let i = 0; i < pixels.rows * pixels.columns; i++) {
    const value = valueAt(pixels, i, "magnitude");
    if (value > largest && value !== Number.POSITIVE_INFINITY) largest = value;
  }
  return largest;
}

/** The window a picture is first shown with: what the engine suggests, and by symmetry where values are signed. */
export function suggestedWindow(picture: Picture, component: Component): Window {
  const [lower, upper] = picture.window;
  switch (component) {
    case "magnitude":
      return [lower, upper];
    case "phase":
      return [-Math.PI, Math.PI];
    case "real":
    case "imaginary": {
      const size = Math.max(Math.abs(lower), Math.abs(upper));
      return [-size, size];
    }
    case "log": {
      const top = peak(picture);
      const end = top > 0 ? Math.log10(top) : 0;
      return [end - decades, end];
    }
  }
}

/**
 * The window after a drag: to the right narrows the contrast's slope (wider window), upwards darkens nothing but
 * raises the level. All steps are relative to the width, so that a range of 1e-7 drags like one of 1e4; the width
 * stays within a millionth and ten times of `suggested`.
 *
 * @param moved pixels of the screen, right and down
 */
export function draggedWindow(start: Window, moved: readonly [number, number], suggested: Window): Window {
  const span = Math.max(suggested[1] - suggested[0], Number.MIN_VALUE);
  const startWidth = Math.max(start[1] - start[0], span * 1e-6);
  const width = Math.min(span * 10, Math.max(span * 1e-6, startWidth * 2 ** (moved[0] / 120)));
  const level = (start[0] + start[1]) / 2 - (moved[1] / 300) * startWidth;
  const middle = (suggested[0] + suggested[1]) / 2;
  const kept = Math.min(middle + span * 5, Math.max(middle - span * 5, level));
  return [kept - width / 2, kept + width / 2];
}

/** The two ends of a window for a person: what is nothing beside its width is 0, as after the rounding of a header's numbers. */
export function plainWindow([lower, upper]: Window): [string, string] {
  const least = 1e-9 * (upper - lower);
  const plain = (value: number): string => plainNumber(Math.abs(value) < least ? 0 : value);
  return [plain(lower), plain(upper)];
}

/** A number for a person: four digits, no more, whatever its size. */
export function plainNumber(value: number): string {
  if (Number.isNaN(value)) return "not a number";
  if (value === Number.POSITIVE_INFINITY) return "infinite";
  if (value === Number.NEGATIVE_INFINITY) return "minus infinite";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return Number(value.toPrecision(4)).toExponential();
  return String(Number(value.toPrecision(4)));
}
