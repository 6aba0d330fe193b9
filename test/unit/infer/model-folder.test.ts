import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ModelManifest, modelManifestSchema } from "../../../electron/contracts/model.ts";
import { operations } from "../../../electron/contracts/operations.ts";
import { sha256OfFile } from "../../../electron/engine/base/hash.ts";
import {
  listModels,
  loadGraph,
  readModel,
  verifyModel,
} from "../../../electron/engine/infer/model-folder.ts";
import { disposeNetworks, loadedNetworks } from "../../../electron/engine/infer/networks.ts";
import { repositoryRoot } from "../../support/shared.ts";

const graph = join(repositoryRoot, "test/fixtures/conv-matmul.onnx");
let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "pureecho-models-"));
});
afterEach(async () => {
  await disposeNetworks();
  await rm(parent, { recursive: true });
});

async function manifest(id: string): Promise<ModelManifest> {
  return {
    manifestVersion: 1,
    id,
    kind: "prior",
    title: "Fixture",
    version: "1.0.0",
    licence: "Apache-2.0",
    files: [{ path: "net.onnx", sha256: await sha256OfFile(graph), bytes: (await readFile(graph)).length }],
    graphs: {
      low: {
        file: "net.onnx",
        inputs: { image: { type: "float32", shape: [1, 2, "rows", 8] } },
        outputs: {
          convolved: { type: "float32", shape: [1, 3, "rows", 8] },
          product: { type: "float32", shape: [1, 3, "rows", 5] },
        },
        onnxVersusTorch: null,
        sizeMultiple: 1,
      },
    },
    domain: "a convolution that was never trained",
    trainingDomain: {
      anatomy: ["head"],
      contrast: ["T1"],
      coils: { from: 1, to: 32 },
      acceleration: null,
    },
    scaleRule: { id: "central-block-percentile", percentile: 99.5, lines: 24, text: "as in training" },
    schedule: { sigmaMin: 0.004, sigmaMax: 80, sigmaData: 0.25, rho: 7, steps: 18 },
    stages: [{ name: "low", graphs: { denoise: "low" }, sigma: { from: 0, to: 0.3 } }],
    training: "none: a fixture",
  };
}

async function install(id: string, change: (made: ModelManifest) => void = () => undefined): Promise<string> {
  const folder = join(parent, id);
  await mkdir(folder);
  await copyFile(graph, join(folder, "net.onnx"));
  const made = await manifest(id);
  change(made);
  await writeFile(join(folder, "model.json"), JSON.stringify(made));
  return folder;
}

test("an empty or absent folder lists nothing and says so in words", async () => {
  for (const folder of [parent, join(parent, "absent")]) {
    const listing = await listModels(folder);
    expect(listing.models).toEqual([]);
    expect(listing.note).toMatch(/No trained model is installed/);
    operations.models.response.parse(listing);
  }
});

test("the repository's own folder is listed without a refusal", async () => {
  const listing = await listModels(join(repositoryRoot, "models"));
  expect(listing.models.every((model) => model.sha256ok)).toBe(true);
  expect(listing.note).not.toMatch(/refused|cannot be used/);
});

test("a model folder is listed, verified, loaded and run; folders without a manifest are none", async () => {
  const folder = await install("fixture-net");
  await mkdir(join(parent, "foundry"));
  const listing = await listModels(parent);
  operations.models.response.parse(listing);
  expect(listing.models).toEqual([
    {
      id: "fixture-net",
      kind: "prior",
      title: "Fixture",
      bytes: 694,
      sha256ok: true,
      domain: "a convolution that was never trained",
    },
  ]);
  expect(listing.note).toBe("1 model.");
  const network = await loadGraph(await verifyModel(folder), "low", "cpu", 1);
  const outputs = await network.run({ image: { shape: [1, 2, 4, 8], data: new Float32Array(64) } });
  // An image of zeros leaves the bias.
  expect(outputs.convolved.data[0]).toBe(0.5);
});

test("a changed, a shortened and a missing file are refused by name, and listed as not usable", async () => {
  const folder = await install("fixture-net");
  const path = join(folder, "net.onnx");
  const bytes = await readFile(path);
  bytes[100] ^= 0x10;
  await writeFile(path, bytes);
  await expect(verifyModel(folder)).rejects.toMatchObject({ fault: { code: "MODEL_HASH", path } });
  const model = await readModel(folder);
  await expect(loadGraph(model, "low", "cpu", 1)).rejects.toMatchObject({ fault: { code: "MODEL_HASH" } });
  await writeFile(path, bytes.subarray(1));
  await expect(verifyModel(folder)).rejects.toThrow(/693 bytes, the manifest says 694/);
  const listing = await listModels(parent);
  expect(listing.models[0].sha256ok).toBe(false);
  expect(listing.note).toContain("fixture-net cannot be used: net.onnx: it has 693 bytes");
  await rm(path);
  await expect(verifyModel(folder)).rejects.toMatchObject({ fault: { code: "MODEL_MISSING", path } });
});

test("a folder with a wrong manifest is refused with the place and the reason", async () => {
  const folder = await install("fixture-net", (made) => Object.assign(made, { surprise: 1 }));
  await expect(verifyModel(folder)).rejects.toMatchObject({ fault: { code: "MODEL_MISSING" } });
  expect((await listModels(parent)).note).toMatch(/fixture-net was refused: .*surprise/);
  await writeFile(join(folder, "model.json"), "{");
  await expect(verifyModel(folder)).rejects.toThrow(/not JSON/);
  await writeFile(join(folder, "model.json"), JSON.stringify(await manifest("another")));
  await expect(verifyModel(folder)).rejects.toThrow(/says id another/);
  await expect(verifyModel(join(parent, "absent"))).rejects.toThrow(/no readable model\.json/);
});

test.each<[string, (made: ModelManifest) => void, RegExp]>([
  ["a path out of the folder", (m) => Object.assign(m.files[0], { path: "../net.onnx" }), /plain file name/],
  ["a hash in capitals", (m) => Object.assign(m.files[0], { sha256: "A".repeat(64) }), /sha256|pattern/],
  ["a graph without its file", (m) => Object.assign(m.graphs.low, { file: "other.onnx" }), /not in the list/],
  [
    "a stage without its graph",
    (m) => Object.assign(m.stages[0].graphs, { denoise: "constructor" }),
    /no graph/,
  ],
  ["float16 at the edge", (m) => Object.assign(m.graphs.low.inputs.image, { type: "float16" }), /float32/],
  [
    "a gap between stages",
    (m) => m.stages.push({ name: "high", graphs: { denoise: "low" }, sigma: { from: 0.4, to: 1 } }),
    /does not begin where/,
  ],
])("the manifest refuses %s", async (_, change, words) => {
  const made = await manifest("fixture-net");
  expect(modelManifestSchema.safeParse(made).success).toBe(true);
  change(made);
  const parsed = modelManifestSchema.safeParse(made);
  expect(parsed.success).toBe(false);
  expect(parsed.error?.message).toMatch(words);
});

test("a graph that is not what the manifest describes is refused and not kept", async () => {
  const folder = await install("fixture-net", (made) => {
    made.graphs.low.inputs.image.shape[3] = 16;
  });
  const model = await verifyModel(folder);
  await expect(loadGraph(model, "low", "cpu", 1)).rejects.toThrow(/not those of the manifest/);
  await expect(loadGraph(model, "toString", "cpu", 1)).rejects.toThrow(/no such graph/);
  expect(loadedNetworks()).toBe(0);
});
