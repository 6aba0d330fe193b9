import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import type { OperationEvent } from "../../contracts/operations.ts";
import { recordSchema } from "../../contracts/record.ts";
import type { WindowRecipe, WindowResult } from "../../contracts/window.ts";
import type { Engine } from "../engine/client.ts";
import type { Desk } from "./desk.ts";
import { type DatasetEntry, truePath } from "./handles.ts";

/**
 * Runs a recipe of the window and keeps the result below the data folder, from where its slices are shown and
 * exported. Nothing is left of a run that failed.
 *
 * @throws EchoError of the engine
 */
export async function reconstruct(
  desk: Desk,
  engine: Engine,
  entry: DatasetEntry,
  recipe: WindowRecipe,
  told: { signal: AbortSignal; onEvent: (event: OperationEvent) => void },
): Promise<WindowResult> {
  const input = await truePath({ path: entry.input, root: entry.root });
  const out = await desk.ownFolder("results", randomBytes(12).toString("hex"));
  try {
    const done = await engine.ask(
      "recon",
      {
        input,
        dataset: entry.dataset,
        method: recipe.method,
        slices: recipe.slices,
        options: recipe.options,
        mask: recipe.mask,
        reference: recipe.compareWithFull ? "full" : null,
        orientation: recipe.orientation,
        formats: [],
        out,
        device: recipe.device,
        seed: recipe.seed,
      },
      told,
    );
    const { result } = recordSchema.parse(JSON.parse(await readFile(done.record, "utf8")));
    const { outputs: _outputs, record: _record, ...rest } = done;
    return {
      ...rest,
      handle: desk.handles.add({ kind: "result", folder: out, title: `${entry.title} ${recipe.method}` }),
      slices: result.shape[0],
      synthetic: result.synthetic,
      hasReference: recipe.compareWithFull,
    };
  } catch (error) {
    await rm(out, { recursive: true, force: true });
    throw error;
  }
}
