/** Counts restarts in a sliding window of time, so that something that breaks at once is not started for ever. */
export class RestartBudget {
  readonly #times: number[] = [];
  readonly #allowed: number;
  readonly #windowMs: number;

  /** @param allowed restarts within `windowMs` milliseconds */
  constructor(allowed: number, windowMs: number) {
    this.#allowed = allowed;
    this.#windowMs = windowMs;
  }

  /** True, and counted, when one more restart is within the budget. */
  take(now = Date.now()): boolean {
    while (this.#times.length > 0 && this.#times[0] <= now - this.#windowMs) this.#times.shift();
    if (this.#times.length >= this.#allowed) return false;
    this.#times.push(now);
    return true;
  }
}
