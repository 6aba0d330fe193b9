import { fork } from "node:child_process";
import type { z } from "zod";

/** How a short-lived process ended: with an answer, or without one and why. `stderr` is its last part. */
export type Probed<Answer> =
  | { answered: true; answer: Answer; stderr: string }
  | { answered: false; reason: string; stderr: string };

const keptOfStderr = 16_384;

/**
 * Runs a module in a process of its own and waits for its one message. Whatever the child does (abort, segmentation
 * fault, endless loop, nonsense) is an answer in words here. An answer counts only when the process also ended
 * well: what crashes while it cleans up would crash the engine too.
 */
export function probe<Answer>(
  entry: string,
  args: readonly string[],
  schema: z.ZodType<Answer>,
  timeoutMs: number,
): Promise<Probed<Answer>> {
  return new Promise((resolve) => {
    let message: unknown;
    let stderr = "";
    let late = false;
    const child = fork(entry, args, { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-keptOfStderr);
    });
    child.on("message", (received) => {
      message = received;
    });
    const finish = (reason: string | null): void => {
      clearTimeout(timer);
      const parsed = schema.safeParse(message);
      if (reason !== null) resolve({ answered: false, reason, stderr });
      else if (parsed.success) resolve({ answered: true, answer: parsed.data, stderr });
      else resolve({ answered: false, reason: "its test process gave no answer", stderr });
    };
    child.on("error", (error) => finish(`its test process could not be started: ${error.message}`));
    child.on("close", (code, signal) => {
      if (late) finish(`its test process did not answer within ${Math.round(timeoutMs / 1000)} s`);
      else if (signal !== null) finish(`its test process was ended by ${signal}`);
      else if (code !== 0) finish(`its test process failed with exit code ${code}`);
      else finish(null);
    });
  });
}
