import { homedir, tmpdir } from "node:os";
import { basename, dirname } from "node:path";
import type { Fault } from "../../contracts/errors.ts";

/** First folders of absolute paths on the systems we run on; a path inside an HDF5 file does not begin with one. */
const absolute =
  /(?:[A-Za-z]:\\|\\\\|\/(?:home|root|Users|tmp|var|usr|opt|mnt|media|etc|proc|run|srv|private|work|workspace|Volumes)\/)[^\s'"`:;,()<>]*/g;

function known(text: string, folders: readonly string[]): string {
  let plain = text;
  for (const folder of folders) {
    if (folder.length > 1) plain = plain.replaceAll(`${folder}/`, "").replaceAll(`${folder}\\`, "");
  }
  return plain;
}

/**
 * A text without absolute paths: the window sees the last name only. `folders` are roots that may hold spaces or lie
 * anywhere.
 */
export function withoutPaths(text: string, folders: readonly string[] = []): string {
  const roots = [...folders, homedir(), tmpdir()].filter((one) => one !== "" && one !== "/");
  return known(text, roots).replace(absolute, (path) => path.split(/[\\/]/).filter(Boolean).at(-1) ?? "");
}

/** A fault as the window may see it: base names only, in every field. */
export function faultForWindow(fault: Fault, folders: readonly string[] = []): Fault {
  const own = fault.path === null ? folders : [dirname(fault.path), ...folders];
  const plain = (text: string | null): string | null => (text === null ? null : withoutPaths(text, own));
  return {
    code: fault.code,
    path: fault.path === null ? null : basename(fault.path),
    where: plain(fault.where),
    reason: withoutPaths(fault.reason, own),
    hint: plain(fault.hint),
  };
}
