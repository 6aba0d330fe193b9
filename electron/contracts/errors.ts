import { z } from "zod";

/**
 * Every way in which PureEcho says no. A code is part of the command line's contract: scripts may rely on it.
 * The exit code of each is in `exitCodeOf`.
 */
export const errorCodes = [
  "USAGE",
  "NOT_FOUND",
  "NOT_READABLE",
  "UNKNOWN_FORMAT",
  "UNSUPPORTED",
  "DAMAGED",
  "TOO_LARGE",
  "NO_CALIBRATION",
  "SHAPE_MISMATCH",
  "AMBIGUOUS",
  "MODEL_MISSING",
  "MODEL_HASH",
  "DEVICE_UNAVAILABLE",
  "WRITE_FAILED",
  "SELF_CHECK_FAILED",
  "CANCELLED",
  "ENGINE_LOST",
  "FORBIDDEN",
  "INTERNAL",
] as const;

export const errorCodeSchema = z.enum(errorCodes);
export type ErrorCode = z.infer<typeof errorCodeSchema>;

/** What crosses a process border when something fails: `CODE: file: place: cause`, and what the user can do. */
export const faultSchema = z.strictObject({
  code: errorCodeSchema,
  /** File the fault is about, or null. Never sent to the window (hosts replace it by the file's base name). */
  path: z.string().nullable(),
  /** Place inside the file or the request: byte offset, DICOM tag, HDF5 path, option name. */
  where: z.string().nullable(),
  reason: z.string(),
  hint: z.string().nullable(),
});
export type Fault = z.infer<typeof faultSchema>;

/** Exit codes of the command line (design section 5). */
export const exitCodes = {
  done: 0,
  someFailed: 1,
  usage: 2,
  refused: 3,
  notAvailable: 4,
  notWritten: 5,
  selfCheckFailed: 6,
  cancelled: 130,
} as const;

export function exitCodeOf(code: ErrorCode): number {
  switch (code) {
    case "USAGE":
      return exitCodes.usage;
    case "MODEL_MISSING":
    case "MODEL_HASH":
    case "DEVICE_UNAVAILABLE":
      return exitCodes.notAvailable;
    case "WRITE_FAILED":
      return exitCodes.notWritten;
    case "SELF_CHECK_FAILED":
      return exitCodes.selfCheckFailed;
    case "CANCELLED":
      return exitCodes.cancelled;
    case "ENGINE_LOST":
    case "INTERNAL":
      return exitCodes.someFailed;
    default:
      return exitCodes.refused;
  }
}

/** One line for a terminal or a log. */
export function faultLine(fault: Fault): string {
  return [fault.code, fault.path, fault.where, fault.reason].filter((part) => part !== null).join(": ");
}
