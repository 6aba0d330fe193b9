import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { OperationEvent } from "../../contracts/operations.ts";
import { researchUse } from "../../contracts/record.ts";
import {
  fromWindowSchema,
  type Place,
  type ToWindow,
  type WindowOperationName,
  type WindowResponse,
  windowOperations,
} from "../../contracts/window.ts";
import { EchoError, faultOf } from "../../engine/base/errors.ts";
import { programVersion } from "../../engine/pipeline/program.ts";
import type { Engine } from "../engine/client.ts";
import { dataFolderPath, privateFolder } from "./data-folder.ts";
import { exportResult } from "./exporting.ts";
import {
  childrenOf,
  chosenPlace,
  type DatasetEntry,
  type DownloadEntry,
  Handles,
  truePath,
} from "./handles.ts";
import { inputOf } from "./opening.ts";
import { faultForWindow, withoutPaths } from "./plain-words.ts";
import { reconstruct } from "./reconstructing.ts";
import { samplesIn } from "./samples.ts";

/** What a desktop host asks its user for; an empty list says that the user cancelled. */
export type Choose = (what: "files" | "folder" | "export") => Promise<readonly string[]>;

export interface DeskOptions {
  readonly engine: Engine;
  readonly host: "web" | "desktop";
  /** Where results, drops and exports are kept; the convention of the system by default. */
  readonly dataFolder?: string;
  readonly samplesFolder: string | null;
  /** Folders that may be browsed (given to `serve`). */
  readonly folders: readonly string[];
  readonly choose?: Choose;
  /** Bytes that may be dropped into this host; 0 where drops are not copied. */
  readonly dropCapBytes?: number;
}

export type Send = (message: ToWindow) => void;

/** Questions of one window that may be open at a time. */
const openLimit = 64;

interface Running {
  readonly stop: AbortController;
  readonly operation: WindowOperationName;
}

interface Asked<N extends WindowOperationName> {
  readonly request: ReturnType<(typeof windowOperations)[N]["request"]["parse"]>;
  readonly signal: AbortSignal;
  readonly onEvent: (event: OperationEvent) => void;
}
type Handlers = { [N in WindowOperationName]: (asked: Asked<N>) => Promise<WindowResponse<N>> };

/**
 * The half that the web host and the Electron main process share: it checks every message against the contract in
 * both directions, holds the handles, asks the engine, and sends nothing to a window that names a path.
 */
