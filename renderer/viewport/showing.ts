import type { Component, Window } from "./paint.ts";
import type { Placing } from "./placing.ts";

export type InputShows = "image" | "kspace" | "logKspace" | "mask";
export type ResultShows = InputShows | "reference" | "difference";
export type Tool = "window" | "pan" | "zoom";
export type PaneName = "input" | "result";

/**
 * Pictures that share one window, because they are compared: the input, the result and the reference. Nothing else is
 * scaled alike, and every pane prints its own window.
 */
export type WindowGroup = "image" | "coil" | "kspace" | "mask" | "difference";

/** How pictures are looked at, and the ways to change it that pointer and keys use. */
export interface ViewControl {
  readonly slice: number;
  readonly component: Component;
  readonly inputShows: InputShows;
  readonly resultShows: ResultShows;
  readonly tool: Tool;
  readonly placing: Placing;
  /** Point under the pointer, as part of the picture; shared by both panes. */
  readonly probe: readonly [number, number] | null;
  look(
    part: Partial<
      Pick<ViewControl, "component" | "inputShows" | "resultShows" | "tool" | "placing" | "probe">
    >,
  ): void;
  goTo(slice: number): void;
  setWindow(group: WindowGroup, component: Component, window: Window): void;
}

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
