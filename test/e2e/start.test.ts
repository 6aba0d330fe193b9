import { spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { _electron as electron } from "playwright-core";
import { describe, expect, it } from "vitest";
import { built } from "../support/desktop.ts";
import { electronBinary } from "../support/electron-binary.ts";
import { repositoryRoot } from "../support/shared.ts";

const start = join(repositoryRoot, "bin/start.js");

describe("npm start", () => {
  it.skipIf(electronBinary !== null)(
    "says that there is no Electron here and starts the web host",
    { timeout: 60_000 },
    async () => {
      built("renderer");
      const child = spawn(process.execPath, [start], { stdio: ["ignore", "pipe", "pipe"] });
      let told = "";
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      try {
        await new Promise<void>((resolve, reject) => {
          child.on("exit", (code) => reject(new Error(`it ended with ${code}: ${said}`)));
          child.stdout.setEncoding("utf8").on("data", (text: string) => {
            told += text;
            if (/http:\/\/127\.0\.0\.1:\d+/.test(told)) resolve();
          });
        });
        expect(said).toContain("No Electron binary is installed here");
        // The package would download one if it were required.
        expect(said + told).not.toMatch(/download/i);
      } finally {
        child.removeAllListeners("exit");
        const gone = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await gone;
      }
    },
  );

  it.skipIf(process.platform === "win32")("opens the shell with the Electron it is pointed to", () => {
    const folder = mkdtempSync(join(tmpdir(), "pureecho-start-"));
    const stub = join(folder, "electron");
    writeFileSync(stub, '#!/bin/sh\necho "electron $@"\n');
    chmodSync(stub, 0o755);
    const done = spawnSync(process.execPath, [start, "scan.h5"], {
      encoding: "utf8",
      env: { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: folder },
    });
    rmSync(folder, { recursive: true });
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout.trim()).toBe(`electron ${repositoryRoot} scan.h5`);
    expect(done.stderr).toBe("");
  });
});

describe(`on a true Electron${electronBinary === null ? " (skipped: no Electron binary here; ELECTRON_OVERRIDE_DIST_PATH names one)" : ""}`, () => {
  it.skipIf(electronBinary === null)("the shell opens its window on its own scheme, sandboxed", async () => {
    built("renderer", "engine", "desktop");
    const dataFolder = mkdtempSync(join(tmpdir(), "pureecho-electron-"));
    const app = await electron.launch({
      executablePath: electronBinary ?? "",
      args: [repositoryRoot],
      env: { ...(process.env as Record<string, string>), PUREECHO_DATA: dataFolder },
    });
    try {
      const page = await app.firstWindow();
      await page.getByRole("button", { name: "Open files" }).first().waitFor();
      expect(page.url()).toBe("app://bundle/");
      expect(
        await page.evaluate(() => Object.keys(Reflect.get(window, "pureecho") as object).sort()),
      ).toEqual(["adopt", "send", "subscribe"]);
      expect(await page.evaluate(() => ["require", "process"].filter((name) => name in window))).toEqual([]);
      await page.getByText("Engine ready").waitFor();
    } finally {
      await app.close();
      rmSync(dataFolder, { recursive: true, force: true });
    }
  });
});