export class Desk {
  readonly handles = new Handles();
  readonly dataFolder: string;
  readonly #options: DeskOptions;
  readonly #engine: Engine;
  readonly #windows = new Map<Send, Map<number, Running>>();
  readonly #made = new Set<string>();
  /** Paths that faults and notices may name. */
  readonly #known = new Set<string>();
  readonly #handlers: Handlers;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.dataFolder = options.dataFolder ?? dataFolderPath();
    for (const folder of [this.dataFolder, ...options.folders]) this.#known.add(folder);
    if (options.samplesFolder !== null) this.#known.add(options.samplesFolder);
    this.#handlers = this.#makeHandlers();
  }

  /** Registers a window: it is told of the engine's state from now on. The returned function cancels what it has open. */
  watch(send: Send): () => void {
    const running = this.#runningOf(send);
    const forget = this.#engine.onState((state, text) => {
      send({ type: "engine", state, text: this.#plain(text) });
    });
    return () => {
      forget();
      for (const one of running.values()) one.stop.abort();
      this.#windows.delete(send);
    };
  }

  /** Takes one message from a window; answers come through `send`. Never throws and never rejects. */
  async handle(raw: unknown, send: Send): Promise<void> {
    const parsed = fromWindowSchema.safeParse(raw);
    if (!parsed.success) {
      // Without a valid id there is nobody to answer: -1 is no question's number.
      send(this.#failure(-1, new EchoError("USAGE", "the message is not in the contract")));
      return;
    }
    const message = parsed.data;
    const running = this.#runningOf(send);
    if (message.type === "cancel") {
      running.get(message.id)?.stop.abort();
      return;
    }
    if (running.has(message.id) || running.size >= openLimit) {
      const reason = running.has(message.id) ? "this number is in use" : "too many questions are open";
      send(this.#failure(message.id, new EchoError("USAGE", reason)));
      return;
    }
    const stop = new AbortController();
    try {
      const operation = known(message.operation);
      running.set(message.id, { stop, operation });
      const response = await this.#answer(operation, message.request, stop.signal, (event) =>
        send({ type: "event", id: message.id, event: this.#plainEvent(event) }),
      );
      send({ type: "answer", id: message.id, response });
    } catch (error) {
      send(this.#failure(message.id, error));
    } finally {
      running.delete(message.id);
    }
  }

  /** Handles for paths that the user chose or dropped; paths never come from a window. @throws EchoError NOT_FOUND. */
  async adopt(paths: readonly string[]): Promise<Place[]> {
    const places: Place[] = [];
    for (const path of paths) places.push(this.handles.place(await chosenPlace(path)));
    return places;
  }

  /** Something made for the user, once. */
  takeDownload(handle: string): DownloadEntry | null {
    const entry = this.handles.find(handle);
    if (entry?.kind !== "download") return null;
    this.handles.delete(handle);
    return entry;
  }

  /** A folder below the data folder, mode 0700, that is removed with this desk. */
  async ownFolder(kind: "results" | "drops" | "exports", name: string): Promise<string> {
    await privateFolder(this.dataFolder);
    await privateFolder(join(this.dataFolder, kind));
    const folder = await privateFolder(join(this.dataFolder, kind, name));
    this.#made.add(folder);
    return folder;
  }

  /** Remembers a file or folder below the data folder to be removed with this desk. */
  made(path: string): void {
    this.#made.add(path);
  }

  /** Cancels everything and removes what this desk made: its handles are gone, so nobody could reach it again. */
  async close(): Promise<void> {
    for (const running of this.#windows.values()) for (const one of running.values()) one.stop.abort();
    this.#windows.clear();
    for (const folder of this.#made) await rm(folder, { recursive: true, force: true });
    this.#made.clear();
  }

  #runningOf(send: Send): Map<number, Running> {
    const known = this.#windows.get(send);
    if (known !== undefined) return known;
    const fresh = new Map<number, Running>();
    this.#windows.set(send, fresh);
    return fresh;
  }

  /** A text for the window: without the paths of anything this desk has to do with. */
  #plain(text: string): string {
    return withoutPaths(text, this.#known);
  }

  #failure(id: number, error: unknown): ToWindow {
    return { type: "failed", id, fault: faultForWindow(faultOf(error), this.#known) };
  }

  #plainEvent(event: OperationEvent): OperationEvent {
    return event.kind === "notice" ? { ...event, text: this.#plain(event.text) } : event;
  }

  async #answer<N extends WindowOperationName>(
    operation: N,
    raw: unknown,
    signal: AbortSignal,
    onEvent: (event: OperationEvent) => void,
  ): Promise<unknown> {
    const { request, response } = windowOperations[operation];
    const asked = request.safeParse(raw);
    if (!asked.success) {
      const issue = asked.error.issues[0];
      throw new EchoError("USAGE", issue.message, { where: [operation, ...issue.path].join(".") });
    }
    const handler = this.#handlers[operation] as (asked: unknown) => Promise<unknown>;
    const answered = response.safeParse(await handler({ request: asked.data, signal, onEvent }));
    if (answered.success) return answered.data;
    throw new EchoError("INTERNAL", `the answer to ${operation} is out of contract`, {
      cause: answered.error,
    });
  }

  #makeHandlers(): Handlers {
    const engine = this.#engine;
    return {
      welcome: () => this.#welcome(),
      choose: async ({ request }) => {
        const { choose } = this.#options;
        if (choose === undefined) throw new EchoError("UNSUPPORTED", "this host has no file dialog");
        return { places: await this.adopt(await choose(request.what)) };
      },
      browse: async ({ request }) => {
        const entry = this.handles.get("place", request.handle);
        if (entry.what !== "folder") throw new EchoError("USAGE", "only a folder can be browsed");
        return { places: (await childrenOf(entry)).map((child) => this.handles.place(child)) };
      },
      open: (asked) => this.#open(asked),
      methods: () => engine.ask("methods", {}),
      estimate: async ({ request, signal }) => {
        const entry = this.#dataset(request);
        const { method, options } = request;
        return engine.ask(
          "estimate",
          {
            input: await truePath({ path: entry.input, root: entry.root }),
            dataset: entry.dataset,
            method,
            options,
          },
          { signal },
        );
      },
      recon: async ({ request, signal, onEvent }) =>
        reconstruct(this, engine, this.#dataset(request), request, { signal, onEvent }),
      // No signal: a picture is soon made, and ending the engine over one would end a running job with it.
      picture: async ({ request }) => {
        const { index, view, coil } = request;
        if (request.dataset === null) {
          const { folder } = this.handles.get("result", request.handle);
          return engine.ask("slice", { source: { kind: "result", folder }, index, view, coil });
        }
        const entry = this.#dataset({ handle: request.handle, dataset: request.dataset });
        const path = await truePath({ path: entry.input, root: entry.root });
        return engine.ask("slice", {
          source: { kind: "dataset", path, dataset: entry.dataset },
          index,
          view,
          coil,
        });
      },
      export: ({ request, signal }) =>
        exportResult(this, engine, this.handles.get("result", request.handle), request.formats, {
          signal,
          choose: this.#options.choose,
        }),
      devices: () => engine.ask("devices", {}),
      models: () => engine.ask("models", {}),
    };
  }

  #dataset(request: { handle: string; dataset: string }): DatasetEntry {
    const entry = this.handles.get("dataset", request.handle);
    if (entry.dataset !== request.dataset)
      throw new EchoError("FORBIDDEN", "this handle is of another dataset");
    return entry;
  }

  async #welcome(): Promise<WindowResponse<"welcome">> {
    const samples = await samplesIn(this.#options.samplesFolder);
    const places = samples.map(({ entry, title }) => this.handles.place(entry, title));
    for (const folder of this.#options.folders) places.push(this.handles.place(await chosenPlace(folder)));
    return {
      host: this.#options.host,
      version: programVersion,
      researchUse,
      places,
      canChooseFiles: this.#options.choose !== undefined,
      dropCapBytes: this.#options.dropCapBytes ?? 0,
    };
  }

  async #open({ request, signal }: Asked<"open">): Promise<WindowResponse<"open">> {
    const paths: string[] = [];
    for (const handle of request.handles) paths.push(await truePath(this.handles.get("place", handle)));
    const found = await this.#engine.ask("inspect", { paths }, { signal });
    for (const path of [...paths, ...found.refused.map((one) => one.path)]) this.#known.add(path);
    for (const path of found.datasets.flatMap((one) => one.files)) this.#known.add(path);
    const datasets: WindowResponse<"open">["datasets"] = [];
    for (const summary of found.datasets) {
      const entry = await inputOf(summary, paths, () =>
        this.ownFolder("drops", randomBytes(12).toString("hex")),
      );
      datasets.push({
        ...summary,
        title: this.#plain(summary.title),
        files: summary.files.map(baseName),
        warnings: summary.warnings.map((one) => ({ ...one, text: this.#plain(one.text) })),
        handle: this.handles.add(entry),
      });
    }
    const refused = found.refused.map(({ path, code, where, reason }) => ({
      name: baseName(path),
      code,
      where: where === null ? null : this.#plain(where),
      reason: this.#plain(reason),
    }));
    return { datasets, refused };
  }
}

function baseName(path: string): string {
  return path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;
}

function known(name: string): WindowOperationName {
  if (!Object.hasOwn(windowOperations, name)) throw new EchoError("USAGE", `there is no operation ${name}`);
  return name as WindowOperationName;
}
