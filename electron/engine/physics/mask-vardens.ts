import type { RandomStream } from "../base/random.ts";

/** Power of the polynomial that the density falls with (Lustig et al., Magn Reson Med 58:1182, 2007). */
const power = 2;

/**
 * Whole lines with a density that falls from the centre of k-space outwards: exactly `total` of `lines`, among them
 * all from `first` on that are `centre` many.
 *
 * Lines are drawn without replacement in proportion to `(1 - distance)^2`, by the largest of `ln(u) / weight`
 * (Efraimidis and Spirakis, Inf Process Lett 97:181, 2006), so the count holds without a rejected draw.
 *
 * @param total at least `centre`, at most `lines`
 * @returns the mask `[ky]` of zeros and ones
 */
export function drawVariableDensity(
  lines: number,
  total: number,
  first: number,
  centre: number,
  stream: RandomStream,
): Uint8Array {
  const mask = new Uint8Array(lines).fill(1, first, first + centre);
  const middle = Math.floor(lines / 2);
  const keys: { readonly line: number; readonly key: number }[] = [];
  for (let line = 0; line < lines; line++) {
    // One more than the farthest line: every line can be drawn.
    const weight = (1 - Math.abs(line - middle) / (middle + 1)) ** power;
    const key = Math.log(stream.uniform()) / weight;
    if (mask[line] === 0) keys.push({ line, key });
  }
  keys.sort((a, b) => b.key - a.key);
  for (const { line } of keys.slice(0, total - centre)) mask[line] = 1;
  return mask;
}
