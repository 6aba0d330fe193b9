import type { Picture } from "../../electron/contracts/operations.ts";
import type { MapName } from "./maps.ts";
import { type Component, paint, type Window } from "./paint.ts";
import { type Placing, type Rectangle, rectangleOf, scaleBar } from "./placing.ts";

/** What a pane draws. */
export interface Drawing {
  readonly picture: Picture;
  readonly component: Component;
  readonly window: Window;
  readonly map: MapName;
}

/** Paints pictures at their own size and keeps the last one, so that zooming does not paint again. */
export class Painter {
  #canvas: HTMLCanvasElement | null = null;
  #image: ImageData | null = null;
  #last: Drawing | null = null;

  paint(drawing: Drawing): HTMLCanvasElement {
    const { picture, component, window, map } = drawing;
    const last = this.#last;
    const canvas = this.#canvas ?? document.createElement("canvas");
    this.#canvas = canvas;
    const same =
      last !== null &&
      last.picture === picture &&
      last.component === component &&
      last.map === map &&
      last.window[0] === window[0] &&
      last.window[1] === window[1];
    if (same) return canvas;
    const context = canvas.getContext("2d");
    if (context === null) return canvas;
    if (canvas.width !== picture.columns || canvas.height !== picture.rows || this.#image === null) {
      canvas.width = picture.columns;
      canvas.height = picture.rows;
      this.#image = context.createImageData(picture.columns, picture.rows);
    }
    paint(picture, component, window, map, this.#image.data);
    context.putImageData(this.#image, 0, 0);
    this.#last = drawing;
    return canvas;
  }
}

/** Draws a painted picture into a pane, pixels as sharp squares, with a scale bar where lengths are known. */
export function drawPane(
  target: HTMLCanvasElement,
  painter: Painter,
  drawing: Drawing | null,
  placing: Placing,
  pane: { width: number; height: number; density: number; scale: boolean },
): Rectangle | null {
  const { width, height, density } = pane;
  const wide = Math.max(1, Math.round(width * density));
  const high = Math.max(1, Math.round(height * density));
  if (target.width !== wide) target.width = wide;
  if (target.height !== high) target.height = high;
  const context = target.getContext("2d");
  if (context === null) return null;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, wide, high);
  if (drawing === null || width < 1 || height < 1) return null;
  const rectangle = rectangleOf(drawing.picture, placing, width, height);
  context.setTransform(density, 0, 0, density, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(painter.paint(drawing), rectangle.x, rectangle.y, rectangle.width, rectangle.height);
  if (pane.scale) drawScale(context, drawing.picture, rectangle, width, height);
  return rectangle;
}

function drawScale(
  context: CanvasRenderingContext2D,
  picture: Picture,
  rectangle: Rectangle,
  width: number,
  height: number,
): void {
  const bar = scaleBar(picture, rectangle, width / 4);
  if (bar === null) return;
  const x = width - 12 - bar.pixels;
  const y = height - 12;
  const label = bar.mm >= 10 ? `${bar.mm / 10} cm` : `${bar.mm} mm`;
  context.font = "11px system-ui, sans-serif";
  context.textAlign = "right";
  // Dark below light: legible on any picture.
  for (const [style, line] of [
    ["#000", 4],
    ["#fff", 2],
  ] as const) {
    context.strokeStyle = style;
    context.lineWidth = line;
    context.beginPath();
    context.moveTo(x, y - 4);
    context.lineTo(x, y);
    context.lineTo(x + bar.pixels, y);
    context.lineTo(x + bar.pixels, y - 4);
    context.stroke();
  }
  context.lineWidth = 3;
  context.strokeStyle = "#000";
  context.strokeText(label, width - 12, y - 8);
  context.fillStyle = "#fff";
  context.fillText(label, width - 12, y - 8);
}
