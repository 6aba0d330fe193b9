import { EchoError } from "../base/errors.ts";
import { randomStream } from "../base/random.ts";
import type { SamplingMask } from "../dataset/dataset.ts";
import { drawPoisson } from "./mask-poisson.ts";
import { drawVariableDensity } from "./mask-vardens.ts";

/**
 * Retrospective sampling masks. Those of whole phase-encode lines but `vardens` go by the rules of the fastMRI
 * challenge (Zbontar et al., arXiv 1811.08839, and its published mask functions): the line counts for a width, an
 * acceleration and a centre are the same. The random draws are this program's own streams, so single lines differ
 * from another program's. `vardens` and `poisson` have exactly N/R lines or points, the centre included.
 */

const drawnKinds = [
  "equispaced",
  "fraction",
  "random",
  "magic",
  "magic-fraction",
  "vardens",
  "poisson",
] as const;
export type MaskKind = (typeof drawnKinds)[number];

export interface MaskSpec {
  readonly kind: MaskKind;
  readonly acceleration: number;
  /** Lines of the fully sampled centre, a fraction of all lines when below 1; of `poisson` the edge of a square. */
  readonly centre: number;
  /** First line of a regular pattern, null to draw it from the seed. */
  readonly offset: number | null;
}

const grammar = "KIND:R:CENTRE[:OFFSET], such as equispaced:3:24:0 or random:4:0.08";

function usage(spec: string, reason: string): EchoError {
  return new EchoError("USAGE", reason, { where: `mask ${spec}`, hint: `A mask is ${grammar}.` });
}

/** How a spec is written; the inverse of `parseMask`. */
function written(spec: MaskSpec): string {
  const offset = spec.offset === null ? "" : `:${spec.offset}`;
  return `${spec.kind}:${spec.acceleration}:${spec.centre}${offset}`;
}

/** @throws EchoError USAGE that says which part of the spec is wrong. */
export function parseMask(spec: string): MaskSpec {
  const [kind, ...rest] = spec.split(":");
  if (!(drawnKinds as readonly string[]).includes(kind)) {
    throw usage(spec, `there is no kind ${JSON.stringify(kind)}; known are ${drawnKinds.join(", ")}`);
  }
  if (rest.length < 2 || rest.length > 3) {
    throw usage(spec, `${rest.length + 1} parts where KIND, R, CENTRE and perhaps OFFSET are due`);
  }
  const [acceleration, centre, offset] = rest.map((text) =>
    /^\d+(\.\d+)?$/.test(text) ? Number(text) : null,
  );
  if (acceleration === null)
    throw usage(spec, `the acceleration R ${JSON.stringify(rest[0])} is not a number`);
  if (acceleration < 1) throw usage(spec, `the acceleration R is ${acceleration}, at least 1 is due`);
  const stepped = kind === "equispaced" || kind === "magic" || kind === "magic-fraction";
  if (stepped && !Number.isInteger(acceleration)) {
    throw usage(spec, `${kind} steps in whole lines: R is ${acceleration}, a whole number is due`);
  }
  if (centre === null) throw usage(spec, `the centre ${JSON.stringify(rest[1])} is not a number`);
  if (centre >= 1 && !Number.isInteger(centre)) {
    throw usage(spec, `the centre is ${centre}: a fraction below 1, or a whole number of lines`);
  }
  if (offset === null || (offset !== undefined && !Number.isInteger(offset))) {
    throw usage(spec, `the offset ${JSON.stringify(rest[2])} is not a whole number`);
  }
  const regular = kind !== "random" && kind !== "vardens" && kind !== "poisson";
  if (!regular && offset !== undefined) throw usage(spec, `a ${kind} mask has no offset`);
  return { kind: kind as MaskKind, acceleration, centre, offset: offset ?? null };
}

/** Rounds halves to the even neighbour, as Python and numpy do. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const part = value - below;
  if (part !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Spacing that makes a regular pattern and its centre reach `lines / acceleration` lines in all. */
function adjustedSpacing(lines: number, acceleration: number, centre: number): number {
  return (acceleration * (centre - lines)) / (centre * acceleration - lines);
}

/** Two half patterns shifted against each other, so that conjugate neighbours are not both measured. */
function addMagic(mask: Uint8Array, spacing: number, offset: number): void {
  const lines = mask.length;
  const even = offset % 2 === 0;
  const firstPositive = even ? offset + 1 : offset + 2;
  const firstNegative = even ? offset + 2 : offset - 1;
  const positiveHalf = Math.floor((lines + 1) / 2);
  const negativeHalf = lines - positiveHalf;
  // Positive frequencies lie above floor(N/2), negative ones are counted downwards from just below it.
  for (let i = firstPositive; i < positiveHalf; i += spacing) mask[negativeHalf + i] = 1;
  for (let i = firstNegative; i < negativeHalf; i += spacing) mask[negativeHalf - 1 - i] = 1;
}

