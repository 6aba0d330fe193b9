import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WindowResponse } from "../../../electron/contracts/window.ts";
import type { DeskOptions } from "../../../electron/hosts/desk/desk.ts";
import { deskIn, handlers } from "../../support/desk.ts";
import { FakeEngine, fakePicture, fakeSummary, fileIn } from "../../support/fake-engine.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "desk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const atDesk = (over: Partial<DeskOptions> = {}, engine?: FakeEngine) => deskIn(folder, over, engine);

describe("desk: what may be opened", () => {
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
