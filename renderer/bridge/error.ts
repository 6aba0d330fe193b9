import type { Fault } from "../../electron/contracts/errors.ts";

function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "code" in value && "reason" in value;
}

/** A refusal or failure that the host told. */
export class BridgeError extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.reason);
    this.name = "BridgeError";
    this.fault = fault;
  }

  static from(value: unknown, otherwise: string): BridgeError {
    if (value instanceof BridgeError) return value;
    if (isFault(value)) return new BridgeError(value);
    const reason = value instanceof Error ? value.message : otherwise;
    return new BridgeError({ code: "INTERNAL", path: null, where: null, reason, hint: null });
  }
}
