import type { ComplexArray } from "../../electron/engine/base/complex.ts";

export interface MapAgreement {
  /** `|<S, T>| / (|S| |T|)` over coils, ascending, of the pixels where both have sensitivities and `inside` holds. */
  readonly overlaps: Float64Array;
  readonly mean: number;
  readonly firstPercentile: number;
  readonly least: number;
  /** Pixels where only one of the two has sensitivities. */
  readonly onlyOne: number;
}

/** How well two sets of coil sensitivities `[coil, y, x]` agree pixel by pixel, up to a phase common to all coils. */
export function mapAgreement(
  one: ComplexArray,
  other: ComplexArray,
  inside: (y: number, x: number) => boolean = () => true,
): MapAgreement {
  const [coils, rows, columns] = one.shape;
  const found: number[] = [];
  let onlyOne = 0;
  for (let i = 0; i < rows * columns; i++) {
    if (!inside(Math.floor(i / columns), i % columns)) continue;
    let [re, im, first, second] = [0, 0, 0, 0];
    for (let coil = 0; coil < coils; coil++) {
      const at = 2 * (coil * rows * columns + i);
      const [a, b, c, d] = [one.data[at], one.data[at + 1], other.data[at], other.data[at + 1]];
      re += a * c + b * d;
      im += a * d - b * c;
      first += a * a + b * b;
      second += c * c + d * d;
    }
    if (first > 0 && second > 0) found.push(Math.hypot(re, im) / Math.sqrt(first * second));
    else if (first > 0 || second > 0) onlyOne++;
  }
  const overlaps = Float64Array.from(found).sort();
  return {
    overlaps,
    mean: overlaps.reduce((sum, value) => sum + value, 0) / overlaps.length,
    firstPercentile: overlaps[Math.floor(0.01 * overlaps.length)],
    least: overlaps[0],
    onlyOne,
  };
}
