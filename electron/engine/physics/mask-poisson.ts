import type { RandomStream } from "../base/random.ts";

/** By how much the least distance at the end of an axis exceeds that at the centre, in parts of the latter. */
const growth = 2;
/** Points above the count that end the search; they are dropped at random, too few to leave holes. */
const tolerance = 0.005;
const mostTrials = 30;

/**
 * Least distance of neighbours by place, in parts of that at the centre, `[ky, kx]`: `1 + 2 r` with the elliptical
 * radius r, 0 at floor(N/2) and 1 where an axis ends.
 */
export function poissonDistances(rows: number, columns: number): Float64Array {
  const distances = new Float64Array(rows * columns);
  const middleRow = Math.floor(rows / 2);
  const middleColumn = Math.floor(columns / 2);
  for (let row = 0; row < rows; row++) {
    const y = (2 * (row - middleRow)) / rows;
    for (let column = 0; column < columns; column++) {
      const x = (2 * (column - middleColumn)) / columns;
      distances[row * columns + column] = 1 + growth * Math.hypot(x, y);
    }
  }
  return distances;
}

export interface PoissonSquare {
  readonly row: number;
  readonly column: number;
  readonly edge: number;
}

/** All places in a random order (Fisher and Yates). */
function shuffled(places: number, stream: RandomStream): Uint32Array {
  const order = Uint32Array.from({ length: places }, (_, place) => place);
  for (let i = places - 1; i > 0; i--) {
    const other = stream.integer(i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

/**
 * Variable-density Poisson disc over both phase encodings: exactly `total` points of `rows x columns`, the square
 * whole, and no two others, nor one of them and a point of the square, nearer than the least distance at either.
 *
 * All places are tried in one random order on the grid of k-space itself: a point that is taken blocks the places
 * too near to it, so a trial costs about one visit per place. The distance at the centre is bisected until the count is
 * met (Bridson, SIGGRAPH 2007 sketches; growing with the radius as in Vasanawala et al., ISBI 2011).
 *
 * @param total at least the points of the square, at most `rows * columns`
 * @returns the mask `[ky, kx]` of zeros and ones and the distance at the centre, in samples, that it keeps
 */
export function drawPoisson(
  rows: number,
  columns: number,
  total: number,
  square: PoissonSquare,
  stream: RandomStream,
): { data: Uint8Array; distance: number } {
  const relative = poissonDistances(rows, columns);
  const order = shuffled(rows * columns, stream);
  const inSquare = new Uint8Array(rows * columns);
  for (let row = square.row; row < square.row + square.edge; row++) {
    const start = row * columns + square.column;
    inSquare.fill(1, start, start + square.edge);
  }
  const squarePoints = Array.from(inSquare.keys()).filter((place) => inSquare[place] === 1);
  const blocked = new Uint8Array(rows * columns);

  /** Blocks what lies too near to a point; the smaller of two distances holds, so the order does not matter. */
  const block = (place: number, distance: number): void => {
    const own = relative[place] * distance;
    const reach = Math.ceil(own) - 1;
    const row = Math.floor(place / columns);
    const column = place - row * columns;
    const lastRow = Math.min(rows - 1, row + reach);
    const firstColumn = Math.max(0, column - reach);
    const lastColumn = Math.min(columns - 1, column + reach);
    for (let y = Math.max(0, row - reach); y <= lastRow; y++) {
      const up = (y - row) ** 2;
      for (let x = firstColumn; x <= lastColumn; x++) {
        const other = y * columns + x;
        const least = Math.min(own, relative[other] * distance);
        if (up + (x - column) ** 2 < least * least) blocked[other] = 1;
      }
    }
  };

  /** The points outside the square that a distance leaves room for. */
  const pointsAt = (distance: number): number[] => {
    blocked.fill(0);
    for (const place of squarePoints) block(place, distance);
    const points: number[] = [];
    for (const place of order) {
      if (blocked[place] === 1 || inSquare[place] === 1) continue;
      points.push(place);
      block(place, distance);
    }
    return points;
  };

  const due = total - squarePoints.length;
  let near = 0;
  let points = pointsAt(near);
  let far = 1.5 * Math.sqrt((rows * columns) / total);
  let bounded = false;
  for (let trial = 0; trial < mostTrials && points.length - due > tolerance * total; trial++) {
    const distance = bounded ? (near + far) / 2 : far;
    const tried = pointsAt(distance);
    if (tried.length < due) {
      far = distance;
      bounded = true;
    } else {
      near = distance;
      points = tried;
      if (!bounded) far *= 2;
      // Nothing is left to part: one distance spans all of k-space.
      if (far > rows + columns) break;
    }
  }

  const data = Uint8Array.from(inSquare);
  for (let i = 0; i < due; i++) {
    const other = i + stream.integer(points.length - i);
    [points[i], points[other]] = [points[other], points[i]];
    data[points[i]] = 1;
  }
  return { data, distance: near };
}
