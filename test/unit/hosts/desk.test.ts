import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ToWindow, toWindowSchema, type WindowResponse } from "../../../electron/contracts/window.ts";
import { EchoError } from "../../../electron/engine/base/errors.ts";
import { dataFolderPath, privateFolder } from "../../../electron/hosts/desk/data-folder.ts";
import { Desk, type DeskOptions } from "../../../electron/hosts/desk/desk.ts";
import { fileNameOf } from "../../../electron/hosts/desk/exporting.ts";
import { faultForWindow, withoutPaths } from "../../../electron/hosts/desk/plain-words.ts";
import {
  FakeEngine,
  type FakeHandlers,
  fakePicture,
  fakeSummary,
  fileIn,
  untilAborted,
} from "../../support/fake-engine.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "desk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const recipe = {
  dataset: "0123456789abcdef",
  method: "sense",
  slices: null,
  options: { lambda: 0.01 },
  mask: "equispaced:3:24:0",
  compareWithFull: true,
  orientation: null,
  device: "cpu" as const,
  seed: 7,
};

const metrics = { nmse: 0.1, nrmse: 0.3, psnr: 30, ssim: 0.9, hfen: 0.2, n: 3, metricVersion: "1" };

/** Just enough of a record for what the desk reads of it; the schema is met in full. */
function record(): unknown {
  return {
    recordVersion: 1,
    program: { name: "PureEcho", version: "0" },
    researchUse: "",
    kind: "recon",
    created: "",
    job: { input: "/secret/scan.h5", method: "sense", out: "/secret/out" },
    input: { path: "/secret/scan.h5", datasetId: "", format: "", title: "", files: [] },
    options: {},
    mask: null,
    scale: [1],
    seed: 7,
    provider: { id: "cpu", reason: "" },
    modelSha256: null,
    platform: { node: "", os: "", arch: "", cpu: "", threads: 1, libraries: {} },
    result: {
      shape: [3, 8, 6],
      pixelsSha256: "a",
      synthetic: true,
      selfCheck: { passed: true, finite: true, constant: false, dataMisfit: 0.1, note: "" },
      residual: [0.1],
      iterations: [3],
      metrics,
      geometry: {
        orientation: "unknown",
        rowDirection: [1, 0, 0],
        columnDirection: [0, 1, 0],
        spacingMm: [1, 1],
        sliceSpacingMm: null,
        sliceThicknessMm: null,
        positions: [],
        frameOfReferenceUid: null,
      },
      warnings: [],
    },
    seconds: {},
    peakBytes: 1,
    outputs: [],
  };
}

const handlers: FakeHandlers = {
  inspect: async ({ paths }) => ({
    datasets: paths.filter((path) => path.endsWith(".h5")).map((path) => fakeSummary(path)),
    refused: paths
      .filter((path) => !path.endsWith(".h5"))
      .map((path) => ({
        path,
        code: "UNKNOWN_FORMAT",
        where: null,
        reason: `${path} is of no known format`,
      })),
  }),
  slice: async ({ index }) => fakePicture(3, index),
  recon: async (job, told) => {
    told.onEvent?.({
      kind: "progress",
      stage: "sense",
      fraction: 0.5,
      slice: 0,
      iteration: 1,
      residual: 0.4,
    });
    told.onEvent?.({ kind: "notice", level: "warning", text: `read ${job.input} twice` });
    await writeFile(join(job.out, "record.json"), JSON.stringify(record()));
    return {
      outputs: [],
      record: join(job.out, "record.json"),
      pixelsSha256: "a",
      seconds: { total: 1 },
      peakBytes: 1,
      selfCheck: { passed: true, finite: true, constant: false, dataMisfit: 0.1, note: "" },
      residual: [0.1, null],
      metrics,
    };
  },
  export: async ({ out }) => {
    await mkdir(join(out, "dicom"), { recursive: true });
    await writeFile(join(out, "dicom", "1.dcm"), "one");
    await writeFile(join(out, "report.html"), "two");
    return {
      outputs: [
        { format: "dicom", path: join(out, "dicom", "1.dcm"), sha256: "1" },
        { format: "report", path: join(out, "report.html"), sha256: "2" },
      ],
    };
  },
};

