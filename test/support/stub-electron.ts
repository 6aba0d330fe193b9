import { chmodSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPackage } from "@electron/asar";
import electronManifest from "../../node_modules/electron/package.json" with { type: "json" };

/** Marks the fuses in a true binary (Electron's documentation of fuses); after it version, length and nine states. */
const sentinel = "dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX";
const runtimeFiles = [
  "LICENSE",
  "LICENSES.chromium.html",
  "chrome_100_percent.pak",
  "chrome_crashpad_handler",
  "chrome-sandbox",
  "icudtl.dat",
  "libffmpeg.so",
  "resources.pak",
  "snapshot_blob.bin",
  "v8_context_snapshot.bin",
];

/**
 * A folder that electron-builder takes for Electron's distribution for Linux: no program, but everything that the builder
 * copies, drops and changes.
 */
export async function makeStubElectron(folder: string): Promise<void> {
  mkdirSync(join(folder, "locales"), { recursive: true });
  mkdirSync(join(folder, "resources"));
  for (const name of runtimeFiles) writeFileSync(join(folder, name), `stub of ${name}\n`);
  for (const name of ["en-US", "de", "fr"])
    writeFileSync(join(folder, "locales", `${name}.pak`), "stub locale\n");
  writeFileSync(join(folder, "version"), electronManifest.version);
  const program = join(folder, "electron");
  writeFileSync(
    program,
    Buffer.concat([
      Buffer.from("#!/bin/sh\n# stub\nexit 1\n"),
      Buffer.from(sentinel),
      Buffer.from([1, 9]),
      // The states in which Electron is shipped; the last is not ours to set.
      Buffer.from("101100011"),
      Buffer.from("\n"),
    ]),
  );
  chmodSync(program, 0o755);
  const app = join(folder, "default-app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{"name":"default","main":"main.js"}');
  writeFileSync(join(app, "main.js"), "");
  await createPackage(app, join(folder, "resources", "default_app.asar"));
  rmSync(app, { recursive: true });
}
