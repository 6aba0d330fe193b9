import { basename } from "node:path";
import type { Fault } from "../../contracts/errors.ts";

/** Where a path ends inside a sentence. */
const rest = "[^\\s'\"`:;,()<>]*";

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Roots inside of HDF5 files that look like absolute paths of files: ISMRMRD's groups, and the datasets of fastMRI. */
const hdf5Root =
  "/(?:dataset(?:/(?:data|xml|waveforms|image_\\d+(?:/\\w+)?))?|kspace|mask|ismrmrd_header|reconstruction_\\w+)" +
  "(?![\\p{L}\\p{N}_^/\\\\-]|\\.\\S)";

/**
 * Where an absolute path begins: a drive, a share, an address of a file, or a slash that follows no word, as the one of
 * mm/px, of and/or and of a web address does.
 */
const begin =
  "(?:(?<![\\p{L}\\p{N}_])[A-Za-z]:[\\\\/]|\\\\\\\\|\\bfile:/+|" +
  `(?<![\\p{L}\\p{N}_.~\\]/\\\\])(?!${hdf5Root})(?:/|(?<!:)//)(?=[^\\s/'"\`]))`;

/** To the closing quote, when a path is quoted: it may hold spaces, and apostrophes of names. */
const quoted = new RegExp(`(['"\`])(${begin}[^\\n]*?)\\1(?![\\p{L}\\p{N}])`, "gu");
/** To the next space, through punctuation that another part of the path or nothing follows; not into a place in the file. */
const bare = new RegExp(`${begin}(?:(?![:;,]${hdf5Root})[^\\s'"\`])*`, "gu");

function lastName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? "";
}

/** The last name of a path of two or more parts; one part alone, such as /data, names no folder above it. */
function hidden(path: string): string {
  return /^\/[^\\/]*$/.test(path) ? path : lastName(path);
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
  return plain
    .replaceAll(quoted, (_all, quote: string, path: string) => quote + hidden(path) + quote)
    .replaceAll(bare, hidden);
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
