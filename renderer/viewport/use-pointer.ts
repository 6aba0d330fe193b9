import { type RefObject, useEffect, useRef } from "react";
import type { Component, Window } from "./paint.ts";
import { panned, pointIn, type Rectangle, zoomed } from "./placing.ts";
import type { ViewControl, WindowGroup } from "./showing.ts";
import { draggedWindow } from "./window-level.ts";

interface Target {
  readonly group: WindowGroup;
  readonly component: Component;
  readonly window: Window;
  readonly suggested: Window;
}

/** Wheel distance that counts as one slice: one notch of a mouse, a short stroke on a touch pad. */
const notch = 50;

/**
 * Mouse, pen and touch in a pane: drag with the chosen tool, middle button or Shift pans, wheel changes the slice, wheel
 * with Ctrl zooms, a double click brings a point to the middle (panning without a drag), movement moves the probe.
 */
export function usePointer(
  frame: RefObject<HTMLElement | null>,
  rectangle: RefObject<Rectangle | null>,
  control: () => ViewControl,
  target: Target,
): void {
  const latest = useRef(target);
  latest.current = target;

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    let drag: { pointer: number; x: number; y: number; tool: string; start: Target } | null = null;
    let last = { x: 0, y: 0 };
    let wheel = 0;

    const placeOf = (event: MouseEvent): { x: number; y: number } => {
      const box = element.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const onDown = (event: PointerEvent): void => {
      if (rectangle.current === null || event.button > 1) return;
      const { tool } = control();
      const used = event.button === 1 || event.shiftKey ? "pan" : tool;
      drag = { pointer: event.pointerId, ...placeOf(event), tool: used, start: latest.current };
      last = placeOf(event);
      element.setPointerCapture(event.pointerId);
      if (event.button === 1) event.preventDefault();
    };
    const onMove = (event: PointerEvent): void => {
      const at = placeOf(event);
      const state = control();
      if (drag === null || drag.pointer !== event.pointerId) {
        const box = rectangle.current;
        state.look({ probe: box === null ? null : pointIn(box, at.x, at.y) });
        return;
      }
      const moved = [at.x - last.x, at.y - last.y] as const;
      last = at;
      if (drag.tool === "pan" && rectangle.current !== null) {
        state.look({ placing: panned(state.placing, rectangle.current, moved) });
      } else if (drag.tool === "zoom") {
        state.look({ placing: zoomed(state.placing, 2 ** (-moved[1] / 100)) });
      } else if (drag.tool === "window") {
        const { start } = drag;
        const whole = [at.x - drag.x, at.y - drag.y] as const;
        state.setWindow(start.group, start.component, draggedWindow(start.window, whole, start.suggested));
      }
    };
    const onUp = (event: PointerEvent): void => {
      if (drag?.pointer === event.pointerId) drag = null;
    };
    const onLeave = (): void => {
      if (drag === null) control().look({ probe: null });
    };
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const state = control();
      const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * notch;
      if (event.ctrlKey) {
        state.look({ placing: zoomed(state.placing, 2 ** (-pixels / 200)) });
        return;
      }
      wheel += pixels;
      const steps = Math.trunc(wheel / notch);
      wheel -= steps * notch;
      if (steps !== 0) state.goTo(state.slice + steps);
    };
    const onDouble = (event: MouseEvent): void => {
      const box = rectangle.current;
      if (box === null) return;
      const { x, y } = placeOf(event);
      const point = pointIn(box, x, y);
      const state = control();
      if (point !== null) state.look({ placing: { ...state.placing, centre: point } });
    };
    element.addEventListener("pointerdown", onDown);
    element.addEventListener("pointermove", onMove);
    element.addEventListener("pointerup", onUp);
    element.addEventListener("pointercancel", onUp);
    element.addEventListener("pointerleave", onLeave);
    element.addEventListener("wheel", onWheel, { passive: false });
    element.addEventListener("dblclick", onDouble);
    return () => {
      element.removeEventListener("pointerdown", onDown);
      element.removeEventListener("pointermove", onMove);
      element.removeEventListener("pointerup", onUp);
      element.removeEventListener("pointercancel", onUp);
      element.removeEventListener("pointerleave", onLeave);
      element.removeEventListener("wheel", onWheel);
      element.removeEventListener("dblclick", onDouble);
    };
  }, [control, frame, rectangle]);
}
