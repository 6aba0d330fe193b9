import { copyFile, link, realpath } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import type { DatasetSummary } from "../../contracts/dataset.ts";
import type { DatasetEntry } from "./handles.ts";

function under(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder + sep);
}

/**
 * The one path with which the engine finds a dataset again: the place that holds all its files; for files chosen one
 * by one (a series, a .cfl with its .hdr) a private folder of hard links to them. The user's files are not changed.
 *
 * @param places true paths that were opened together
 */
export async function inputOf(
  summary: DatasetSummary,
  places: readonly string[],
  newFolder: () => Promise<string>,
): Promise<DatasetEntry> {
  const made = (input: string): DatasetEntry => ({
    kind: "dataset",
    input,
    root: input,
    dataset: summary.id,
    title: summary.title,
  });
  const files = await Promise.all(summary.files.map((file) => realpath(file).catch(() => file)));
  const holding = places.filter((place) => files.some((file) => under(file, place)));
  if (holding.length === 1) return made(holding[0]);
  const whole = holding.find((place) => files.every((file) => under(file, place)));
  if (whole !== undefined) return made(whole);
  if (places.length === 1) return made(places[0]);
  const folder = await newFolder();
  const used = new Set<string>();
  for (const [index, file] of files.entries()) {
    // Two folders may hold files of one name; the number keeps them apart, the ending tells the format.
    const name = used.has(basename(file)) ? `${index}-${basename(file)}` : basename(file);
    used.add(name);
    const target = join(folder, name);
    // Another disk, or a file system without hard links, gets a copy.
    await link(file, target).catch(() => copyFile(file, target));
  }
  return made(folder);
}
