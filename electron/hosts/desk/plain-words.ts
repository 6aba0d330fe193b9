import { homedir, tmpdir } from "node:os";
import { basename } from "node:path";
import type { Fault } from "../../contracts/errors.ts";

/** Where a path ends inside a sentence. */
const rest = "[^\\s'\"`:;,()<>]*";

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** First folders of absolute paths on the systems we run on; a path inside an HDF5 file does not begin with one. */
const absolute = new RegExp(
  `(?:[A-Za-z]:\\\\|\\\\\\\\|${[homedir(), tmpdir()]
    .filter((one) => one.length > 1)
    .map((one) => `${escaped(one)}[\\\\/]`)
    .join("|")}|` +
    `/(?:home|root|Users|tmp|var|usr|opt|mnt|media|etc|proc|run|srv|private|work|workspace|Volumes)/)${rest}`,
  "g",
);

function lastName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? "";
}

/**
 * A text without absolute paths: the window sees last names only, because the names of folders may be those of patients.
 *
 * @param known files and folders that the text may name; they may hold spaces or lie anywhere, which a pattern cannot
 * tell from the words around
 */
export function withoutPaths(text: string, known: Iterable<string> = []): string {
  if (!/[\\/]/.test(text)) return text;
  let plain = text;
  const named = [...known]
    .filter((one) => one.length > 1 && plain.includes(one))
    .sort((a, b) => b.length - a.length);
  for (const path of named) {
    const below = new RegExp(`${escaped(path)}[\\\\/](?:${rest}[\\\\/])?`, "g");
    plain = plain.replaceAll(below, "").replaceAll(path, lastName(path));
  }
  return plain.replaceAll(absolute, lastName);
}

/** A fault as the window may see it: last names only, in every field. */
export function faultForWindow(fault: Fault, known: Iterable<string> = []): Fault {
  const named = fault.path === null ? known : [fault.path, ...known];
  const plain = (text: string | null): string | null => (text === null ? null : withoutPaths(text, named));
  return {
    code: fault.code,
    path: fault.path === null ? null : basename(fault.path.replaceAll("\\", "/")),
    where: plain(fault.where),
    reason: withoutPaths(fault.reason, named),
    hint: plain(fault.hint),
  };
}
