/** Where a picture stands in a pane. Zoom 1 is the largest size that fits; `centre` is the part of the picture, 0 to 1, in the middle of the pane. */
export interface Placing {
  readonly zoom: number;
  readonly centre: readonly [number, number];
}

export const fitted: Placing = { zoom: 1, centre: [0.5, 0.5] };

export interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** Distance of neighbouring columns and rows, any unit: only their ratio counts here. */
  readonly spacingMm: readonly [number, number];
}

/** An extent whose spacing is in mm where `spacingKnown`; else it is a ratio that stands for none. */
export interface Measured extends Extent {
  readonly spacingKnown: boolean;
}

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const zoomLimits = [0.25, 64] as const;

export function zoomed(placing: Placing, factor: number): Placing {
  const zoom = Math.min(zoomLimits[1], Math.max(zoomLimits[0], placing.zoom * factor));
  return { ...placing, zoom };
}

/** The rectangle of a picture in a pane of `width` by `height`; pixels keep their true shape. */
export function rectangleOf(extent: Extent, placing: Placing, width: number, height: number): Rectangle {
  const wide = extent.columns * extent.spacingMm[0];
  const high = extent.rows * extent.spacingMm[1];
  const scale = Math.min(width / wide, height / high) * placing.zoom;
  return {
    x: width / 2 - placing.centre[0] * wide * scale,
    y: height / 2 - placing.centre[1] * high * scale,
    width: wide * scale,
    height: high * scale,
  };
}

/** Moves the picture by pixels of the pane; some of it stays in sight. */
export function panned(placing: Placing, rectangle: Rectangle, moved: readonly [number, number]): Placing {
  const within = (value: number): number => Math.min(1, Math.max(0, value));
  return {
    ...placing,
    centre: [
      within(placing.centre[0] - moved[0] / rectangle.width),
      within(placing.centre[1] - moved[1] / rectangle.height),
    ],
  };
}

/** Part of the picture, 0 to 1, under a point of the pane; null beside the picture. */
export function pointIn(rectangle: Rectangle, x: number, y: number): [number, number] | null {
  const u = (x - rectangle.x) / rectangle.width;
  const v = (y - rectangle.y) / rectangle.height;
  return u >= 0 && u < 1 && v >= 0 && v < 1 ? [u, v] : null;
}

/** Column and row of a part of a picture. */
export function pixelAt(extent: Extent, [u, v]: readonly [number, number]): [number, number] {
  return [
    Math.min(extent.columns - 1, Math.floor(u * extent.columns)),
    Math.min(extent.rows - 1, Math.floor(v * extent.rows)),
  ];
}

/** A round length in mm whose bar is at most `limit` pixels long, and its length in pixels; null where lengths are unknown. */
export function scaleBar(
  extent: Measured,
  rectangle: Rectangle,
  limit: number,
): { mm: number; pixels: number } | null {
  if (!extent.spacingKnown) return null;
  const perMm = rectangle.width / (extent.columns * extent.spacingMm[0]);
  const most = limit / perMm;
  const decade = 10 ** Math.floor(Math.log10(most));
  const mm = [5, 2, 1].map((step) => step * decade).find((length) => length <= most) ?? decade;
  return { mm, pixels: mm * perMm };
}
