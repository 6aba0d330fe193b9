import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { type GraphDescription, type ModelManifest, modelManifestSchema } from "../../contracts/model.ts";
import type { ModelSummary } from "../../contracts/operations.ts";
import type { Provider } from "../../contracts/record.ts";
import { EchoError, faultOf } from "../base/errors.ts";
import { sha256OfFile } from "../base/hash.ts";
import { loadNetwork, type Network, type Port } from "./networks.ts";

const manifestName = "model.json";

export interface Model {
  readonly folder: string;
  readonly manifest: ModelManifest;
}

export interface ModelListing {
  readonly models: ModelSummary[];
  /** In words: what was found, and every folder that was refused with its reason. */
  readonly note: string;
}

/**
 * Reads `model.json` of a model folder; the files it lists are not touched.
 *
 * @throws EchoError MODEL_MISSING when there is none or when it is not a manifest.
 */
export async function readModel(folder: string): Promise<Model> {
  const path = join(folder, manifestName);
  const refuse = (reason: string, where: string | null, cause: unknown): EchoError =>
    new EchoError("MODEL_MISSING", reason, { path, where, cause });
  let text: string;
  let value: unknown;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw refuse("no model: it has no readable model.json", null, error);
  }
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse("the manifest is not JSON", null, error);
  }
  const parsed = modelManifestSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw refuse(`the manifest is not valid: ${issue.message}`, z.core.toDotPath(issue.path), parsed.error);
  }
  if (parsed.data.id !== basename(folder)) {
    throw refuse(
      `the manifest says id ${parsed.data.id}, the folder is named ${basename(folder)}`,
      "id",
      null,
    );
  }
  return { folder, manifest: parsed.data };
}

/**
 * A model whose every listed file is there with the size and SHA-256 of the manifest.
 *
 * @throws EchoError MODEL_MISSING, MODEL_HASH naming the first file that is not.
 */
export async function verifyModel(folder: string): Promise<Model> {
  const model = await readModel(folder);
  for (const file of model.manifest.files) {
    const path = join(folder, file.path);
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isFile()) {
      throw new EchoError("MODEL_MISSING", "a file of the model is missing", { path });
    }
    if (found.size !== file.bytes) {
      throw new EchoError("MODEL_HASH", `it has ${found.size} bytes, the manifest says ${file.bytes}`, {
        path,
      });
    }
    const hash = await sha256OfFile(path);
    if (hash !== file.sha256) {
      throw new EchoError("MODEL_HASH", `its SHA-256 is ${hash}, the manifest says ${file.sha256}`, { path });
    }
  }
  return model;
}

async function folders(parent: string): Promise<string[]> {
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const candidates = entries.filter((entry) => entry.isDirectory()).map((entry) => join(parent, entry.name));
  const withManifest = await Promise.all(
    candidates.map(async (folder) => (await stat(join(folder, manifestName)).catch(() => null)) !== null),
  );
  return candidates.filter((_, index) => withManifest[index]).sort();
}

/** Every model folder below `parent`; files are hashed, a folder without `model.json` is none. */
export async function listModels(parent: string): Promise<ModelListing> {
  const models: ModelSummary[] = [];
  const refused: string[] = [];
  for (const folder of await folders(parent)) {
    let manifest: ModelManifest;
    try {
      manifest = (await readModel(folder)).manifest;
    } catch (error) {
      const { where, reason } = faultOf(error);
      refused.push(`${basename(folder)} was refused: ${where === null ? "" : `${where}: `}${reason}`);
      continue;
    }
    let sha256ok = true;
    try {
      await verifyModel(folder);
    } catch (error) {
      const fault = faultOf(error);
      sha256ok = false;
      refused.push(`${manifest.id} cannot be used: ${basename(fault.path ?? folder)}: ${fault.reason}`);
    }
    models.push({
      id: manifest.id,
      kind: manifest.kind,
      title: manifest.title,
      bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
      sha256ok,
      domain: manifest.domain,
    });
  }
  const counted =
    models.length === 0
      ? "No trained model is installed; methods that need none (zero-filled, sense) work without."
      : `${models.length} model${models.length === 1 ? "" : "s"}.`;
  return { models, note: [counted, ...refused].join(" ") };
}

function same(described: GraphDescription["inputs"], found: readonly Port[]): boolean {
  return (
    Object.keys(described).length === found.length &&
    found.every((port) => {
      const shape = Object.hasOwn(described, port.name) ? described[port.name].shape : null;
      return (
        shape !== null &&
        shape.length === port.shape.length &&
        // Names of free dimensions are the exporter's business; fixed lengths are not.
        shape.every((length, axis) =>
          typeof length === "number" ? length === port.shape[axis] : typeof port.shape[axis] === "string",
        )
      );
    })
  );
}

/**
 * One graph of a model, hash checked, its inputs and outputs as the manifest describes them.
 *
 * @throws EchoError MODEL_MISSING for an unknown graph or one that differs from its description, and whatever
 * `loadNetwork` throws.
 */
export async function loadGraph(
  model: Model,
  name: string,
  provider: Provider,
  threads: number,
): Promise<Network> {
  const { manifest, folder } = model;
  const at = { path: join(folder, manifestName), where: `graphs.${name}` };
  const graph = Object.hasOwn(manifest.graphs, name) ? manifest.graphs[name] : undefined;
  const file = manifest.files.find((candidate) => candidate.path === graph?.file);
  if (graph === undefined || file === undefined) {
    throw new EchoError("MODEL_MISSING", `the model ${manifest.id} has no such graph`, at);
  }
  const network = await loadNetwork(join(folder, file.path), file.sha256, provider, threads);
  if (!same(graph.inputs, network.inputs) || !same(graph.outputs, network.outputs)) {
    await network.dispose();
    throw new EchoError("MODEL_MISSING", "the graph's inputs or outputs are not those of the manifest", at);
  }
  return network;
}
