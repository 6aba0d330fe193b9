import type { Picture } from "../../electron/contracts/operations.ts";
import type { Component, Window } from "../viewport/paint.ts";
import { fitted } from "../viewport/placing.ts";
import { type ViewControl, type WindowGroup, windowKey } from "../viewport/showing.ts";
import { suggestedWindow } from "../viewport/window-level.ts";
import type { Part } from "./store.ts";

export interface ViewState extends ViewControl {
  /** Coil of the input, null for all. */
  coil: number | null;
  /** Windows the user set, by group and component. */
  windows: Readonly<Record<string, Window>>;
  /** Windows that pictures were first shown with. */
  suggested: Readonly<Record<string, Window>>;
  look(part: Partial<Pick<ViewState, LookKey>>): void;
  resetWindow(group: WindowGroup, component: Component, picture: Picture): void;
  suggest(group: WindowGroup, component: Component, picture: Picture): void;
  resetView(): void;
}
type LookKey = "component" | "inputShows" | "resultShows" | "coil" | "tool" | "placing" | "probe";

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
