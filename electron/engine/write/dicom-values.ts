import { createHash } from "node:crypto";
import { EchoError } from "../base/errors.ts";

/**
 * UID of the form 2.25.<integer of a UUID> (PS3.5 B.2). The UUID is version 8 (RFC 9562: own content), made of a hash of
 * `parts`, so that the same content gets the same UID again.
 */
export function contentUid(...parts: string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest();
  hash[6] = (hash[6] & 0x0f) | 0x80;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${hash.subarray(0, 16).toString("hex")}`)}`;
}

/** Decimal String (PS3.5 6.2): at most 16 characters, as many digits as fit. @throws EchoError WRITE_FAILED. */
export function decimalString(value: number): string {
  if (!Number.isFinite(value)) throw new EchoError("WRITE_FAILED", `${value} is not a DICOM number`);
  const shortest = String(value);
  if (shortest.length <= 16) return shortest;
  for (let digits = 16; digits > 0; digits--) {
    const text = value.toPrecision(digits);
    if (text.length <= 16) return text;
  }
  return value.toExponential(8);
}

/** Cuts at whole characters and takes out what DICOM text may not hold. */
export function shortText(value: string, length: number): string {
  return [...value.replace(/[\\\p{Cc}]/gu, " ").trim()].slice(0, length).join("");
}

/** Code String: upper case, digits, space and underscore, 16 characters; empty when nothing of it is left. */
export function codeString(value: string): string {
  return value
    .toUpperCase()
    .replace(/[^A-Z0-9 _\\]/g, "")
    .split("\\")
    .map((part) => part.trim().slice(0, 16))
    .filter((part) => part !== "")
    .join("\\");
}

/** A date as DA has it, or empty. */
export function dateString(value: string): string {
  return /^\d{8}$/.test(value) ? value : "";
}

/** A time as TM has it, or empty. */
export function timeString(value: string): string {
  return /^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/.test(value) ? value : "";
}

export interface Rescale {
  /** The slope as it is written; stored values times `value` give the input's own scale. Intercept 0. */
  readonly text: string;
  readonly value: number;
}

/** One slope for a whole series that maps its largest magnitude to 65535 or just below. */
export function rescaleFor(maximum: number): Rescale {
  if (maximum === 0) return { text: "1", value: 1 };
  // Rounded up at the ninth digit, so that the largest value never runs over 65535.
  const text = ((maximum / 65535) * (1 + 1e-8)).toExponential(8);
  return { text, value: Number(text) };
}

/** Unsigned 16-bit values of magnitudes. */
export function quantised(data: Float32Array, rescale: Rescale): Uint16Array {
  const out = new Uint16Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = Math.min(65535, Math.round(data[i] / rescale.value));
  return out;
}
