import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";

/** What a second instance sends to the first, which checks it again. */
export const secondInstanceSchema = z.strictObject({ files: z.array(z.string().max(4096)).max(10_000) });

/**
 * Files and folders that the program was started with (a double click on a file, "open with", a second start).
 *
 * @param args command line without the program itself
 * @param folder working folder of whoever started it; relative paths are taken from there
 * @returns true paths of those that exist and are a plain file or folder; switches, addresses and anything else are
 * left out
 */
export function startFiles(args: readonly string[], folder: string): string[] {
  const found = new Set<string>();
  for (const arg of args) {
    if (arg === "" || arg.startsWith("-") || arg.includes("\0") || /^[a-z][a-z0-9+.-]+:/i.test(arg)) continue;
    try {
      const path = realpathSync(resolve(folder, arg));
      const stats = statSync(path);
      if (stats.isFile() || stats.isDirectory()) found.add(path);
    } catch {
      // Not there, or not ours to see.
    }
  }
  return [...found];
}
