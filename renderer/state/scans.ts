import type { Fault } from "../../electron/contracts/errors.ts";
import type { OpenedDataset, Place, WindowResponse } from "../../electron/contracts/window.ts";
import { BridgeError } from "../bridge/error.ts";
import { size, words } from "../words/en.ts";
import type { Part } from "./store.ts";

export type Refused = WindowResponse<"open">["refused"][number];

/** What is open, and what was refused. */
export interface ScansState {
  datasets: readonly OpenedDataset[];
  refused: readonly Refused[];
  selected: string | null;
  opening: { text: string } | null;
  openFault: Fault | null;
  /** Places found in a folder that was looked into, by the folder's handle. */
  inside: Readonly<Record<string, readonly Place[]>>;
  openPlaces(handles: readonly string[]): Promise<void>;
  openFiles(files: readonly File[]): Promise<void>;
  chooseFiles(what: "files" | "folder"): Promise<void>;
  browse(handle: string): Promise<void>;
  fold(handle: string): void;
  select(handle: string): void;
  closeDataset(handle: string): void;
  dismissRefused(): void;
  dismissOpenFault(): void;
}

export const scans: Part<ScansState> = (set, get, { client, cache }) => {
  const failed = (error: unknown): void => {
    const { fault } = BridgeError.from(error, words.codes.INTERNAL);
    set({ opening: null, openFault: fault.code === "CANCELLED" ? null : fault });
  };
  return {
    datasets: [],
    refused: [],
    selected: null,
    opening: null,
    openFault: null,
    inside: {},
    async openPlaces(handles) {
      if (handles.length === 0) return;
      set({ opening: { text: words.open.opening }, openFault: null });
      try {
        const { datasets, refused } = await client.ask("open", { handles: [...handles] });
        // The same scan opened again replaces itself.
        const ids = new Set(datasets.map((one) => one.id));
        for (const old of get().datasets.filter((one) => ids.has(one.id))) get().closeDataset(old.handle);
        set({ datasets: [...get().datasets, ...datasets], refused, opening: null });
        if (datasets.length > 0) get().select(datasets[0].handle);
      } catch (error) {
        failed(error);
      }
    },
    async openFiles(files) {
      if (files.length === 0) return;
      const cap = get().welcome?.dropCapBytes ?? 0;
      const total = files.reduce((sum, file) => sum + file.size, 0);
      if (client.kind === "web" && total > cap) {
        const reason = words.open.tooLarge(size(cap));
        set({ openFault: { code: "TOO_LARGE", path: null, where: null, reason, hint: null } });
        return;
      }
      const sending = (sent: number): void =>
        set({ opening: { text: words.open.sending(`${size(sent)} of ${size(total)}`) } });
      try {
        if (client.kind === "web") sending(0);
        const places = await client.adopt(files, sending);
        await get().openPlaces(places.map((place) => place.handle));
      } catch (error) {
        failed(error);
      }
    },
    async chooseFiles(what) {
      try {
        const { places } = await client.ask("choose", { what });
        await get().openPlaces(places.map((place) => place.handle));
      } catch (error) {
        failed(error);
      }
    },
    async browse(handle) {
      try {
        const { places } = await client.ask("browse", { handle });
        set({ inside: { ...get().inside, [handle]: places } });
      } catch (error) {
        failed(error);
      }
    },
    fold(handle) {
      const { [handle]: _folded, ...inside } = get().inside;
      set({ inside });
    },
    select(handle) {
      if (get().selected === handle) return;
      set({ selected: handle });
      get().resetView();
      get().fitRecipe();
    },
    closeDataset(handle) {
      const result = get().results[handle];
      if (result !== undefined) cache.drop(result.result.handle);
      cache.drop(handle);
      const datasets = get().datasets.filter((one) => one.handle !== handle);
      const { [handle]: _closed, ...results } = get().results;
      if (get().job.state === "running" && get().job.dataset === handle) get().cancel();
      set({ datasets, results });
      if (get().selected !== handle) return;
      set({ selected: null });
      if (datasets.length > 0) get().select(datasets[0].handle);
    },
    dismissRefused: () => set({ refused: [] }),
    dismissOpenFault: () => set({ openFault: null }),
  };
};
