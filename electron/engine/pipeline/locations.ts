import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Folders beside the engine: in a checkout this file lies three rooms deep, in a package the bundle lies in the folder
 * that holds `models` itself or one above it. PUREECHO_MODELS overrules.
 */
function beside(name: string): string {
  let folder = import.meta.dirname;
  for (let up = 0; up < 4; up++) {
    const candidate = join(folder, name);
    if (existsSync(candidate)) return candidate;
    folder = dirname(folder);
  }
  return join(import.meta.dirname, name);
}

export function modelsFolder(): string {
  return process.env.PUREECHO_MODELS ?? beside("models");
}

/** Samples that ship with the program. */
export function samplesFolder(): string {
  return process.env.PUREECHO_SAMPLES ?? beside(join("assets", "samples"));
}
