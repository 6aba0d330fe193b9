import { realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { servedTypes } from "./headers.ts";

export type ServedFile =
  | { readonly status: 200; readonly path: string; readonly type: string; readonly bytes: number }
  | { readonly status: 403 | 404 };

/** Names the window's build gives to its files; excludes `..`, backslashes, NUL, drive letters and encoded forms of them. */
const segment = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * Finds one of the window's own files for the path of an address. Used by the web host and by the shell's scheme.
 *
 * @param addressPath path as it stands in the address, still percent-encoded
 * @returns 403 for a path that tries to lead out or names a kind of file that is not served, 404 for what is not there
 */
export async function servedFile(folder: string, addressPath: string): Promise<ServedFile> {
  let path: string;
  try {
    path = decodeURIComponent(addressPath);
  } catch {
    return { status: 403 };
  }
  const parts = path === "/" ? ["index.html"] : path.split("/").slice(1);
  if (!path.startsWith("/") || parts.some((part) => !segment.test(part) || part.includes(".."))) {
    return { status: 403 };
  }
  const type = servedTypes[extname(parts[parts.length - 1]).toLowerCase()];
  if (type === undefined) return { status: 403 };
  const root = await realpath(folder);
  const real = await realpath(join(root, ...parts)).catch(() => null);
  if (real === null) return { status: 404 };
  if (!real.startsWith(root + sep)) return { status: 403 };
  const stats = await stat(real);
  return stats.isFile() ? { status: 200, path: real, type, bytes: stats.size } : { status: 404 };
}