/** First of `centre` places around floor(N/2). */
function firstOfCentre(length: number, centre: number): number {
  return Math.floor((length - centre + 1) / 2);
}

function poissonMask(spec: MaskSpec, rows: number, columns: number, seed: number): SamplingMask {
  const shorter = Math.min(rows, columns);
  const edge = spec.centre < 1 ? roundHalfEven(shorter * spec.centre) : spec.centre;
  if (edge > shorter) {
    throw usage(written(spec), `a square of edge ${edge} at the centre, k-space is ${rows} x ${columns}`);
  }
  const total = Math.max(1, roundHalfEven((rows * columns) / spec.acceleration));
  if (edge * edge > total) {
    const reason = `${edge * edge} centre points alone are more than the ${total} of ${rows * columns} that R allows`;
    throw usage(written(spec), reason);
  }
  const square = { row: firstOfCentre(rows, edge), column: firstOfCentre(columns, edge), edge };
  const { data } = drawPoisson(rows, columns, total, square, randomStream(seed, "mask"));
  return { shape: [rows, columns], data };
}

/**
 * Draws a mask for k-space of `rows` lines: whole lines `[ky]`, or of `poisson`, which takes both axes for phase
 * encodings, points `[ky, kx]`. The same seed draws the same mask.
 *
 * @throws EchoError USAGE when the spec does not fit this many lines.
 */
export function drawMask(spec: MaskSpec, rows: number, columns: number, seed: number): SamplingMask {
  const { kind, acceleration } = spec;
  if (kind === "poisson") return poissonMask(spec, rows, columns, seed);
  const refuse = (reason: string): EchoError => usage(written(spec), reason);
  const stream = randomStream(seed, "mask");
  let centre = spec.centre < 1 ? roundHalfEven(rows * spec.centre) : spec.centre;
  if (centre > rows) throw refuse(`a centre of ${centre} lines, k-space has ${rows}`);
  const needsTotal = kind === "fraction" || kind === "random";
  const allowed = roundHalfEven(rows / acceleration);
  if (kind === "vardens" ? centre > allowed : needsTotal && centre < rows && centre * acceleration > rows) {
    throw refuse(`${centre} centre lines alone are more than the ${allowed} of ${rows} that R allows`);
  }
  if (kind === "vardens") {
    const total = Math.max(1, allowed);
    const first = firstOfCentre(rows, centre);
    return { shape: [rows], data: drawVariableDensity(rows, total, first, centre, stream) };
  }
  const mask = new Uint8Array(rows);
  const offsetBelow = (period: number): number => {
    if (spec.offset === null) return stream.integer(period);
    if (spec.offset >= period) throw refuse(`the offset is ${spec.offset}, below ${period} is due`);
    return spec.offset;
  };
  switch (kind) {
    case "equispaced":
      for (let i = offsetBelow(acceleration); i < rows; i += acceleration) mask[i] = 1;
      break;
    case "fraction": {
      // A centre of exactly N/R lines leaves nothing to place.
      if (centre * acceleration === rows || centre === rows) break;
      const spacing = adjustedSpacing(rows, acceleration, centre);
      const offset = offsetBelow(Math.max(1, roundHalfEven(spacing)));
      for (let i = 0; offset + i * spacing < rows - 1; i++) mask[roundHalfEven(offset + i * spacing)] = 1;
      break;
    }
    case "random": {
      const chance = centre === rows ? 0 : (rows / acceleration - centre) / (rows - centre);
      for (let i = 0; i < rows; i++) mask[i] = stream.uniform() < chance ? 1 : 0;
      break;
    }
    case "magic":
      addMagic(mask, acceleration, offsetBelow(acceleration));
      break;
    case "magic-fraction": {
      centre = Math.max(Math.min(centre, allowed), 1);
      if (centre < allowed) {
        const spacing = roundHalfEven(rows / (allowed - centre));
        addMagic(mask, spacing, offsetBelow(spacing));
      }
      break;
    }
  }
  const first = firstOfCentre(rows, centre);
  mask.fill(1, first, first + centre);
  return { shape: [rows], data: mask };
}

/**
 * What a mask measures: acquired lines of all lines, or acquired points of all points where it is no pattern of
 * whole lines. `acceleration` is `of / lines`, of one line for an empty mask, so that it stays finite.
 */
export function describeMask(mask: SamplingMask): { lines: number; of: number; acceleration: number } {
  const columns = mask.shape.length === 2 ? mask.shape[1] : 1;
  const rows = mask.shape[0];
  let samples = 0;
  let whole = true;
  for (let row = 0; row < rows; row++) {
    let inRow = 0;
    for (let column = 0; column < columns; column++) inRow += mask.data[row * columns + column] === 0 ? 0 : 1;
    samples += inRow;
    if (inRow !== 0 && inRow !== columns) whole = false;
  }
  const [lines, of] = whole ? [samples / columns, rows] : [samples, rows * columns];
  return { lines, of, acceleration: of / Math.max(1, lines) };
}
