import { describe, expect, it } from "vitest";
import type { OperationEvent } from "../../../electron/contracts/operations.ts";
import type { WindowOperationName } from "../../../electron/contracts/window.ts";
import type { AskOptions } from "../../../renderer/bridge/client.ts";
import { BridgeError } from "../../../renderer/bridge/error.ts";
import { keyOf, PictureCache } from "../../../renderer/state/pictures.ts";
import { checkRecipe } from "../../../renderer/state/recipe.ts";
import { createWindowStore, type Tools } from "../../../renderer/state/store.ts";
import { fakePicture, fakeSummary } from "../../support/fake-engine.ts";

const handle = (letter: string, number: number): string => `${letter}-${String(number).padStart(24, "0")}`;
const opened = (number: number, over = {}) => ({
  ...fakeSummary("scan.h5", { id: `scan ${number}`, ...over }),
  handle: handle("d", number),
});
const result = {
  handle: handle("r", 1),
  slices: 3,
  synthetic: true,
  hasReference: true,
  pixelsSha256: "a",
  seconds: { total: 1 },
  peakBytes: 1,
  selfCheck: { passed: true, finite: true, constant: false, dataMisfit: null, note: "" },
  residual: [0.1],
  metrics: null,
};
const fault = (code: "CANCELLED" | "ENGINE_LOST") =>
  new BridgeError({ code, path: null, where: null, reason: code, hint: null });

type Answer = (request: unknown, options: AskOptions) => unknown;

function windowWith(answers: Partial<Record<WindowOperationName, Answer>>, kind: "web" | "desktop" = "web") {
  const asked: [WindowOperationName, unknown][] = [];
  const downloads: string[] = [];
  const client = {
    kind,
    ask: async (operation: WindowOperationName, request: unknown, options: AskOptions = {}) => {
      asked.push([operation, request]);
      const answer = answers[operation];
      if (answer === undefined) throw new Error(`unexpected ${operation}`);
      return answer(request, options);
    },
    adopt: async () => [],
    download: (one: string) => downloads.push(one),
  } as unknown as Tools["client"];
  const { api, tools } = createWindowStore(client);
  api.setState({ recipe: { ...api.getState().recipe, method: "sense" }, methods: [] });
  return { api, tools, asked, downloads };
}

