import { existsSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "./shared.ts";

/** A true Electron: in the folder that ELECTRON_OVERRIDE_DIST_PATH names, else in an installed one; else null. */
export const electronBinary: string | null =
  [process.env.ELECTRON_OVERRIDE_DIST_PATH ?? "", join(repositoryRoot, "node_modules/electron/dist")]
    .filter((folder) => folder !== "")
    .flatMap((folder) =>
      ["electron", "electron.exe", "Electron.app/Contents/MacOS/Electron"].map((name) => join(folder, name)),
    )
    .find((path) => existsSync(path)) ?? null;
