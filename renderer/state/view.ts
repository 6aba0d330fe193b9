import type { Picture } from "../../electron/contracts/operations.ts";
import type { Component, Window } from "../viewport/paint.ts";
import { fitted, type Placing } from "../viewport/placing.ts";
import { suggestedWindow } from "../viewport/window-level.ts";
import type { Part } from "./store.ts";

export type InputShows = "image" | "kspace" | "logKspace" | "mask";
export type ResultShows = InputShows | "reference" | "difference";
export type Tool = "window" | "pan" | "zoom";
export type PaneName = "input" | "result";

/**
 * Pictures that share one window, because they are compared: the input, the result and the reference. Nothing else is
 * scaled alike, and every pane prints its own window.
 */
export type WindowGroup = "image" | "coil" | "kspace" | "mask" | "difference";

export interface ViewState {
  slice: number;
  component: Component;
  inputShows: InputShows;
  resultShows: ResultShows;
  /** Coil of the input, null for all. */
  coil: number | null;
  tool: Tool;
  placing: Placing;
  /** Point under the pointer, as part of the picture; shared by both panes. */
  probe: readonly [number, number] | null;
  /** Windows the user set, by group and component. */
  windows: Readonly<Record<string, Window>>;
  /** Windows that pictures were first shown with. */
  suggested: Readonly<Record<string, Window>>;
  look(part: Partial<Pick<ViewState, LookKey>>): void;
  goTo(slice: number): void;
  setWindow(group: WindowGroup, component: Component, window: Window): void;
  resetWindow(group: WindowGroup, component: Component, picture: Picture): void;
  suggest(group: WindowGroup, component: Component, picture: Picture): void;
  resetView(): void;
}
type LookKey = "component" | "inputShows" | "resultShows" | "coil" | "tool" | "placing" | "probe";

export function windowKey(group: WindowGroup, component: Component): string {
  return `${group}|${component}`;
}

/** How a pane draws what it shows: which values, with which shared window. */
export function drawingOf(
  shows: ResultShows,
  component: Component,
  coil: number | null,
): { group: WindowGroup; component: Component } {
  switch (shows) {
    case "image":
      return { group: coil === null ? "image" : "coil", component };
    case "reference":
      return { group: "image", component };
    case "kspace":
      return { group: "kspace", component };
    case "logKspace":
      return { group: "kspace", component: "log" };
    case "mask":
      return { group: "mask", component: "magnitude" };
    case "difference":
      // The engine sends the signed difference of magnitudes in the real part.
      return { group: "difference", component: "real" };
  }
}

export const view: Part<ViewState> = (set, get) => ({
  slice: 0,
  component: "magnitude",
  inputShows: "image",
  resultShows: "image",
  coil: null,
  tool: "window",
  placing: fitted,
  probe: null,
  windows: {},
  suggested: {},
  look: (part) => set(part),
  goTo(slice) {
    const dataset = get().datasets.find((one) => one.handle === get().selected);
    const count = dataset?.shape[0] ?? 1;
    set({ slice: Math.min(count - 1, Math.max(0, Math.round(slice))) });
  },
  setWindow: (group, component, window) =>
    set({ windows: { ...get().windows, [windowKey(group, component)]: window } }),
  resetWindow(group, component, picture) {
    const key = windowKey(group, component);
    const { [key]: _own, ...windows } = get().windows;
    set({ windows, suggested: { ...get().suggested, [key]: suggestedWindow(picture, component) } });
  },
  suggest(group, component, picture) {
    const key = windowKey(group, component);
    if (get().suggested[key] !== undefined) return;
    const window: Window = group === "mask" ? [0, 1] : suggestedWindow(picture, component);
    set({ suggested: { ...get().suggested, [key]: window } });
  },
  resetView: () =>
    set({
      slice: Math.floor((get().datasets.find((one) => one.handle === get().selected)?.shape[0] ?? 1) / 2),
      component: "magnitude",
      inputShows: "image",
      resultShows: "image",
      coil: null,
      placing: fitted,
      probe: null,
      windows: {},
      suggested: {},
    }),
});