describe("state of the window", () => {
  it("opens, chooses the first find, keeps refusals, and replaces a scan that is opened again", async () => {
    let number = 0;
    const { api } = windowWith({
      open: () => ({
        datasets: [opened(++number, { id: "same" })],
        refused: [{ name: "x", code: "DAMAGED", where: null, reason: "short" }],
      }),
    });
    await api.getState().openPlaces([handle("p", 1)]);
    expect(api.getState()).toMatchObject({
      selected: handle("d", 1),
      slice: 1,
      refused: [{ name: "x" }],
      opening: null,
    });
    await api.getState().openPlaces([handle("p", 1)]);
    expect(api.getState().datasets.map((one) => one.handle)).toEqual([handle("d", 2)]);
    expect(api.getState().selected).toBe(handle("d", 2));
  });

  it("greets, loads the methods, and asks for them again when the engine comes later", async () => {
    let methods: unknown = null;
    const welcome = {
      places: [],
      dropCapBytes: 1,
      host: "web",
      version: "1",
      researchUse: "",
      canChooseFiles: false,
    };
    const { api } = windowWith({
      welcome: () => welcome,
      methods: () => {
        if (methods === null) throw fault("ENGINE_LOST");
        return { methods };
      },
    });
    api.setState({ recipe: { ...api.getState().recipe, method: "" } });
    await api.getState().connected("open");
    expect(api.getState()).toMatchObject({ welcome, methods: [], engine: { state: "starting" } });
    methods = [{ id: "sense", title: "SENSE", help: "", needs: "kspace", optionsSchema: {} }];
    api.getState().engineTold({ type: "engine", state: "ready", text: "" });
    await expect.poll(() => api.getState().methods.length).toBe(1);
    expect(api.getState()).toMatchObject({ recipe: { method: "sense" }, engine: { state: "ready" } });
    // A second connection does not greet again: what is open stays open.
    await api.getState().connected("closed");
    await api.getState().connected("open");
    expect(api.getState().welcome).toEqual(welcome);
  });

  it("refuses a drop above the cap before a byte is sent", async () => {
    const { api, asked } = windowWith({});
    api.setState({ welcome: { dropCapBytes: 10 } as never });
    await api.getState().openFiles([{ name: "a", size: 11 } as File]);
    expect(api.getState().openFault?.code).toBe("TOO_LARGE");
    expect(asked).toEqual([]);
  });

  it("keeps the slice within the scan", async () => {
    const { api } = windowWith({ open: () => ({ datasets: [opened(1)], refused: [] }) });
    await api.getState().openPlaces([handle("p", 1)]);
    api.getState().goTo(99);
    expect(api.getState().slice).toBe(2);
    api.getState().goTo(-1);
    expect(api.getState().slice).toBe(0);
  });

  it("runs: progress, preview and remarks meanwhile, then the result", async () => {
    const events: OperationEvent[] = [
      { kind: "progress", stage: "sense", fraction: 0.5, slice: 0, iteration: 2, residual: 0.2 },
      { kind: "preview", slice: 0, picture: fakePicture(3, 0) },
      { kind: "notice", level: "warning", text: "twice" },
      { kind: "notice", level: "warning", text: "twice" },
    ];
    const seen: unknown[] = [];
    const made = windowWith({
      open: () => ({ datasets: [opened(1)], refused: [] }),
      recon: (_request, { onEvent }) => {
        for (const event of events) onEvent?.(event);
        seen.push(made.api.getState().job);
        return result;
      },
    });
    const { api, asked } = made;
    await api.getState().openPlaces([handle("p", 1)]);
    api.getState().change({ mask: { kind: "equispaced", factor: "2", centre: "2" } });
    await api.getState().run();
    expect(seen).toMatchObject([
      { state: "running", progress: { iteration: 2 }, preview: { slice: 0 }, notices: ["twice"] },
    ]);
    expect(asked.at(-1)).toMatchObject([
      "recon",
      { mask: "equispaced:2:2", compareWithFull: true, slices: null, seed: 0 },
    ]);
    expect(api.getState().job.state).toBe("done");
    expect(api.getState().results[handle("d", 1)]).toMatchObject({
      result: { pixelsSha256: "a" },
      notices: ["twice"],
    });
  });

  it("tells a cancelled run from a failed one, and keeps the old result", async () => {
    let outcome: () => unknown = () => result;
    const { api } = windowWith({
      open: () => ({ datasets: [opened(1)], refused: [] }),
      recon: () => outcome(),
    });
    await api.getState().openPlaces([handle("p", 1)]);
    await api.getState().run();
    for (const [code, state] of [
      ["CANCELLED", "cancelled"],
      ["ENGINE_LOST", "failed"],
    ] as const) {
      outcome = () => {
        throw fault(code);
      };
      await api.getState().run();
      expect(api.getState().job).toMatchObject({ state, fault: { code } });
      expect(api.getState().results[handle("d", 1)]).toBeDefined();
    }
  });

  it("passes a cancel on", async () => {
    let signal: AbortSignal | undefined;
    const { api } = windowWith({
      open: () => ({ datasets: [opened(1)], refused: [] }),
      recon: (_request, options) =>
        new Promise((_resolve, reject) => {
          signal = options.signal;
          signal?.addEventListener("abort", () => reject(fault("CANCELLED")));
        }),
    });
    await api.getState().openPlaces([handle("p", 1)]);
    const running = api.getState().run();
    expect(api.getState().job.state).toBe("running");
    api.getState().cancel();
    expect(signal?.aborted).toBe(true);
    await running;
    expect(api.getState().job.state).toBe("cancelled");
  });

  it("undersamples and compares only what is fully sampled k-space", async () => {
    const { api } = windowWith({ open: () => ({ datasets: [opened(1, { acceleration: 2 })], refused: [] }) });
    await api.getState().openPlaces([handle("p", 1)]);
    api.getState().change({ mask: { kind: "random", factor: "bad", centre: "" } });
    expect(checkRecipe(api.getState())).toMatchObject({
      errors: {},
      recipe: { mask: null, compareWithFull: false },
    });
    api.getState().change({ seed: "-1" });
    expect(checkRecipe(api.getState()).recipe).toBeNull();
  });

  it("frees pictures of a closed scan and of its result", async () => {
    const { api, tools } = windowWith({
      open: () => ({ datasets: [opened(1), opened(2)], refused: [] }),
      recon: () => result,
    });
    await api.getState().openPlaces([handle("p", 1)]);
    await api.getState().run();
    const request = { dataset: null, view: "image" as const, coil: null, index: 0 };
    for (const one of [handle("d", 1), handle("r", 1)]) {
      tools.cache.put(keyOf({ ...request, handle: one }), fakePicture(1, 0));
    }
    api.getState().closeDataset(handle("d", 1));
    expect(tools.cache.bytes).toBe(0);
    expect(api.getState().selected).toBe(handle("d", 2));
  });

  it("exports, and takes a closed dialog for no answer", async () => {
    let outcome: () => unknown = () => ({
      written: [{ format: "png", name: "a", sha256: "1" }],
      download: "z-1",
    });
    const { api, downloads } = windowWith({
      open: () => ({ datasets: [opened(1)], refused: [] }),
      recon: () => result,
      export: () => outcome(),
    });
    await api.getState().openPlaces([handle("p", 1)]);
    await api.getState().run();
    await api.getState().exportResult(["png"]);
    expect(downloads).toEqual(["z-1"]);
    expect(api.getState().exporting).toMatchObject({ state: "done", downloaded: true });
    outcome = () => {
      throw fault("CANCELLED");
    };
    await api.getState().exportResult(["png"]);
    expect(api.getState().exporting.state).toBe("idle");
  });
});

describe("cache of pictures", () => {
  it("stays within its bytes and drops what was not looked at for longest", () => {
    const bytes = fakePicture(1, 0).data.byteLength;
    const cache = new PictureCache(2 * bytes);
    cache.put("a|0", fakePicture(1, 0));
    cache.put("b|0", fakePicture(1, 0));
    cache.get("a|0");
    cache.put("c|0", fakePicture(1, 0));
    expect([cache.get("a|0"), cache.get("b|0"), cache.get("c|0")].map((one) => one !== null)).toEqual([
      true,
      false,
      true,
    ]);
    expect(cache.bytes).toBe(2 * bytes);
    const small = new PictureCache(1);
    small.put("a|0", fakePicture(1, 0));
    expect(small.get("a|0")).not.toBeNull();
  });
});
