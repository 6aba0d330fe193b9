import { mkdtempSync, rmSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WindowResponse } from "../../../electron/contracts/window.ts";
import type { DeskOptions } from "../../../electron/hosts/desk/desk.ts";
import { deskIn, handlers, recipe } from "../../support/desk.ts";
import { FakeEngine, fileIn, untilAborted } from "../../support/fake-engine.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "desk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const atDesk = (over: Partial<DeskOptions> = {}, engine?: FakeEngine) => deskIn(folder, over, engine);

describe("desk: results", () => {
  it("runs a recipe, keeps the result in a private folder and removes it at the end", async () => {
    const scan = await fileIn(folder, "scan.h5");
    const { desk, engine, sent, ask, open } = atDesk();
    const { datasets } = await open(scan);
    const result = (await ask("recon", { ...recipe, handle: datasets[0].handle })) as WindowResponse<"recon">;
    const job = engine.asked.find((one) => one.operation === "recon")?.request as Record<string, unknown>;
    expect(job).toMatchObject({ input: scan, method: "sense", reference: "full", formats: [], seed: 7 });
    expect(result).toMatchObject({ slices: 3, synthetic: true, hasReference: true, pixelsSha256: "a" });
    expect(Object.keys(result)).not.toContain("record");
    expect(sent.filter((one) => one.type === "event").map((one) => one.event)).toMatchObject([
      { kind: "progress", residual: 0.4 },
      { kind: "notice", text: "read scan.h5 twice" },
    ]);
    const out = String(job.out);
    expect(out.startsWith(join(folder, "data", "results"))).toBe(true);
    for (const path of [join(folder, "data"), join(folder, "data", "results"), out]) {
      expect(statSync(path).mode & 0o777).toBe(0o700);
    }
    await ask("picture", { handle: result.handle, dataset: null, index: 1, view: "image", coil: null });
    expect(engine.asked.at(-1)?.request).toMatchObject({ source: { kind: "result", folder: out }, index: 1 });
    await desk.close();
    expect(await readdir(join(folder, "data", "results"))).toEqual([]);
    expect(await readFile(scan, "utf8")).toBe("content");
  });

  it("cancels by number, and leaves nothing of a run that failed", async () => {
    const scan = await fileIn(folder, "scan.h5");
    const engine = new FakeEngine({ ...handlers, recon: (_job, { signal }) => untilAborted(signal) });
    const { desk, sent, send, open } = atDesk({}, engine);
    const { datasets } = await open(scan);
    const running = desk.handle(
      { type: "ask", id: 50, operation: "recon", request: { ...recipe, handle: datasets[0].handle } },
      send,
    );
    await expect.poll(() => engine.asked.length).toBe(2);
    await desk.handle({ type: "ask", id: 50, operation: "welcome", request: {} }, send);
    expect(sent.at(-1)).toMatchObject({ type: "failed", id: 50, fault: { code: "USAGE" } });
    await desk.handle({ type: "cancel", id: 50 }, send);
    await running;
    expect(sent.at(-1)).toMatchObject({ type: "failed", id: 50, fault: { code: "CANCELLED" } });
    expect(await readdir(join(folder, "data", "results"))).toEqual([]);
  });

  it("cancels what a window has open when it goes, and tells it of the engine until then", async () => {
    const scan = await fileIn(folder, "scan.h5");
    const engine = new FakeEngine({ ...handlers, recon: (_job, { signal }) => untilAborted(signal) });
    const { desk, sent, send, open } = atDesk({}, engine);
    const leave = desk.watch(send);
    engine.tell("lost", "the engine at /opt/pureecho/engine.js ended");
    expect(sent.at(-1)).toEqual({ type: "engine", state: "lost", text: "the engine at engine.js ended" });
    const { datasets } = await open(scan);
    void desk.handle(
      { type: "ask", id: 9, operation: "recon", request: { ...recipe, handle: datasets[0].handle } },
      send,
    );
    await expect.poll(() => engine.asked.length).toBe(2);
    leave();
    expect(engine.asked[1].told.signal?.aborted).toBe(true);
    const before = sent.length;
    engine.tell("restarted", "back");
    expect(sent.slice(before).some((one) => one.type === "engine")).toBe(false);
  });

  it("exports a zip for the web, to be fetched once", async () => {
    const { desk, ask, open } = atDesk();
    const { datasets } = await open(await fileIn(folder, "scan.h5"));
    const result = (await ask("recon", { ...recipe, handle: datasets[0].handle })) as WindowResponse<"recon">;
    const done = (await ask("export", {
      handle: result.handle,
      formats: ["dicom", "report"],
    })) as WindowResponse<"export">;
    expect(done.written).toEqual([
      { format: "dicom", name: "dicom/1.dcm", sha256: "1" },
      { format: "report", name: "report.html", sha256: "2" },
      { format: "record", name: "record.json", sha256: "3" },
    ]);
    const entry = desk.takeDownload(done.download ?? "");
    expect(entry?.name).toBe("Fake-scan-sense.zip");
    expect(desk.takeDownload(done.download ?? "")).toBeNull();
    const files = unzipSync(new Uint8Array(await readFile(entry?.path ?? "")));
    expect(Object.keys(files).sort()).toEqual(["dicom/1.dcm", "record.json", "report.html"]);
    expect(new TextDecoder().decode(files["report.html"])).toBe("two");
  });

  it("exports into a fresh folder on the desktop, and nowhere when the dialog is closed", async () => {
    await fileIn(folder, "target/Fake-scan-sense/kept.txt");
    let answer: string[] = [join(folder, "target")];
    const { ask, open } = atDesk({ host: "desktop", choose: async () => answer });
    const { datasets } = await open(await fileIn(folder, "scan.h5"));
    const result = (await ask("recon", { ...recipe, handle: datasets[0].handle })) as WindowResponse<"recon">;
    const done = (await ask("export", {
      handle: result.handle,
      formats: ["report"],
    })) as WindowResponse<"export">;
    expect(done.download).toBeNull();
    expect(done.written.map((one) => one.name)).toEqual(["dicom/1.dcm", "report.html", "record.json"]);
    expect((await readdir(join(folder, "target"))).sort()).toEqual(["Fake-scan-sense", "Fake-scan-sense-2"]);
    expect(await readdir(join(folder, "target", "Fake-scan-sense"))).toEqual(["kept.txt"]);
    const fresh = await readdir(join(folder, "target", "Fake-scan-sense-2"));
    expect(fresh.sort()).toEqual(["dicom", "record.json", "report.html"]);
    answer = [];
    await expect(ask("export", { handle: result.handle, formats: ["report"] })).rejects.toMatchObject({
      fault: { code: "CANCELLED" },
    });
  });
});
