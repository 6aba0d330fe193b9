import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./shared.ts";
import { runTool } from "./tools.ts";

/** Asks functions of a Python judge in `test/conformance`, by name, in one process; answers come back by name. */
export function askPython(
  script: string,
  folder: string,
  request: Record<string, unknown>,
): Record<string, unknown> {
  const path = join(folder, "request.json");
  writeFileSync(path, JSON.stringify(request));
  return JSON.parse(
    runTool("python", ["-W", "ignore", join(repositoryRoot, "test/conformance", script), path]),
  );
}
