import type { ErrorCode, Fault } from "../../contracts/errors.ts";
import { faultLine } from "../../contracts/errors.ts";

/** An error that names file, place and cause. Everything the engine throws on purpose is one of these. */
export class EchoError extends Error {
  readonly fault: Fault;

  constructor(
    code: ErrorCode,
    reason: string,
    at: { path?: string | null; where?: string | null; hint?: string | null; cause?: unknown } = {},
  ) {
    const fault: Fault = {
      code,
      path: at.path ?? null,
      where: at.where ?? null,
      reason,
      hint: at.hint ?? null,
    };
    super(faultLine(fault), { cause: at.cause });
    this.name = "EchoError";
    this.fault = fault;
  }
}

/** Any thrown value as a fault; what was not thrown on purpose becomes `INTERNAL`. */
export function faultOf(error: unknown): Fault {
  if (error instanceof EchoError) return error.fault;
  if (error instanceof Error && error.name === "AbortError") {
    return { code: "CANCELLED", path: null, where: null, reason: "cancelled", hint: null };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: "INTERNAL", path: null, where: null, reason, hint: null };
}

export function cancelled(): EchoError {
  return new EchoError("CANCELLED", "cancelled by the user");
}
