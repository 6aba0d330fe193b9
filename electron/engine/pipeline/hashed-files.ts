import { stat } from "node:fs/promises";
import { sha256OfFile } from "../base/hash.ts";

/** SHA-256 and size of every input file, in the order given. */
export async function hashedFiles(
  paths: readonly string[],
): Promise<{ path: string; sha256: string; bytes: number }[]> {
  const out: { path: string; sha256: string; bytes: number }[] = [];
  for (const path of paths) {
    out.push({ path, sha256: await sha256OfFile(path), bytes: (await stat(path)).size });
  }
  return out;
}
