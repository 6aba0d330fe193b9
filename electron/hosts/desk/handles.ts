import { randomBytes } from "node:crypto";
import { lstat, readdir, realpath } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import type { Place } from "../../contracts/window.ts";
import { EchoError } from "../../engine/base/errors.ts";

/** A file or folder that the user gave, with the folder it must not lead out of. */
export interface PlaceEntry {
  readonly kind: "place";
  readonly what: Place["kind"];
  readonly path: string;
  readonly root: string;
  readonly note: string;
}
/** A dataset found in a place: what the engine is asked with. */
export interface DatasetEntry {
  readonly kind: "dataset";
  readonly input: string;
  readonly root: string;
  readonly dataset: string;
  readonly title: string;
}
/** A kept result. */
export interface ResultEntry {
  readonly kind: "result";
  readonly folder: string;
  readonly title: string;
}
/** A file made for the user, to be fetched once. */
export interface DownloadEntry {
  readonly kind: "download";
  readonly path: string;
  readonly name: string;
}
export type Entry = PlaceEntry | DatasetEntry | ResultEntry | DownloadEntry;

const letters = { place: "p", dataset: "d", result: "r", download: "z" } as const;

/**
 * What the window holds instead of paths: random names of 96 bits for things that the user or the program chose.
 * Nothing but a handle made here reaches a file.
 */
export class Handles {
  readonly #entries = new Map<string, Entry>();

  add(entry: Entry): string {
    const handle = `${letters[entry.kind]}-${randomBytes(12).toString("hex")}`;
    this.#entries.set(handle, entry);
    return handle;
  }

  /** @throws EchoError FORBIDDEN for a handle that was never given or is of another kind. */
  get<K extends Entry["kind"]>(kind: K, handle: string): Extract<Entry, { kind: K }> {
    const entry = this.#entries.get(handle);
    if (entry === undefined || entry.kind !== kind) {
      throw new EchoError("FORBIDDEN", "this window holds no such handle", {
        hint: "Open the file or folder again.",
      });
    }
    return entry as Extract<Entry, { kind: K }>;
  }

  find(handle: string): Entry | null {
    return this.#entries.get(handle) ?? null;
  }

  delete(handle: string): void {
    this.#entries.delete(handle);
  }

  /** A place as the window sees it. `name` replaces the base name. */
  place(entry: PlaceEntry, name = basename(entry.path)): Place {
    return { handle: this.add(entry), name, kind: entry.what, note: entry.note };
  }
}

function inside(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

/**
 * The true path of a place at the moment of use: a link that was swapped in later leads out of the root just as one
 * that was there from the start.
 *
 * @throws EchoError NOT_FOUND, or FORBIDDEN when it leads out of the folder it was found in.
 */
export async function truePath(entry: { path: string; root: string }): Promise<string> {
  const real = await realpath(entry.path).catch((error: unknown) => {
    throw new EchoError("NOT_FOUND", "there is no such file or folder any more", {
      path: entry.path,
      cause: error,
    });
  });
  if (!inside(real, entry.root)) {
    throw new EchoError("FORBIDDEN", "leads out of the folder that was opened", { path: entry.path });
  }
  return real;
}

/** A place for a path that the user chose (dialog, drop, command line). @throws EchoError NOT_FOUND. */
export async function chosenPlace(path: string, note = ""): Promise<PlaceEntry> {
  const real = await realpath(path).catch((error: unknown) => {
    throw new EchoError("NOT_FOUND", "there is no such file or folder", { path, cause: error });
  });
  const what = (await lstat(real)).isDirectory() ? "folder" : "file";
  return { kind: "place", what, path: real, root: real, note };
}

/** What lies in a folder: files and folders in natural order, nothing hidden, no link that leads out. */
export async function childrenOf(entry: PlaceEntry): Promise<PlaceEntry[]> {
  const folder = await truePath(entry);
  const found: PlaceEntry[] = [];
  for (const child of await readdir(folder, { withFileTypes: true })) {
    if (child.name.startsWith(".")) continue;
    const path = join(folder, child.name);
    const real = await realpath(path).catch(() => null);
    if (real === null || !inside(real, entry.root)) continue;
    const stats = await lstat(real);
    if (!stats.isDirectory() && !stats.isFile()) continue;
    found.push({
      kind: "place",
      what: stats.isDirectory() ? "folder" : "file",
      path,
      root: entry.root,
      note: "",
    });
  }
  const order = new Intl.Collator("en", { numeric: true });
  return found.sort((a, b) =>
    a.what === b.what ? order.compare(basename(a.path), basename(b.path)) : a.what === "folder" ? -1 : 1,
  );
}
