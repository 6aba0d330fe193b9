import { type ErrorCode, exitCodeOf, exitCodes, type Fault, faultLine } from "../../contracts/errors.ts";
import type { OperationEvent } from "../../contracts/operations.ts";
import { faultOf } from "../../engine/base/errors.ts";

export interface Voice {
  json: boolean;
  quiet: boolean;
}

/** Results go to standard output: one JSON document with `--json`, lines for people otherwise. */
export function answer(voice: Voice, document: unknown, lines: () => string[]): void {
  process.stdout.write(voice.json ? `${JSON.stringify(document, null, 2)}\n` : `${lines().join("\n")}\n`);
}

/** Tells a fault and returns the exit code it stands for. */
export function complain(voice: Voice, error: unknown): number {
  const fault: Fault = faultOf(error);
  if (voice.json) process.stdout.write(`${JSON.stringify({ error: fault }, null, 2)}\n`);
  process.stderr.write(`${faultLine(fault)}\n`);
  if (fault.hint !== null) process.stderr.write(`  ${fault.hint}\n`);
  return exitCodeOf(fault.code as ErrorCode);
}

const barWidth = 30;

/** Progress and notices on standard error: a bar on a terminal, a line per tenth of the way otherwise. */
export function progressPrinter(voice: Voice): { onEvent: (event: OperationEvent) => void; end: () => void } {
  if (voice.quiet) return { onEvent: () => undefined, end: () => undefined };
  const terminal = process.stderr.isTTY === true;
  let tenth = -1;
  let drawn = false;
  const clear = (): void => {
    if (drawn) process.stderr.write("\r\x1b[2K");
    drawn = false;
  };
  return {
    onEvent(event) {
      if (event.kind === "notice") {
        clear();
        process.stderr.write(`${event.level}: ${event.text}\n`);
        return;
      }
      if (event.kind !== "progress") return;
      const where = [
        event.slice === null ? "" : ` slice ${event.slice}`,
        event.iteration === null ? "" : ` iteration ${event.iteration}`,
        event.residual === null ? "" : ` residual ${event.residual.toExponential(2)}`,
      ].join("");
      const percent = Math.round(event.fraction * 100);
      if (terminal) {
        const full = Math.round(event.fraction * barWidth);
        process.stderr.write(
          `\r\x1b[2K[${"#".repeat(full)}${"-".repeat(barWidth - full)}] ${percent} % ${event.stage}${where}`,
        );
        drawn = true;
      } else if (Math.floor(percent / 10) !== tenth) {
        // Another tenth, or the beginning of the next job of this command.
        tenth = Math.floor(percent / 10);
        process.stderr.write(`${event.stage}: ${percent} %${where}\n`);
      }
    },
    end: clear,
  };
}

export { exitCodes };
