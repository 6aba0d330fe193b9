import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "./shared.ts";

export interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
  /** The JSON document of a call with `--json`. */
  json: () => Record<string, unknown>;
}

export interface CliOptions {
  cwd?: string;
  /** Node that starts `bin/pureecho.js`. */
  node?: string;
  environment?: Record<string, string>;
  onStart?: (child: ChildProcess) => void;
}

/** Runs the command line as a user does: through `bin/pureecho.js`. */
export function pureecho(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  const child = spawn(options.node ?? process.execPath, [join(repositoryRoot, "bin/pureecho.js"), ...args], {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...process.env, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  options.onStart?.(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> }),
    );
  });
}
