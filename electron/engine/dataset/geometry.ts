import type { Geometry, Origin, Vec3 } from "../../contracts/dataset.ts";

export function cross(a: Vec3, b: Vec3): Vec3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a: Vec3, b: Vec3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function along(origin: Vec3, ...steps: [Vec3, number][]): Vec3 {
  const out: Vec3 = [...origin];
  for (const [direction, distance] of steps) {
    for (let axis = 0; axis < 3; axis++) out[axis] += direction[axis] * distance;
  }
  return out;
}

export function normalised(a: Vec3): Vec3 | null {
  const length = Math.sqrt(dot(a, a));
  return length > 1e-6 && Number.isFinite(length) ? [a[0] / length, a[1] / length, a[2] / length] : null;
}

/** Unit normal of the slices: row direction x column direction. */
export function sliceNormal(geometry: Geometry): Vec3 {
  return cross(geometry.rowDirection, geometry.columnDirection);
}

const axisLetters: [string, string][] = [
  ["L", "R"],
  ["P", "A"],
  ["H", "F"],
];

/** Letters of a patient direction by falling weight, as PS3.3 C.7.6.1.1.1 spells them for Patient Orientation. */
export function directionLetters(direction: Vec3): string {
  return [0, 1, 2]
    .filter((axis) => Math.abs(direction[axis]) > 0.1)
    .sort((a, b) => Math.abs(direction[b]) - Math.abs(direction[a]))
    .map((axis) => axisLetters[axis][direction[axis] > 0 ? 0 : 1])
    .join("");
}

export interface EdgeLetters {
  left: string;
  right: string;
  top: string;
  bottom: string;
}

export function edgeLetters(geometry: Geometry): EdgeLetters {
  if (geometry.orientation === "unknown") return { left: "", right: "", top: "", bottom: "" };
  const opposite = (a: Vec3): Vec3 => [-a[0], -a[1], -a[2]];
  return {
    right: directionLetters(geometry.rowDirection),
    left: directionLetters(opposite(geometry.rowDirection)),
    bottom: directionLetters(geometry.columnDirection),
    top: directionLetters(opposite(geometry.columnDirection)),
  };
}

/** `axial`, `sagittal`, `coronal`, `oblique (near axial)` or `unknown`. */
export function orientationName(geometry: Geometry): string {
  if (geometry.orientation === "unknown") return "unknown";
  const normal = sliceNormal(geometry);
  const names = ["sagittal", "coronal", "axial"];
  const main = [0, 1, 2].reduce(
    (best, axis) => (Math.abs(normal[axis]) > Math.abs(normal[best]) ? axis : best),
    0,
  );
  return Math.abs(normal[main]) > 0.996 ? names[main] : `oblique (near ${names[main]})`;
}

/** A grid at the origin for data that does not say how it lies in the patient. */
export function unknownGeometry(
  slices: number,
  spacingMm: [number, number],
  sliceSpacingMm: number | null,
): Geometry {
  return {
    orientation: "unknown",
    rowDirection: [1, 0, 0],
    columnDirection: [0, 1, 0],
    spacingMm,
    sliceSpacingMm,
    sliceThicknessMm: null,
    positions: Array.from({ length: slices }, (_, slice): Vec3 => [0, 0, slice * (sliceSpacingMm ?? 1)]),
    frameOfReferenceUid: null,
  };
}

const statedDirections: Record<"axial" | "sagittal" | "coronal", [Vec3, Vec3]> = {
  axial: [
    [1, 0, 0],
    [0, 1, 0],
  ],
  sagittal: [
    [0, 1, 0],
    [0, 0, -1],
  ],
  coronal: [
    [1, 0, 0],
    [0, 0, -1],
  ],
};

/**
 * Geometry with an orientation that the user states for data that has none: radiological display directions of
 * that plane, the stack centred at the origin. A known orientation is never overruled.
 */
export function statedGeometry(
  geometry: Geometry,
  stated: "axial" | "sagittal" | "coronal",
  matrix: readonly [number, number],
): Geometry {
  if (geometry.orientation === "known") return geometry;
  const [rowDirection, columnDirection] = statedDirections[stated];
  const normal = cross(rowDirection, columnDirection);
  const [dx, dy] = geometry.spacingMm;
  const step = geometry.sliceSpacingMm ?? 1;
  const slices = geometry.positions.length;
  return {
    ...geometry,
    orientation: "stated",
    rowDirection,
    columnDirection,
    positions: geometry.positions.map((_, slice) =>
      along(
        [0, 0, 0],
        [rowDirection, (-(matrix[1] - 1) / 2) * dx],
        [columnDirection, (-(matrix[0] - 1) / 2) * dy],
        [normal, (slice - (slices - 1) / 2) * step],
      ),
    ),
  };
}

/** Geometry of the slices `[from, to)`. */
export function geometryOfSlices(geometry: Geometry, from: number, to: number): Geometry {
  return { ...geometry, positions: geometry.positions.slice(from, to) };
}

export function emptyOrigin(): Origin {
  return {
    modality: "MR",
    patientName: "",
    patientId: "",
    patientBirthDate: "",
    patientSex: "",
    studyInstanceUid: null,
    studyDate: "",
    studyTime: "",
    studyId: "",
    studyDescription: "",
    accessionNumber: "",
    referringPhysician: "",
    seriesInstanceUid: null,
    seriesDescription: "",
    seriesNumber: null,
    bodyPart: "",
    patientPosition: "",
    protocolName: "",
    manufacturer: "",
    fieldStrengthTesla: null,
    echoTimeMs: null,
    repetitionTimeMs: null,
    inversionTimeMs: null,
    flipAngleDeg: null,
    echoTrainLength: null,
    scanningSequence: "",
    sequenceVariant: "",
    acquisitionType: "",
    references: [],
  };
}
