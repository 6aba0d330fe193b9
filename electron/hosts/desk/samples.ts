import { readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { sampleListSchema } from "../../contracts/sample.ts";
import { EchoError } from "../../engine/base/errors.ts";
import { chosenPlace, type PlaceEntry } from "./handles.ts";

export interface Sample {
  readonly title: string;
  readonly entry: PlaceEntry;
}

/** The samples that ship with the program; none where the folder is absent. @throws EchoError DAMAGED for a list that names something outside. */
export async function samplesIn(folder: string | null): Promise<Sample[]> {
  if (folder === null) return [];
  const text = await readFile(join(folder, "samples.json"), "utf8").catch(() => null);
  if (text === null) return [];
  const samples: Sample[] = [];
  const root = (await chosenPlace(folder)).path;
  for (const item of sampleListSchema.parse(JSON.parse(text))) {
    const place = await chosenPlace(join(folder, item.file), item.note);
    if (!place.path.startsWith(root + sep)) {
      throw new EchoError("DAMAGED", "names a sample outside of its folder", { path: item.file });
    }
    samples.push({ title: item.title, entry: { ...place, what: "sample" } });
  }
  return samples;
}
