import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Refusal } from "../../contracts/dataset.ts";
import { cancelled } from "../base/errors.ts";
import { readExactly, withFile } from "./bytes.ts";
import { refusalOf } from "./open-each.ts";
import type { FileHead } from "./reader.ts";

const headBytes = 4096;
const mostFiles = 200_000;
const deepestFolder = 64;

/**
 * Files below `paths` with their first 4,096 bytes, in the order of the paths and of their names inside folders. Hidden files and
 * symbolic links inside folders are passed over; what cannot be read becomes a refusal.
 *
 * @throws EchoError CANCELLED.
 */
export async function headsOf(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<{ heads: FileHead[]; refused: Refusal[] }> {
  const heads: FileHead[] = [];
  const refused: Refusal[] = [];
  const seen = new Set<string>();
  const refuse = (path: string, code: Refusal["code"], reason: string): void => {
    refused.push({ path, code, where: null, reason });
  };
  const visit = async (path: string, depth: number): Promise<void> => {
    if (signal?.aborted) throw cancelled();
    const info = await stat(path).catch(() => null);
    if (info === null) return refuse(path, "NOT_FOUND", "there is no such file or folder");
    if (info.isDirectory()) {
      if (depth > deepestFolder)
        return refuse(path, "TOO_LARGE", `folders are nested deeper than ${deepestFolder}`);
      const entries = await readdir(path, { withFileTypes: true }).catch(() => null);
      if (entries === null) return refuse(path, "NOT_READABLE", "the folder cannot be listed");
      entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const entry of entries) {
        const wanted = !entry.name.startsWith(".") && (entry.isDirectory() || entry.isFile());
        if (wanted) await visit(join(path, entry.name), depth + 1);
      }
      return;
    }
    if (seen.has(path)) return;
    seen.add(path);
    if (heads.length >= mostFiles) {
      if (
        heads.length === mostFiles &&
        !refused.some((one) => one.code === "TOO_LARGE" && one.path === path)
      ) {
        refuse(path, "TOO_LARGE", `more than ${mostFiles} files`);
      }
      return;
    }
    if (!info.isFile()) return refuse(path, "UNKNOWN_FORMAT", "is neither a file nor a folder");
    try {
      const head = await withFile(path, (handle, size) =>
        readExactly(handle, 0, Math.min(headBytes, size), path),
      );
      heads.push({ path, bytes: info.size, head });
    } catch (error) {
      refused.push(refusalOf(error, path));
    }
  };
  for (const path of paths) await visit(resolve(path), 0);
  return { heads, refused };
}