/** A desk, and a window that awaits answers by number. */
function atDesk(over: Partial<DeskOptions> = {}, engine = new FakeEngine(handlers)) {
  const desk = new Desk({
    engine,
    host: "web",
    dataFolder: join(folder, "data"),
    samplesFolder: null,
    folders: [],
    ...over,
  });
  const sent: ToWindow[] = [];
  const send = (message: ToWindow): void => {
    sent.push(toWindowSchema.parse(message));
  };
  let id = 0;
  const ask = async (operation: string, request: unknown = {}): Promise<unknown> => {
    const mine = ++id;
    await desk.handle({ type: "ask", id: mine, operation, request }, send);
    const answer = sent.find((one) => "id" in one && one.id === mine && one.type !== "event");
    if (answer?.type === "answer") return answer.response;
    if (answer?.type === "failed")
      throw Object.assign(new Error(answer.fault.reason), { fault: answer.fault });
    throw new Error("no answer");
  };
  const open = async (path: string): Promise<WindowResponse<"open">> => {
    const places = await desk.adopt([path]);
    return (await ask("open", { handles: places.map((one) => one.handle) })) as WindowResponse<"open">;
  };
  return { desk, engine, sent, send, ask, open };
}

describe("desk", () => {
  it("gives handles and base names, and never a path", async () => {
    const scan = await fileIn(folder, "private folder/scan.h5");
    const bad = await fileIn(folder, "private folder/letter.txt");
    const { desk, sent, ask } = atDesk();
    const places = await desk.adopt([scan, bad]);
    for (const place of places) expect(place.handle).toMatch(/^p-[0-9a-f]{24}$/);
    const opened = (await ask("open", {
      handles: places.map((one) => one.handle),
    })) as WindowResponse<"open">;
    expect(opened.datasets[0].files).toEqual(["scan.h5"]);
    expect(opened.refused).toEqual([
      { name: "letter.txt", code: "UNKNOWN_FORMAT", where: null, reason: "letter.txt is of no known format" },
    ]);
    expect(JSON.stringify(sent)).not.toContain(folder);
    expect(JSON.stringify(sent)).not.toContain("private folder");
  });

  it("refuses paths, foreign handles and everything out of contract", async () => {
    const scan = await fileIn(folder, "scan.h5");
    const { desk, engine, sent, send, ask, open } = atDesk();
    await expect(ask("open", { handles: [scan] })).rejects.toMatchObject({ fault: { code: "USAGE" } });
    await expect(ask("open", { handles: ["p-000000000000000000000000"] })).rejects.toMatchObject({
      fault: { code: "FORBIDDEN" },
    });
    await expect(ask("open", { handles: [], more: 1 })).rejects.toMatchObject({ fault: { code: "USAGE" } });
    await expect(ask("inspect", { paths: [scan] })).rejects.toMatchObject({ fault: { code: "USAGE" } });
    await expect(ask("constructor")).rejects.toMatchObject({ fault: { code: "USAGE" } });
    for (const message of [
      null,
      1,
      "ask",
      {},
      { type: "ask" },
      { type: "ask", id: 1, operation: "welcome", request: {}, x: 1 },
    ]) {
      const before = sent.length;
      await desk.handle(message, send);
      expect(sent.slice(before)).toMatchObject([{ type: "failed", id: -1, fault: { code: "USAGE" } }]);
    }
    const { datasets } = await open(scan);
    const wrong = { handle: datasets[0].handle, dataset: "another", index: 0, view: "image", coil: null };
    await expect(ask("picture", wrong)).rejects.toMatchObject({ fault: { code: "FORBIDDEN" } });
    expect(engine.asked.map((one) => one.operation)).toEqual(["inspect"]);
  });

  it("browses only what lies inside of a folder that was given", async () => {
    await fileIn(folder, "given/a.h5");
    await fileIn(folder, "given/sub/b.h5");
    await fileIn(folder, "given/.hidden");
    await fileIn(folder, "secret.h5");
    symlinkSync(join(folder, "secret.h5"), join(folder, "given", "link.h5"));
    symlinkSync(folder, join(folder, "given", "up"));
    symlinkSync(join(folder, "given", "a.h5"), join(folder, "given", "inner.h5"));
    const { ask } = atDesk({ folders: [join(folder, "given")] });
    const welcome = (await ask("welcome")) as WindowResponse<"welcome">;
    expect(welcome.places.map((one) => [one.name, one.kind])).toEqual([["given", "folder"]]);
    const { places } = (await ask("browse", {
      handle: welcome.places[0].handle,
    })) as WindowResponse<"browse">;
    expect(places.map((one) => one.name)).toEqual(["sub", "a.h5", "inner.h5"]);
    const inside = (await ask("browse", { handle: places[0].handle })) as WindowResponse<"browse">;
    expect(inside.places.map((one) => one.name)).toEqual(["b.h5"]);
  });

  it("looks again when a handle is used: a link swapped in later is refused", async () => {
    const scan = await fileIn(folder, "given/a.h5");
    await fileIn(folder, "secret.h5");
    const { ask } = atDesk({ folders: [join(folder, "given")] });
    const welcome = (await ask("welcome")) as WindowResponse<"welcome">;
    const { places } = (await ask("browse", {
      handle: welcome.places[0].handle,
    })) as WindowResponse<"browse">;
    rmSync(scan);
    symlinkSync(join(folder, "secret.h5"), scan);
    await expect(ask("open", { handles: [places[0].handle] })).rejects.toMatchObject({
      fault: { code: "FORBIDDEN" },
    });
  });

  it("offers the samples that are listed, none outside of their folder", async () => {
    const sample = {
      id: "a",
      note: "small",
      licence: "MIT",
      origin: "here",
      synthetic: true,
      bytes: 1,
      sha256: "0".repeat(64),
    };
    await fileIn(folder, "samples/one.h5");
    writeFileSync(
      join(folder, "samples/samples.json"),
      JSON.stringify([{ ...sample, file: "one.h5", title: "One" }]),
    );
    const good = (await atDesk({ samplesFolder: join(folder, "samples") }).ask(
      "welcome",
    )) as WindowResponse<"welcome">;
    expect(good.places).toMatchObject([{ name: "One", kind: "sample", note: "small" }]);
    await fileIn(folder, "other.h5");
    writeFileSync(
      join(folder, "samples/samples.json"),
      JSON.stringify([{ ...sample, file: "../other.h5", title: "Up" }]),
    );
    await expect(atDesk({ samplesFolder: join(folder, "samples") }).ask("welcome")).rejects.toMatchObject({
      fault: { code: "DAMAGED" },
    });
  });

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
    ]);
    const entry = desk.takeDownload(done.download ?? "");
    expect(entry?.name).toBe("Fake-scan-sense.zip");
    expect(desk.takeDownload(done.download ?? "")).toBeNull();
    const files = unzipSync(new Uint8Array(await readFile(entry?.path ?? "")));
    expect(Object.keys(files).sort()).toEqual(["dicom/1.dcm", "report.html"]);
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
    expect((await readdir(join(folder, "target"))).sort()).toEqual(["Fake-scan-sense", "Fake-scan-sense-2"]);
    expect(await readdir(join(folder, "target", "Fake-scan-sense"))).toEqual(["kept.txt"]);
    answer = [];
    await expect(ask("export", { handle: result.handle, formats: ["report"] })).rejects.toMatchObject({
      fault: { code: "CANCELLED" },
    });
  });

  it("opens a series of loose files through a folder of links of its own", async () => {
    const files = [await fileIn(folder, "a/1.dcm", "one"), await fileIn(folder, "b/1.dcm", "two")];
    const engine = new FakeEngine({
      ...handlers,
      inspect: async () => ({ datasets: [fakeSummary("", { files })], refused: [] }),
    });
    const { desk, ask } = atDesk({}, engine);
    const places = await desk.adopt(files);
    const { datasets } = (await ask("open", {
      handles: places.map((one) => one.handle),
    })) as WindowResponse<"open">;
    await ask("picture", {
      handle: datasets[0].handle,
      dataset: datasets[0].id,
      index: 0,
      view: "image",
      coil: null,
    });
    const [, { request }] = engine.asked;
    const { source } = request as { source: { path: string } };
    expect((await readdir(source.path)).sort()).toEqual(["1-1.dcm", "1.dcm"]);
    expect(await readFile(join(source.path, "1-1.dcm"), "utf8")).toBe("two");
    await desk.close();
    expect(await readFile(files[1], "utf8")).toBe("two");
  });

  it("opens one file and its companion, or a folder, by the place that was chosen", async () => {
    const header = await fileIn(folder, "pair/x.hdr");
    const data = await fileIn(folder, "pair/x.cfl");
    const engine = new FakeEngine({
      ...handlers,
      inspect: async () => ({ datasets: [fakeSummary("", { files: [data, header] })], refused: [] }),
    });
    const { ask, open } = atDesk({}, engine);
    for (const chosen of [data, join(folder, "pair")]) {
      const { datasets } = await open(chosen);
      await ask("picture", {
        handle: datasets[0].handle,
        dataset: datasets[0].id,
        index: 0,
        view: "image",
        coil: null,
      });
      expect(engine.asked.at(-1)?.request).toMatchObject({ source: { path: chosen } });
    }
  });

  it("does not let an answer out of contract through", async () => {
    const broken = { ...fakePicture(3, 0), secret: 1 };
    const engine = new FakeEngine({ ...handlers, slice: async () => broken });
    const { ask, open } = atDesk({}, engine);
    const { datasets } = await open(await fileIn(folder, "scan.h5"));
    const request = {
      handle: datasets[0].handle,
      dataset: datasets[0].id,
      index: 0,
      view: "image",
      coil: null,
    };
    await expect(ask("picture", request)).rejects.toMatchObject({ fault: { code: "INTERNAL" } });
  });
});

