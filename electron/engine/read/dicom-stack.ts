import { basename } from "node:path";
import type { Geometry, Vec3, Warning } from "../../contracts/dataset.ts";
import { cross, dot, unknownGeometry } from "../dataset/geometry.ts";
import type { DicomFrame } from "./dicom-image.ts";

/** Frames of one volume in order, with their geometry. */
export interface Stack {
  readonly frames: readonly DicomFrame[];
  readonly geometry: Geometry;
  readonly warnings: readonly Warning[];
  /** Which of several volumes of the same series, from 1; null where there is one. */
  readonly volume: number | null;
}

/** Positions closer than this, mm, are one position. */
const samePlace = 0.01;

/** What must agree between the frames of one stack: series, orientation, matrix, echo, image type, spacing, stored bits. */
export function stackKey(frame: DicomFrame): string {
  const { file, row, column, spacing } = frame;
  const rounded = [...(row ?? []), ...(column ?? [])].map((value) => Math.round(value * 1000) + 0);
  const step = (spacing ?? []).map((value) => value.toFixed(4));
  const stored = [file.bitsStored, file.signed, file.inverted];
  // Frames without positions cannot be told from those of another file; a multi-frame file then stays alone.
  const alone = frame.position === null && file.frames > 1 ? file.path : "";
  return JSON.stringify([
    file.series,
    rounded,
    file.rows,
    file.columns,
    frame.echo,
    frame.imageType,
    step,
    stored,
    alone,
  ]);
}

function byOrder(a: DicomFrame, b: DicomFrame): number {
  for (let i = 0; i < Math.max(a.order.length, b.order.length); i++) {
    const difference = (a.order[i] ?? 0) - (b.order[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.file.path < b.file.path ? -1 : a.file.path > b.file.path ? 1 : 0;
}

/**
 * Sorts the frames of one key along the normal of their planes. Where every position occurs equally often, the frames are
 * that many volumes (repetitions); a position that occurs twice among others that do not is a duplicate, of which the
 * first is kept and the other named in a warning.
 */
export function stacksOf(frames: readonly DicomFrame[]): Stack[] {
  const sorted = [...frames].sort(byOrder);
  const first = sorted[0];
  const placed = first.row !== null && first.column !== null && sorted.every((one) => one.position !== null);
  if (!placed) return [unplaced(sorted)];
  const normal = cross(first.row!, first.column!);
  const height = (frame: DicomFrame): number => dot(frame.position!, normal);
  const places: DicomFrame[][] = [];
  for (const frame of [...sorted].sort((a, b) => height(a) - height(b) || byOrder(a, b))) {
    const here = places.at(-1);
    if (here !== undefined && Math.abs(height(here[0]) - height(frame)) < samePlace) here.push(frame);
    else places.push([frame]);
  }
  for (const here of places) here.sort(byOrder);
  const repeats = places[0].length;
  if (repeats > 1 && places.every((here) => here.length === repeats)) {
    return Array.from({ length: repeats }, (_, volume) =>
      stackOf(
        places.map((here) => here[volume]),
        normal,
        [],
        volume + 1,
      ),
    );
  }
  const duplicates = places.flatMap((here) => here.slice(1));
  const warnings =
    duplicates.length === 0
      ? []
      : [
          {
            code: "DUPLICATE_POSITION",
            text: `${duplicates.length} pictures lie where another one lies and are left out: ${named(duplicates)}`,
          },
        ];
  return [
    stackOf(
      places.map((here) => here[0]),
      normal,
      warnings,
      null,
    ),
  ];
}

function named(frames: readonly DicomFrame[]): string {
  const names = frames
    .slice(0, 3)
    .map(({ file, index }) => basename(file.path) + (file.frames > 1 ? ` frame ${index + 1}` : ""));
  return names.join(", ") + (frames.length > 3 ? ", ..." : "");
}

function stackOf(
  frames: readonly DicomFrame[],
  normal: Vec3,
  warnings: readonly Warning[],
  volume: number | null,
): Stack {
  const [first] = frames;
  const positions = frames.map((frame) => frame.position!);
  const heights = positions.map((position) => dot(position, normal));
  const steps = heights.slice(1).map((height, index) => height - heights[index]);
  const { even, found } = evenness(steps);
  const told: Warning[] = [...warnings, ...found];
  if (frames.length > 1 && even !== null && sheared(positions, normal)) {
    told.push({ code: "SHEARED", text: "the slices are shifted against each other inside their planes" });
  }
  return {
    frames,
    volume,
    warnings: [...told, ...spacingWarnings(first)],
    geometry: {
      orientation: "known",
      rowDirection: first.row!,
      columnDirection: first.column!,
      spacingMm: first.spacing === null ? [1, 1] : [...first.spacing],
      sliceSpacingMm: even,
      sliceThicknessMm: positive(first.thickness),
      positions,
      frameOfReferenceUid: first.file.frameOfReference,
    },
  };
}

/** The distance of an even stack; for an uneven one null and why. */
function evenness(steps: readonly number[]): { even: number | null; found: Warning[] } {
  if (steps.length === 0) return { even: null, found: [] };
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)];
  const tolerance = Math.max(samePlace, 0.01 * usual);
  if (steps.every((step) => Math.abs(step - usual) <= tolerance)) {
    return { even: steps.reduce((sum, step) => sum + step, 0) / steps.length, found: [] };
  }
  const gaps = steps.filter(
    (step) => step > 1.5 * usual && Math.abs(step / usual - Math.round(step / usual)) < 0.02,
  );
  const missing = gaps.reduce((sum, step) => sum + Math.round(step / usual) - 1, 0);
  const onlyGaps = steps.every((step) => Math.abs(step - usual) <= tolerance || gaps.includes(step));
  const found = onlyGaps
    ? {
        code: "GAP",
        text: `${missing} slices are missing from a stack with a spacing of ${usual.toFixed(3)} mm`,
      }
    : {
        code: "UNEVEN_SPACING",
        text: `slices lie ${Math.min(...steps).toFixed(3)} to ${Math.max(...steps).toFixed(3)} mm apart`,
      };
  return { even: null, found: [found] };
}

function sheared(positions: readonly Vec3[], normal: Vec3): boolean {
  const from = positions[0];
  const to = positions[positions.length - 1];
  const step: Vec3 = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const height = dot(step, normal);
  return Math.sqrt(Math.max(0, dot(step, step) - height * height)) > Math.max(0.05, 0.01 * Math.abs(height));
}

function spacingWarnings(first: DicomFrame): Warning[] {
  if (first.spacing !== null) return [];
  return [{ code: "NO_SPACING", text: "the pixel spacing is missing or zero; 1 mm is assumed" }];
}

function positive(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value > 0 ? value : null;
}

function unplaced(frames: readonly DicomFrame[]): Stack {
  const [first] = frames;
  const spacing: [number, number] = first.spacing === null ? [1, 1] : [...first.spacing];
  return {
    frames,
    volume: null,
    warnings: [
      { code: "NO_GEOMETRY", text: "orientation or position are missing or unusable; they stay unknown" },
      ...spacingWarnings(first),
    ],
    geometry: {
      ...unknownGeometry(frames.length, spacing, null),
      sliceThicknessMm: positive(first.thickness),
      frameOfReferenceUid: first.file.frameOfReference,
    },
  };
}
