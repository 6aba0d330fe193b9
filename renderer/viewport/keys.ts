import type { Component, Window } from "./paint.ts";
import { fitted, zoomed } from "./placing.ts";
import type { PaneName, ViewControl, WindowGroup } from "./showing.ts";
import { draggedWindow } from "./window-level.ts";

/** What a key needs to know of the pane it was pressed in. */
export interface KeyTarget {
  readonly state: ViewControl;
  readonly pane: PaneName;
  readonly group: WindowGroup;
  readonly component: Component;
  readonly window: Window;
  readonly suggested: Window;
  resetWindow(): void;
}

const values: Readonly<Record<string, Component>> = {
  m: "magnitude",
  p: "phase",
  r: "real",
  i: "imaginary",
};

/** Part of the picture that one press pans. */
const panStep = 0.05;

/** Carries out a key pressed in a pane. @returns whether it meant something here. */
export function pressKey(key: string, shift: boolean, target: KeyTarget): boolean {
  const { state, group, component, window } = target;
  const pan = (dx: number, dy: number): void => {
    const within = (value: number): number => Math.min(1, Math.max(0, value));
    const [x, y] = state.placing.centre;
    const step = panStep / state.placing.zoom;
    state.look({ placing: { ...state.placing, centre: [within(x + dx * step), within(y + dy * step)] } });
  };
  const drag = (right: number, down: number): void =>
    state.setWindow(group, component, draggedWindow(window, [right, down], target.suggested));
  const letter = values[key.toLowerCase()];
  if (letter !== undefined && !shift) {
    state.look({ component: letter });
    return true;
  }
  switch (key) {
    case "ArrowUp":
      shift ? pan(0, -1) : state.goTo(state.slice - 1);
      return true;
    case "ArrowDown":
      shift ? pan(0, 1) : state.goTo(state.slice + 1);
      return true;
    case "ArrowLeft":
      shift ? pan(-1, 0) : state.goTo(state.slice - 1);
      return true;
    case "ArrowRight":
      shift ? pan(1, 0) : state.goTo(state.slice + 1);
      return true;
    case "PageUp":
      state.goTo(state.slice - 10);
      return true;
    case "PageDown":
      state.goTo(state.slice + 10);
      return true;
    case "Home":
      state.goTo(0);
      return true;
    case "End":
      state.goTo(Number.MAX_SAFE_INTEGER);
      return true;
    case "+":
    case "=":
      state.look({ placing: zoomed(state.placing, 1.25) });
      return true;
    case "-":
      state.look({ placing: zoomed(state.placing, 0.8) });
      return true;
    case "0":
      state.look({ placing: fitted });
      return true;
    case "k": {
      const shows = target.pane === "input" ? state.inputShows : state.resultShows;
      const next = shows === "logKspace" ? "image" : "logKspace";
      state.look(target.pane === "input" ? { inputShows: next } : { resultShows: next });
      return true;
    }
    case "[":
      drag(0, 20);
      return true;
    case "]":
      drag(0, -20);
      return true;
    case "{":
      drag(-20, 0);
      return true;
    case "}":
      drag(20, 0);
      return true;
    case "w":
      target.resetWindow();
      return true;
    default:
      return false;
  }
}
