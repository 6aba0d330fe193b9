import type { ComplexArray } from "../base/complex.ts";
import { complexPart, complexZeros } from "../base/complex.ts";
import type { KspaceSlice } from "../dataset/dataset.ts";
import { calibrationBlock, kspacePeak, limited } from "./calibration.ts";
import { combineCoils, rootSumOfSquares } from "./combine.ts";

/** Lines of the low-resolution image that the scale is taken from. */
const scaleLines = 24;
/** Fewer central lines than this are no low-resolution image. */
const fewestLines = 8;
const percentile = 0.995;

export interface Scale {
  /** What samples are divided by before options act on them. */
  readonly factor: number;
  /** `block`: the rule; `image`: no central block was there; `empty`: there is no signal and nothing is scaled. */
  readonly from: "block" | "image" | "empty";
}

/** Value below which `fraction` of the magnitudes of `[y, x]` lie, linear between neighbours. */
export function magnitudePercentile(image: ComplexArray, fraction: number): number {
  const values = new Float32Array(image.data.length / 2);
  for (let i = 0; i < values.length; i++) values[i] = Math.hypot(image.data[2 * i], image.data[2 * i + 1]);
  values.sort();
  const place = fraction * (values.length - 1);
  const below = Math.floor(place);
  const above = Math.min(values.length - 1, below + 1);
  return values[below] + (place - below) * (values[above] - values[below]);
}

/**
 * The scale rule: the 99.5th percentile of the magnitude of the low-resolution image that the central block of at
 * most 24 acquired lines makes (both phase encodings of a mask without whole lines). Without such a block the
 * image of all samples is taken. It needs nothing but what was acquired, and no absolute size: k-space peaks from
 * 4e-4 to 5e13 occur.
 */
export function scanScale(input: KspaceSlice, maps: ComplexArray | null): Scale {
  const { samples, mask } = input;
  const [coils, rows, columns] = samples.shape;
  const peak = kspacePeak(samples);
  const block = calibrationBlock(mask, peak, [rows, columns]);
  const [top, bottom] = limited(block.rows, peak[0], scaleLines, rows);
  const [left, right] =
    mask.shape.length === 1 ? block.columns : limited(block.columns, peak[1], scaleLines, columns);
  const enough = bottom - top >= Math.min(fewestLines, rows);
  let image: ComplexArray;
  if (enough) {
    const kept = complexZeros(coils, rows, columns);
    for (let coil = 0; coil < coils; coil++) {
      const [from, to] = [complexPart(samples, coil).data, complexPart(kept, coil).data];
      for (let row = top; row < bottom; row++) {
        const start = 2 * (row * columns + left);
        to.set(from.subarray(start, start + 2 * (right - left)), start);
      }
    }
    image = rootSumOfSquares(kept);
  } else {
    image = maps === null ? rootSumOfSquares(samples) : combineCoils(samples, maps);
  }
  const factor = magnitudePercentile(image, percentile);
  // NaN and infinite samples are the self-check's to refuse.
  if (!(factor > 0) || !Number.isFinite(factor)) return { factor: 1, from: "empty" };
  return { factor, from: enough ? "block" : "image" };
}
