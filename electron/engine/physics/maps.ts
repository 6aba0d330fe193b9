import type { ComplexArray } from "../base/complex.ts";
import { complexPart, complexZeros } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { KspaceSlice } from "../dataset/dataset.ts";
import { calibrationOf, type KspaceBlock, limited } from "./calibration.ts";
import { fft2Centred } from "./fft.ts";
import { magnitudePercentile } from "./scale.ts";

/** Readout positions around the peak that go into the low-resolution images; lines are all that were acquired. */
const readoutWidth = 48;
/** Fewer lines than this give no sensitivities worth the name. */
const fewestLines = 8;
/** Fewer lines than this give sensitivities too coarse for steep profiles; it is said. */
const fewLines = 16;
/** Pixels darker than this part of the 99.5th percentile of the low-resolution image have no sensitivity. */
const supportThreshold = 0.005;

export interface EstimatedMaps {
  /** `[coil, y, x]`, `sum_c |S_c|^2 = 1` on the support, zero elsewhere. */
  readonly maps: ComplexArray;
  /** Lines of the calibration block. */
  readonly lines: number;
  /** What a user should know, or null. */
  readonly notice: string | null;
}

/**
 * Coil sensitivities from the calibration block: the Hann-windowed centre of k-space makes low-resolution coil
 * images, which are divided by their root sum of squares (McKenzie et al., MRM 47, 2002). Separate calibration
 * lines are preferred where the scan has them.
 *
 * @throws EchoError NO_CALIBRATION when fewer than 8 lines around the centre were acquired.
 */
export function estimateMaps(input: KspaceSlice): EstimatedMaps {
  const [coils, rows, columns] = input.samples.shape;
  const { source, peak, block } = calibrationOf(input);
  const lines = block.rows[1] - block.rows[0];
  if (lines < Math.min(fewestLines, rows)) {
    throw new EchoError(
      "NO_CALIBRATION",
      `${lines} adjoining lines around the centre of k-space, at least ${fewestLines} are needed to estimate coil sensitivities`,
      { hint: "Give coil sensitivities with --maps, a mask with a wider centre, or use zero-filled." },
    );
  }
  const window: KspaceBlock = {
    rows: block.rows,
    columns: limited(block.columns, peak[1], readoutWidth, source.shape[2]),
  };
  const images = complexZeros(coils, rows, columns);
  for (let coil = 0; coil < coils; coil++) {
    placeWindowed(complexPart(source, coil), window, complexPart(images, coil));
  }
  fft2Centred(images, true);
  normaliseOnSupport(images);
  return { maps: images, lines, notice: fewLinesNotice(lines, rows) };
}

/** What a user should know of sensitivities from so many lines, of so many that the scan has; null for enough. */
export function fewLinesNotice(lines: number, rows: number): string | null {
  if (lines >= Math.min(fewLines, rows)) return null;
  return `Coil sensitivities come from ${lines} calibration lines only; ${fewLines} or more make them reliable.`;
}

/** Taper of `count` samples without its zero ends, so that every acquired line counts. */
function hann(count: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 1)) / (count + 1)),
  );
}

/** Copies a tapered block of k-space to the same place, counted from the centre, of another grid. */
function placeWindowed(source: ComplexArray, block: KspaceBlock, target: ComplexArray): void {
  const [rowFrom, rowTo] = block.rows;
  const [columnFrom, columnTo] = block.columns;
  const rowTaper = hann(rowTo - rowFrom);
  const columnTaper = hann(columnTo - columnFrom);
  const shift = (axis: number): number =>
    Math.floor(target.shape[axis] / 2) - Math.floor(source.shape[axis] / 2);
  const [down, right] = [shift(0), shift(1)];
  for (let row = rowFrom; row < rowTo; row++) {
    const targetRow = row + down;
    if (targetRow < 0 || targetRow >= target.shape[0]) continue;
    for (let column = columnFrom; column < columnTo; column++) {
      const targetColumn = column + right;
      if (targetColumn < 0 || targetColumn >= target.shape[1]) continue;
      const taper = rowTaper[row - rowFrom] * columnTaper[column - columnFrom];
      const from = 2 * (row * source.shape[1] + column);
      const to = 2 * (targetRow * target.shape[1] + targetColumn);
      target.data[to] = taper * source.data[from];
      target.data[to + 1] = taper * source.data[from + 1];
    }
  }
}

/** Root sum of squares over coils of `[coil, y, x]` as `[y, x]`, magnitude in the real part. */
function coilRss(images: ComplexArray): ComplexArray {
  const [coils, rows, columns] = images.shape;
  const out = complexZeros(rows, columns);
  const plane = rows * columns;
  for (let i = 0; i < plane; i++) {
    let sum = 0;
    for (let coil = 0; coil < coils; coil++) {
      sum += images.data[2 * (coil * plane + i)] ** 2 + images.data[2 * (coil * plane + i) + 1] ** 2;
    }
    out.data[2 * i] = Math.sqrt(sum);
  }
  return out;
}

function normaliseOnSupport(images: ComplexArray): void {
  const [coils, rows, columns] = images.shape;
  const plane = rows * columns;
  const rss = coilRss(images);
  const least = supportThreshold * magnitudePercentile(rss, 0.995);
  for (let i = 0; i < plane; i++) {
    const factor = rss.data[2 * i] > least ? 1 / rss.data[2 * i] : 0;
    for (let coil = 0; coil < coils; coil++) {
      images.data[2 * (coil * plane + i)] *= factor;
      images.data[2 * (coil * plane + i) + 1] *= factor;
    }
  }
}

/**
 * Maps that a user gives, checked: they must fit, and `sum_c |S_c|^2` must not exceed 1, so that `|A| <= 1` and
 * lambda means the same for everyone. Larger ones are divided by their root sum of squares, which is said.
 *
 * @throws EchoError SHAPE_MISMATCH.
 */
export function usableMaps(
  maps: ComplexArray,
  shape: readonly number[],
): { maps: ComplexArray; notice: string | null } {
  if (maps.shape.length !== shape.length || maps.shape.some((length, axis) => length !== shape[axis])) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `the coil sensitivities are ${maps.shape.join(" x ")}, k-space is ${shape.join(" x ")} (coil, y, x)`,
    );
  }
  const rss = coilRss(maps);
  if (rss.data.every((value) => value <= 1.01)) return { maps, notice: null };
  const copy: ComplexArray = { shape: maps.shape, data: Float32Array.from(maps.data) };
  const plane = rss.data.length / 2;
  for (let at = 0; at < copy.data.length; at++) {
    const length = rss.data[2 * (Math.floor(at / 2) % plane)];
    copy.data[at] = length > 0 ? copy.data[at] / length : 0;
  }
  return {
    maps: copy,
    notice:
      "The coil sensitivities given were not normalised; they were divided by their root sum of squares.",
  };
}
