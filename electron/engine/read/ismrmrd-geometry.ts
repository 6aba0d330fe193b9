import type { Geometry, Vec3 } from "../../contracts/dataset.ts";
import { along, cross, dot, normalised, unknownGeometry } from "../dataset/geometry.ts";
import type { Acquisition } from "./ismrmrd-table.ts";

/** A slice of a stack before sorting: its line of `slice`, its partition, the centre of its plane. */
export interface SlicePlace {
  readonly slice: number;
  readonly partition: number;
  readonly centre: Vec3;
}

export interface StackGrid {
  readonly reconMatrix: readonly [number, number];
  readonly reconFovMm: readonly [number, number] | null;
  /** Distance of partitions, or thickness of a two-dimensional slice, mm; null where the header is silent. */
  readonly sliceMm: number | null;
  /** Slices are partitions of a slab and touch each other; two-dimensional slices may have gaps. */
  readonly contiguous: boolean;
  readonly frameOfReferenceUid: string | null;
}

/**
 * Unit read and phase directions (LPS) of a readout, null where they are zero, not finite or not perpendicular: unknown is
 * said, not guessed.
 */
export function directionsOf(line: Acquisition): [Vec3, Vec3] | null {
  const read = normalised(line.readDirection);
  const phase = normalised(line.phaseDirection);
  if (read === null || phase === null || Math.abs(dot(read, phase)) > 0.01) return null;
  return [read, phase];
}

/**
 * Sorts the slices of one stack along the normal of its planes and gives their geometry: image x follows the read
 * direction, image y the phase direction; the centre of a plane is the pixel floor(N/2) of a centred transform.
 * Slices keep the order of the file, and the orientation is unknown, where directions are missing or all slices
 * share one position.
 */
export function sortedStack(
  first: Acquisition,
  slices: readonly SlicePlace[],
  grid: StackGrid,
): { order: SlicePlace[]; geometry: Geometry; uneven: boolean } {
  const [rows, columns] = grid.reconMatrix;
  const spacingMm: [number, number] =
    grid.reconFovMm === null ? [1, 1] : [grid.reconFovMm[1] / columns, grid.reconFovMm[0] / rows];
  const directions = directionsOf(first);
  const normal = directions === null ? null : cross(...directions);
  const heights = slices.map((one) => (normal === null ? 0 : dot(one.centre, normal)));
  const apart = new Set(heights.map((height) => Math.round(height * 1000))).size === slices.length;
  if (directions === null || normal === null || !apart || !heights.every(Number.isFinite)) {
    const geometry = unknownGeometry(slices.length, spacingMm, grid.contiguous ? grid.sliceMm : null);
    return { order: [...slices], geometry: { ...geometry, sliceThicknessMm: grid.sliceMm }, uneven: false };
  }
  const order = slices
    .map((one, index) => ({ one, height: heights[index] }))
    .sort((a, b) => a.height - b.height);
  const steps = order.slice(1).map((entry, index) => entry.height - order[index].height);
  const step = steps.length === 0 ? null : steps.reduce((sum, one) => sum + one, 0) / steps.length;
  const even = step === null || steps.every((one) => Math.abs(one - step) <= Math.max(0.01, 0.01 * step));
  const [read, phase] = directions;
  return {
    order: order.map((entry) => entry.one),
    uneven: !even,
    geometry: {
      orientation: "known",
      rowDirection: read,
      columnDirection: phase,
      spacingMm,
      sliceSpacingMm: even ? step : null,
      sliceThicknessMm: grid.sliceMm,
      positions: order.map(({ one }) =>
        along(
          one.centre,
          [read, -Math.floor(columns / 2) * spacingMm[0]],
          [phase, -Math.floor(rows / 2) * spacingMm[1]],
        ),
      ),
      frameOfReferenceUid: grid.frameOfReferenceUid,
    },
  };
}
