#!/usr/bin/env node
// Plain JavaScript: builds the parts of dist that are older than their sources (`node bin/build.js [renderer engine
// desktop]`). Runs at the same time, such as two test files that need the same build, wait for each other.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, "dist");

/** Configuration of each part and what it is made from. */
const parts = {
  renderer: { config: "vite.config.ts", sources: ["renderer", "electron/contracts"] },
  engine: { config: "vite.engine.config.ts", sources: ["electron"] },
  desktop: { config: "vite.desktop.config.ts", sources: ["electron"] },
};

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .flatMap((entry) => filesBelow(join(path, entry.name)));
}

/** Changes when any source, the configuration or a dependency changes. */
function fingerprint({ config, sources }) {
  const hash = createHash("sha256");
  for (const path of [...sources, config, "package.json", "package-lock.json"].map((one) =>
    join(root, one),
  )) {
    for (const file of filesBelow(path).sort()) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${file}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Takes the lock of the dist folder; one left by a process that is gone is taken over. */
function lock() {
  mkdirSync(dist, { recursive: true });
  const path = join(dist, ".building");
  for (let tries = 0; tries < 1200; tries++) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch {
      const holder = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
      if (holder > 0 && !alive(holder)) rmSync(path, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
  throw new Error(`another build has held ${path} for two minutes`);
}

/** Builds what is out of date and throws with the builder's own words when that fails. */
export function build(names) {
  const release = lock();
  try {
    for (const name of names) {
      const part = parts[name];
      if (part === undefined) throw new Error(`there is no part ${name}: ${Object.keys(parts).join(", ")}`);
      const stamp = join(dist, `.built-${name}`);
      const wanted = fingerprint(part);
      if (existsSync(join(dist, name)) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted)
        continue;
      const vite = join(root, "node_modules/vite/bin/vite.js");
      const done = spawnSync(process.execPath, [vite, "build", "--config", part.config], {
        cwd: root,
        encoding: "utf8",
        // A test runner's environment would build the window for development.
        env: { ...process.env, NODE_ENV: "production" },
      });
      if (done.status !== 0) throw new Error(`${name} does not build:\n${done.stdout}${done.stderr}`);
      writeFileSync(stamp, wanted);
    }
  } finally {
    release();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    build(process.argv.length > 2 ? process.argv.slice(2) : Object.keys(parts));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
