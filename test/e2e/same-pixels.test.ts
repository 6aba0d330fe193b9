import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startEngine } from "../../electron/hosts/engine/client.ts";
import { startWebHost } from "../../electron/hosts/web/server.ts";
import { openBrowser } from "../support/browser.ts";
import { pureecho } from "../support/cli.ts";
import { built, Desktop } from "../support/desktop.ts";
import { repositoryRoot } from "../support/shared.ts";
import { describeWithTools } from "../support/tools.ts";

/** The job, as a user of the window does it on the sample of the start screen; returns the hash that the card shows. */
async function throughWindow(page: Page): Promise<string> {
  await page.getByRole("button", { name: /Head, simulated raw k-space/ }).click();
  await page.getByRole("button", { name: "Reconstruct", exact: true }).waitFor();
  await page.getByRole("combobox", { name: "Method" }).selectOption("sense");
  await page.locator("[data-option=iterations] input").fill("10");
  await page.getByLabel("Mask", { exact: true }).selectOption("equispaced");
  await page.getByLabel(/^R \(/).fill("3");
  await page.getByLabel("Centre lines").fill("24");
  await page.getByRole("button", { name: "Reconstruct", exact: true }).click();
  const card = page.locator("[data-pixels]");
  await card.waitFor();
  return (await card.getAttribute("data-pixels")) ?? "";
}

describeWithTools(["chromium"], "one job through three doors", () => {
  let folder = "";
  beforeAll(() => {
    built("renderer", "engine", "desktop");
    folder = mkdtempSync(join(tmpdir(), "pureecho-doors-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function throughWeb(): Promise<string> {
    const engine = startEngine();
    const host = await startWebHost({ engine, folders: [], dataFolder: join(folder, "data") });
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(host.url);
      return await throughWindow(page);
    } finally {
      await browser.close();
      await host.close();
      await engine.close();
    }
  }

  async function throughShell(): Promise<string> {
    const desktop = new Desktop();
    try {
      return await throughWindow(await desktop.page());
    } finally {
      await desktop.close();
    }
  }

  it("gives the same pixels: command line, web host, Electron double", async () => {
    const done = await pureecho([
      ...["recon", join(repositoryRoot, "assets/samples/head-8coil-simulated.h5"), "--method", "sense"],
      ...["--set", "iterations=10", "--mask", "equispaced:3:24", "--format", "npy"],
      ...["--out", join(folder, "cli"), "--json", "--quiet"],
    ]);
    expect(done.code, done.stderr).toBe(0);
    const expected = done.json().pixelsSha256;
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    expect(await throughWeb()).toBe(expected);
    expect(await throughShell()).toBe(expected);
  });
});
