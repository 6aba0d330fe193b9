import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";
import { repositoryRoot } from "./shared.ts";

/** Peers are judges in tests. PUREECHO_REQUIRE_TOOLS=1 (set by .ci/run) turns a missing one into a failure. */
const required = process.env.PUREECHO_REQUIRE_TOOLS === "1";

function onPath(name: string): boolean {
  return (process.env.PATH ?? "")
    .split(":")
    .some((folder) => folder !== "" && existsSync(join(folder, name)));
}

/** The Python that holds the judges (pydicom, nibabel, h5py, ismrmrd): PUREECHO_PYTHON, else `.venv` of the checkout. */
export const python: string | null = (() => {
  const candidates = [process.env.PUREECHO_PYTHON ?? "", join(repositoryRoot, ".venv/bin/python")];
  return candidates.find((path) => path !== "" && existsSync(path)) ?? null;
})();

function missing(tools: readonly string[]): string[] {
  return tools.filter((tool) => (tool === "python" ? python === null : !onPath(tool)));
}

/** Tests judged by programs of the field; `tools` are commands, `python` stands for the judges' environment. */
export function describeWithTools(tools: readonly string[], name: string, body: () => void): void {
  const absent = missing(tools);
  if (absent.length > 0 && required)
    throw new Error(`conformance tools are required and missing: ${absent.join(", ")}`);
  describe.skipIf(absent.length > 0)(
    absent.length > 0 ? `${name} (skipped: no ${absent.join(", ")})` : name,
    body,
  );
}

/** Runs a tool and returns its output; throws with both streams when it fails. */
export function runTool(
  command: string,
  args: readonly string[],
  options: { allowFailure?: boolean } = {},
): string {
  const done = spawnSync(command === "python" ? python! : command, args, {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (done.error) throw done.error;
  if (done.status !== 0 && options.allowFailure !== true) {
    throw new Error(
      `${command} ${args.join(" ")} exited with ${done.status}\n${done.stdout}\n${done.stderr}`,
    );
  }
  return options.allowFailure === true ? `${done.stdout}${done.stderr}` : done.stdout;
}
