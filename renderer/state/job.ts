import type { Fault } from "../../electron/contracts/errors.ts";
import type { OperationEvent, Picture } from "../../electron/contracts/operations.ts";
import type { OutputFormat } from "../../electron/contracts/record.ts";
import type { WindowRecipe, WindowResponse, WindowResult } from "../../electron/contracts/window.ts";
import { BridgeError } from "../bridge/error.ts";
import { words } from "../words/en.ts";
import { checkRecipe } from "./recipe.ts";
import type { Part } from "./store.ts";

type Progress = Extract<OperationEvent, { kind: "progress" }>;

export interface Job {
  readonly state: "idle" | "running" | "done" | "failed" | "cancelled";
  readonly dataset: string | null;
  readonly cancelling: boolean;
  readonly progress: Progress | null;
  readonly preview: { readonly slice: number; readonly picture: Picture } | null;
  readonly notices: readonly string[];
  readonly fault: Fault | null;
}

export interface KeptResult {
  readonly result: WindowResult;
  readonly recipe: WindowRecipe;
  readonly notices: readonly string[];
}

export interface Exporting {
  readonly state: "idle" | "writing" | "done" | "failed";
  readonly written: WindowResponse<"export">["written"];
  readonly downloaded: boolean;
  readonly fault: Fault | null;
}

export interface JobState {
  job: Job;
  /** The newest result of every open dataset. */
  results: Readonly<Record<string, KeptResult>>;
  exporting: Exporting;
  run(): Promise<void>;
  cancel(): void;
  exportResult(formats: readonly OutputFormat[]): Promise<void>;
}

const idle: Job = {
  state: "idle",
  dataset: null,
  cancelling: false,
  progress: null,
  preview: null,
  notices: [],
  fault: null,
};
export const notExporting: Exporting = { state: "idle", written: [], downloaded: false, fault: null };

export const job: Part<JobState> = (set, get, { client, cache }) => {
  let stop: AbortController | null = null;

  const take = (event: OperationEvent): void => {
    const { job: running } = get();
    if (event.kind === "progress") set({ job: { ...running, progress: event } });
    else if (event.kind === "preview") set({ job: { ...running, preview: event } });
    else if (!running.notices.includes(event.text)) {
      set({ job: { ...running, notices: [...running.notices, event.text] } });
    }
  };

  return {
    job: idle,
    results: {},
    exporting: notExporting,
    async run() {
      const { recipe } = checkRecipe(get());
      if (recipe === null || get().job.state === "running") return;
      const mine = new AbortController();
      stop = mine;
      set({ job: { ...idle, state: "running", dataset: recipe.handle }, exporting: notExporting });
      try {
        const result = await client.ask("recon", recipe, { signal: mine.signal, onEvent: take });
        const old = get().results[recipe.handle];
        if (old !== undefined) cache.drop(old.result.handle);
        const kept: KeptResult = { result, recipe, notices: get().job.notices };
        // A dataset that was closed meanwhile has no place for its result.
        const open = get().datasets.some((one) => one.handle === recipe.handle);
        set({
          results: open ? { ...get().results, [recipe.handle]: kept } : get().results,
          job: { ...idle, state: "done", dataset: recipe.handle },
          ...(open && get().selected === recipe.handle ? { resultShows: "image" as const } : {}),
        });
      } catch (error) {
        const { fault } = BridgeError.from(error, words.codes.INTERNAL);
        const state = fault.code === "CANCELLED" ? "cancelled" : "failed";
        set({ job: { ...idle, state, dataset: recipe.handle, fault } });
      } finally {
        if (stop === mine) stop = null;
      }
    },
    cancel() {
      if (stop === null) return;
      set({ job: { ...get().job, cancelling: true } });
      stop.abort();
    },
    async exportResult(formats) {
      const kept = get().results[get().selected ?? ""];
      if (kept === undefined || formats.length === 0 || get().exporting.state === "writing") return;
      set({ exporting: { ...notExporting, state: "writing" } });
      try {
        const { written, download } = await client.ask("export", {
          handle: kept.result.handle,
          formats: [...formats],
        });
        if (download !== null) client.download(download);
        set({ exporting: { state: "done", written, downloaded: download !== null, fault: null } });
      } catch (error) {
        const { fault } = BridgeError.from(error, words.codes.INTERNAL);
        // The user closed the folder dialog: nothing happened.
        set({
          exporting: fault.code === "CANCELLED" ? notExporting : { ...notExporting, state: "failed", fault },
        });
      }
    },
  };
};
