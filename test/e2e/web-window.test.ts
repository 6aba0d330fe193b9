import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { sampleListSchema } from "../../electron/contracts/sample.ts";
import { type Engine, startEngine } from "../../electron/hosts/engine/client.ts";
import { startWebHost, type WebHost } from "../../electron/hosts/web/server.ts";
import { accessibilityFaults } from "../support/axe.ts";
import { greyLevels, inSight, openBrowser, screenshot, type Watch, watchPage } from "../support/browser.ts";
import { pureecho } from "../support/cli.ts";
import { built } from "../support/desktop.ts";
import { writeTestScan } from "../support/scan.ts";
import { repositoryRoot } from "../support/shared.ts";
import { describeWithTools } from "../support/tools.ts";

const slices = 12;

describeWithTools(["chromium"], "the window in a real browser, on the web host with the real engine", () => {
  let folder: string;
  let scan: string;
  let engine: Engine;
  let host: WebHost;
  let browser: Browser;
  let page: Page;
  let watch: Watch;

  beforeAll(async () => {
    built("renderer");
    folder = mkdtempSync(join(tmpdir(), "web-window-"));
    scan = await writeTestScan(join(folder, "samples"), { coils: 4, rows: 64, columns: 48, slices });
    await writeTestScan(join(folder, "long"), { coils: 8, rows: 128, columns: 128, slices: 12 });
    const listed = {
      id: "phantom",
      file: "phantom.h5",
      title: "Phantom of the test",
      note: "Four coils, twelve slices.",
      licence: "Apache-2.0",
      origin: "made here",
      synthetic: true,
      bytes: 1,
      sha256: "0".repeat(64),
    };
    writeFileSync(
      join(folder, "samples", "samples.json"),
      JSON.stringify([{ ...listed, file: scan.split("/").at(-1) }]),
    );
    engine = startEngine();
    host = await startWebHost({
      engine,
      folders: [join(folder, "long")],
      dataFolder: join(folder, "data"),
      samplesFolder: join(folder, "samples"),
    });
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    await engine?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
    watch = await watchPage(page, new URL(host.url).origin);
    await page.goto(host.url);
    await page.getByText("Or try a sample").waitFor();
  });

  afterEach(async () => {
    // Of every test: nothing breached the policy, nothing failed silently, nothing went outside.
    expect(watch).toEqual({ violations: [], errors: [], outside: [] });
    await page.close();
  });

  const button = (name: string | RegExp) => page.getByRole("button", { name });
  const frameOf = (pane: "input" | "result") => page.locator(`[data-pane=${pane}] [role=application]`);

  async function openSample(): Promise<void> {
    await button(/Phantom of the test/).click();
    await page.locator("[data-pane=input] [data-slice]").waitFor();
  }

  async function openLong(): Promise<void> {
    await button("Open: long").click();
    await page.locator("[data-pane=input] [data-slice]").waitFor();
    // With every line, or with a lambda, sense would be done long before the last iteration.
    await undersample();
    await chooseSense({ iterations: "1000", tolerance: "0", lambda: "0" });
  }

  async function chooseSense(
    options: { iterations?: string; tolerance?: string; lambda?: string } = {},
  ): Promise<void> {
    const method = page.getByRole("combobox", { name: "Method" });
    const label = await method.locator("option").filter({ hasText: /SENSE/i }).first().textContent();
    await method.selectOption({ label: label ?? "" });
    for (const [key, value] of Object.entries(options)) {
      await page.locator(`[data-option=${key}] input`).fill(value);
    }
  }

  async function undersample(): Promise<void> {
    await page.getByLabel("Mask", { exact: true }).selectOption("equispaced");
    await page.getByLabel(/^R \(/).fill("2");
    await page.getByLabel("Centre lines").fill("16");
  }

  const greys = (pane: "input" | "result") => greyLevels(page.locator(`[data-pane=${pane}] canvas`));

  it("leads from a sample to a result beside its input, compared with the full data", async () => {
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, "1-start");
    await openSample();
    expect(await page.locator("footer").textContent()).toContain("For research use only");
    expect(await page.locator("footer").textContent()).toContain("SYNTHETIC");
    expect(new URL(page.url()).search).toBe("");
    await expect.poll(async () => (await greys("input")).levels).toBeGreaterThan(50);
    await screenshot(page, "2-open");
    expect(await accessibilityFaults(page)).toEqual([]);
    await chooseSense();
    await undersample();
    expect(await accessibilityFaults(page)).toEqual([]);
    await button("Reconstruct").click();
    const card = page.locator("[data-pixels]");
    await card.waitFor();
    const text = (await card.textContent()) ?? "";
    for (const word of ["Time", "Residual", "Self-check", "passed", "NRMSE", "SSIM", "SYNTHETIC"]) {
      expect(text).toContain(word);
    }
    await expect.poll(async () => (await greys("result")).levels).toBeGreaterThan(50);
    await screenshot(page, "3-done");
    expect(await accessibilityFaults(page)).toEqual([]);
    // What is drawn is what the scan holds: the phantom's body is bright around its middle and nothing lies outside of it.
    for (const pane of ["input", "result"] as const) {
      const { middle, corner } = await greys(pane);
      expect(middle[0]).toBeGreaterThan(60);
      expect(corner[0]).toBeLessThan(30);
    }
    // The text twin tells the value that is drawn.
    const frame = frameOf("result");
    const label = (await frame.locator("canvas").getAttribute("aria-label")) ?? "";
    const value = Number(/value (\S+) at/.exec(label)?.[1]);
    const lower = Number(await frame.getAttribute("data-lower"));
    const upper = Number(await frame.getAttribute("data-upper"));
    const expected = Math.round(255 * Math.min(1, Math.max(0, (value - lower) / (upper - lower))));
    const { middle } = await greys("result");
    expect(Math.abs(middle[0] - expected)).toBeLessThanOrEqual(1);
    await page.getByLabel("Result shows").selectOption("difference");
    await page.getByText("result minus reference").waitFor();
    await page.getByLabel("Input shows").selectOption("logKspace");
    await expect.poll(async () => (await greys("input")).levels).toBeGreaterThan(50);
    await screenshot(page, "4-difference");
    for (const shows of ["mask", "kspace", "logKspace", "reference", "image"]) {
      await page.getByLabel("Result shows").selectOption(shows);
      await expect.poll(async () => (await greys("result")).levels).toBeGreaterThan(1);
    }
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("is worked with by keyboard, and ends on exactly the slice it was sent to", async () => {
    await openSample();
    const frame = frameOf("input");
    const shownSlice = (): Promise<string | null> => frame.getAttribute("data-slice");
    await frame.focus();
    await page.keyboard.press("Home");
    // Faster than pictures can come, with nothing in the cache.
    for (let press = 0; press < 9; press++) await page.keyboard.press("ArrowDown");
    await expect.poll(shownSlice).toBe("10");
    const label = (): Promise<string | null> => frame.locator("canvas").getAttribute("aria-label");
    expect(await label()).toContain(`Slice 10 of ${slices}`);
    await page.keyboard.press("End");
    await expect.poll(shownSlice).toBe(String(slices));
    await page.keyboard.press("ArrowDown");
    await expect.poll(shownSlice).toBe(String(slices));
    await page.keyboard.press("p");
    expect(await button("Phase").getAttribute("aria-pressed")).toBe("true");
    expect(await label()).toContain("window -3.142 to 3.142");
    await page.keyboard.press("m");
    const before = await frame.getAttribute("data-upper");
    await page.keyboard.press("]");
    await expect.poll(() => frame.getAttribute("data-upper")).not.toBe(before);
    await page.keyboard.press("w");
    await page.keyboard.press("+");
    await page.getByText("125 %").waitFor();
    await page.keyboard.press("0");
    await page.getByText("100 %").waitFor();
    await page.keyboard.press("k");
    await expect.poll(() => page.getByLabel("Input shows").inputValue()).toBe("logKspace");
    await page.keyboard.press("k");
    // Wheel, drag and the free numbers.
    await page.keyboard.press("Home");
    await expect.poll(shownSlice).toBe("1");
    await frame.hover();
    for (let notch = 0; notch < 3; notch++) await page.mouse.wheel(0, 100);
    await expect.poll(shownSlice).toBe("7");
    const width = async (): Promise<number> =>
      Number(await frame.getAttribute("data-upper")) - Number(await frame.getAttribute("data-lower"));
    const narrow = await width();
    const box = await frame.boundingBox();
    if (box === null) throw new Error("the pane has no box");
    await page.mouse.move(box.x + 100, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 220, box.y + 200, { steps: 4 });
    await page.mouse.up();
    expect((await width()) / narrow).toBeCloseTo(2, 1);
    await page.getByLabel("Upper").fill("0.5");
    await page.keyboard.press("Enter");
    await expect.poll(() => frame.getAttribute("data-upper")).toBe("0.5");
    await page.locator("[data-pane=input] [role=application]").focus();
    await screenshot(page, "5-keyboard");
  });

  it("gives the pixels that the command line gives", async () => {
    await openSample();
    await chooseSense({ iterations: "10" });
    await undersample();
    await button("Reconstruct").click();
    const card = page.locator("[data-pixels]");
    await card.waitFor();
    const out = join(folder, "cli");
    const done = await pureecho([
      ...["recon", scan, "--method", "sense", "--set", "iterations=10", "--mask", "equispaced:2:16"],
      ...["--reference", "full", "--format", "npy", "--out", out, "--json"],
    ]);
    expect(done.code, done.stderr).toBe(0);
    expect(await card.getAttribute("data-pixels")).toBe(done.json().pixelsSha256);
  });

  it("opens every sample that ships", async () => {
    const own = await startWebHost({ engine, folders: [], dataFolder: join(folder, "own") });
    const other = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const seen = await watchPage(other, new URL(own.url).origin);
    try {
      const list: unknown = JSON.parse(
        await readFile(join(repositoryRoot, "assets/samples/samples.json"), "utf8"),
      );
      const samples = sampleListSchema.parse(list);
      for (const [index, sample] of samples.entries()) {
        await other.goto(index === 0 ? own.url : new URL(own.url).origin);
        await other.getByRole("button", { name: sample.title }).click();
        await other.locator("[data-pane=input] [data-slice]").waitFor();
        const footer = (await other.locator("footer").textContent()) ?? "";
        expect(footer.includes("SYNTHETIC"), sample.title).toBe(sample.synthetic);
        // The part of a head is the one that does not state its spacing.
        expect(await other.getByText("no scale").count(), sample.id).toBe(
          sample.id === "head-multiframe" ? 1 : 0,
        );
        await screenshot(other, `sample-${sample.id}`);
      }
      expect(seen).toEqual({ violations: [], errors: [], outside: [] });
    } finally {
      await other.close();
      await own.close();
    }
  });

  it("shows what was refused and why, also of a drop", async () => {
    writeFileSync(join(folder, "letter.txt"), "Dear reader, this is no scan.");
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      button("Open files").first().click(),
    ]);
    await chooser.setFiles([join(folder, "letter.txt"), scan]);
    const box = page.getByRole("region", { name: "1 file was refused" });
    const refused = (await box.textContent()) ?? "";
    expect(refused).toContain("letter.txt");
    expect(refused).toContain("Unknown format");
    expect(await page.content()).not.toContain(folder);
    await page.locator("[data-pane=input] [data-slice]").waitFor();
    // Above the list, which may be longer than the window; and said aloud.
    expect(await page.locator("[aria-label='1 file was refused'] ~ ul [data-selected]").count()).toBe(1);
    await page.getByRole("status").getByText("1 dataset. 1 file was refused.").waitFor();
    await screenshot(page, "6-refused");
    expect(await accessibilityFaults(page)).toEqual([]);
    await button("Dismiss").click();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(["no scan either"], "dropped.bin"));
      window.dispatchEvent(new DragEvent("dragenter", { dataTransfer: data }));
      window.dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
    });
    await page.getByText("dropped.bin").waitFor();
  });

  it("says what is wrong in the form, and does not run it", async () => {
    await openSample();
    await chooseSense({ iterations: "1.5" });
    await page.getByText("Write a whole number.").waitFor();
    expect(await button("Reconstruct").isDisabled()).toBe(true);
    await screenshot(page, "7-form");
    expect(await accessibilityFaults(page)).toEqual([]);
    await button("Reset Iterations").click();
    await expect.poll(() => button("Reconstruct").isEnabled()).toBe(true);
    await undersample();
    await page.getByLabel("Centre lines").fill("2");
    await button("Reconstruct").click();
    const fault = page.locator("[data-code]");
    await fault.waitFor();
    expect(await fault.textContent()).not.toContain(folder);
    await screenshot(page, "8-failed");
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("cancels a run and keeps nothing of it", async () => {
    await openLong();
    await button("Reconstruct").click();
    await page.getByText(/iteration \d+/).waitFor();
    await page.getByText("Preview").waitFor();
    await screenshot(page, "9-running");
    expect(await accessibilityFaults(page)).toEqual([]);
    const asked = Date.now();
    await button("Cancel").click();
    await page.getByText("Cancelled. Nothing was kept.").waitFor();
    expect(Date.now() - asked).toBeLessThan(2000);
    await screenshot(page, "10-cancelled");
    expect(await page.locator("[data-pixels]").count()).toBe(0);
  });

  it("exports as a zip of the chosen formats", async () => {
    await openSample();
    await button("Reconstruct").click();
    await page.locator("[data-pixels]").waitFor();
    for (const format of ["NumPy", "NIfTI"]) await page.getByLabel(format).check();
    const [download] = await Promise.all([page.waitForEvent("download"), button("Export as zip").click()]);
    const files = Object.keys(unzipSync(new Uint8Array(await readFile(await download.path()))));
    expect(download.suggestedFilename()).toMatch(/\.zip$/);
    for (const ending of [".dcm", ".nii.gz", ".npy", ".html", "record.json"]) {
      expect(
        files.some((file) => file.endsWith(ending)),
        `${ending} in ${files.join(" ")}`,
      ).toBe(true);
    }
    // Every file of the zip was told of, and the column was moved so that this is in sight.
    await page.getByText(`${files.length} files written. The zip is in your downloads.`).waitFor();
    const form = page.getByRole("region", { name: "Reconstruct" });
    expect(await form.evaluate((one) => one.scrollHeight - one.clientHeight)).toBe(0);
    for (const name of ["Reconstruct", "Export as zip"])
      await expect.poll(() => inSight(button(name))).toBe(true);
    await screenshot(page, "11-exported");
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  it("tells that the engine ended during a job, and runs the next one", async () => {
    await openLong();
    await button("Reconstruct").click();
    await page.getByText(/iteration \d+/).waitFor();
    const pid = engine.pid;
    if (pid === null) throw new Error("the engine has no process");
    const killed = Date.now();
    process.kill(pid, "SIGKILL");
    await page.locator('[data-code="ENGINE_LOST"]').waitFor();
    await page.locator('[data-engine="restarted"]').waitFor();
    expect(Date.now() - killed).toBeLessThan(3000);
    expect(engine.pid).not.toBe(pid);
    await screenshot(page, "12-engine");
    expect(await accessibilityFaults(page)).toEqual([]);
    await chooseSense({ iterations: "3" });
    await page.getByRole("combobox", { name: "Slices" }).selectOption("this");
    await button("Reconstruct").click();
    await page.locator("[data-pixels]").waitFor();
  });

  it("looks the same well in the dark, and is locked without the token", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await openSample();
    await button("Reconstruct").click();
    await page.locator("[data-pixels]").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, "13-dark");
    await page.evaluate(() => window.sessionStorage.clear());
    await page.reload();
    await page.getByText(/needs the address/).waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    await screenshot(page, "14-locked");
  });
});