describe("words for the window", () => {
  it("takes absolute paths out of every field and leaves the rest", () => {
    const fault = new EchoError("DAMAGED", "cannot parse /home/jane doe/scans/x y.h5 at byte 4", {
      path: "/home/jane doe/scans/x y.h5",
      where: "/dataset/data",
      hint: "see C:\\Users\\jane\\x.h5 or /home/jane doe/scans/deep er/y.h5 or /tmp/abc/def",
    }).fault;
    expect(faultForWindow(fault, ["/home/jane doe/scans", "/home/jane doe/scans/deep er/y.h5"])).toEqual({
      code: "DAMAGED",
      path: "x y.h5",
      where: "/dataset/data",
      reason: "cannot parse x y.h5 at byte 4",
      hint: "see x.h5 or y.h5 or def",
    });
    expect(withoutPaths(`${homedir()}/deep/secret.dcm failed`)).toBe("secret.dcm failed");
    expect(withoutPaths("1 mm/px, 3/4, kspace and/or mask")).toBe("1 mm/px, 3/4, kspace and/or mask");
  });

  it("makes file names that every system takes", () => {
    expect(fileNameOf("Dœ, John: T1/../../etc sense")).toBe("D-John-T1-..-..-etc-sense");
    expect(fileNameOf("...")).toBe("result");
    expect(fileNameOf("a".repeat(300))).toHaveLength(80);
  });
});

describe("data folder", () => {
  it("follows PUREECHO_DATA, then the system", () => {
    expect(dataFolderPath({ PUREECHO_DATA: "/somewhere/else" }, "linux")).toBe("/somewhere/else");
    expect(dataFolderPath({ XDG_DATA_HOME: "/xdg" }, "linux")).toBe("/xdg/pureecho");
    expect(dataFolderPath({ XDG_DATA_HOME: "relative" }, "linux")).toBe(
      join(homedir(), ".local/share/pureecho"),
    );
    expect(dataFolderPath({}, "darwin")).toBe(join(homedir(), "Library/Application Support/PureEcho"));
    expect(dataFolderPath({ LOCALAPPDATA: "/local" }, "win32")).toBe(join("/local", "PureEcho"));
  });

  it("narrows a folder that was open to others", async () => {
    await mkdir(join(folder, "wide"), { mode: 0o755 });
    await privateFolder(join(folder, "wide"));
    expect(statSync(join(folder, "wide")).mode & 0o777).toBe(0o700);
  });
});
