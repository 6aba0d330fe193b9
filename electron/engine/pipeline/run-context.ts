import type { OperationEvent } from "../../contracts/operations.ts";

/** What every running operation is given. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly onEvent: (event: OperationEvent) => void;
}
