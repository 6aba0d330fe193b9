import { directionsOf } from "./ismrmrd-geometry.ts";
import { type Acquisition, flag, hasFlag } from "./ismrmrd-table.ts";

const notImage = [
  [flag.noise, "noise"],
  [flag.phaseCorrection, "phase correction"],
  [flag.navigation, "navigator"],
  [flag.hpFeedback, "feedback"],
  [flag.rtFeedback, "real-time feedback"],
  [flag.dummy, "dummy"],
  [flag.surfaceCoilCorrection, "surface coil correction"],
  [flag.phaseStabilisationReference, "phase stabilisation reference"],
  [flag.phaseStabilisation, "phase stabilisation"],
] as const;

export type Role = "image" | "calibration" | (typeof notImage)[number][1];

/** What a readout is for, by its flags. */
export function roleOf(line: Acquisition): Role {
  for (const [number, name] of notImage) if (hasFlag(line, number)) return name;
  const calibrationOnly = hasFlag(line, flag.calibration) && !hasFlag(line, flag.calibrationAndImaging);
  return calibrationOnly ? "calibration" : "image";
}

/** Calibration lines that are not imaging lines as well. */
export function isCalibrationOnly(line: Acquisition): boolean {
  return roleOf(line) === "calibration";
}

/** Lines that make one dataset. */
export interface Stack {
  readonly key: string;
  /** Indices of the stack without its orientation. */
  readonly indices: string;
  readonly first: Acquisition;
  readonly lines: Acquisition[];
}

export const stackIndices = ["encoding", "contrast", "phase", "repetition", "set"] as const;

/** One stack for every encoding, contrast, phase, repetition, set and orientation, in the order of the indices. */
export function groupedStacks(image: readonly Acquisition[]): Stack[] {
  const orientations = new Map<string, string>();
  const stacks = new Map<string, Stack>();
  for (const line of image) {
    const indices = stackIndices.map((name) => String(line[name]).padStart(5, "0")).join(".");
    const slice = `${indices}.${line.slice}`;
    let orientation = orientations.get(slice);
    if (orientation === undefined) {
      orientation = (directionsOf(line) ?? [])
        .flat()
        .map((value) => (value + 0).toFixed(3))
        .join(",");
      orientations.set(slice, orientation);
    }
    const key = `${indices} ${orientation.replaceAll("-0.000", "0.000")}`;
    const stack = stacks.get(key);
    if (stack === undefined) stacks.set(key, { key, indices, first: line, lines: [line] });
    else stack.lines.push(line);
  }
  return [...stacks.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
