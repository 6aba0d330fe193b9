#!/usr/bin/env node
// Plain JavaScript: `npm start` opens the desktop shell where an Electron binary exists; elsewhere it says so and starts
// the web host. The `electron` package is never required: without a binary that would start a download.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Electron binary of ELECTRON_OVERRIDE_DIST_PATH or of an installed dist folder, or null. */
function electronBinary() {
  const installed = join(root, "node_modules", "electron");
  const told = join(installed, "path.txt");
  const names = existsSync(told) ? [readFileSync(told, "utf8").trim()] : [];
  names.push("electron", "electron.exe", "Electron.app/Contents/MacOS/Electron");
  const folders = [process.env.ELECTRON_OVERRIDE_DIST_PATH, join(installed, "dist")].filter(Boolean);
  for (const folder of folders) {
    for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  }
  return null;
}

function follow(command, args) {
  const child = spawn(command, args, { stdio: "inherit", cwd: process.env.INIT_CWD ?? process.cwd() });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`${command} could not be started: ${error.message}\n`);
    process.exit(4);
  });
  child.on("exit", (code, signal) => process.exit(signal === null ? code : 130));
}

const args = process.argv.slice(2);
const binary = electronBinary();
try {
  build(binary === null ? ["renderer"] : ["renderer", "engine", "desktop"]);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
if (binary === null) {
  process.stderr.write(
    "No Electron binary is installed here, so PureEcho opens in a browser instead of its own window.\n",
  );
  follow(process.execPath, [join(root, "bin", "pureecho.js"), "serve", ...args]);
} else {
  follow(binary, [root, ...args]);
}
