import type { ComplexArray } from "../../base/complex.ts";
import type { KernelInstance } from "./instance.ts";
import { elementBytes } from "./instance.ts";
import type { Layout } from "./layout.ts";
import type { LinePlan } from "./plan.ts";
import { centring } from "./plan.ts";

/** Rows of samples in the memory that the kernels read and write them from, four coils at a time. */
function stagingRows(instance: KernelInstance, layout: Layout): Float32Array[] {
  return [0, 1, 2, 3].map((lane) =>
    instance.floats(layout.staging + lane * layout.stagingBytes, 2 * layout.columns),
  );
}

function rowOf(array: ComplexArray, layout: Layout, coil: number, row: number): Float32Array {
  const at = 2 * (coil * layout.rows + row) * layout.columns;
  return array.data.subarray(at, at + 2 * layout.columns);
}

/** Takes row `row` of the four coils of a group; missing coils are zero. */
function stage(
  staging: readonly Float32Array[],
  layout: Layout,
  from: ComplexArray,
  group: number,
  row: number,
): void {
  for (let lane = 0; lane < 4; lane++) {
    const coil = 4 * group + lane;
    if (coil < layout.coils) staging[lane].set(rowOf(from, layout, coil, row));
    else staging[lane].fill(0);
  }
}

/**
 * Lays coil sensitivities `[coil, y, x]` out in elements of four coils, missing coils zero, multiplied by the
 * orthonormal factor and by the phases that centre the transforms (plan.ts): the kernels then need neither.
 */
export function packMaps(instance: KernelInstance, layout: Layout, maps: ComplexArray): void {
  const { rows, columns, axis, along, groups } = layout;
  const staging = stagingRows(instance, layout);
  // Where each line is a problem of its own, the norm across the lines is left to the samples.
  const norm = 1 / Math.sqrt(axis === "both" ? rows * columns : along.length);
  const alongY = centring(rows).before;
  instance.floats(layout.factors, 2 * columns).set(centring(columns).before);
  const stride = axis === "rows" ? groups * rows * elementBytes : elementBytes;
  const places = instance.words(layout.places, columns);
  for (let x = 0; x < columns; x++) places[x] = x * stride;
  for (let y = 0; y < rows; y++) {
    for (let group = 0; group < groups; group++) {
      stage(staging, layout, maps, group, y);
      const element = axis === "rows" ? group * rows + y : (y * groups + group) * columns;
      instance.run.pack(
        layout.staging,
        layout.stagingBytes,
        norm * alongY[2 * y],
        norm * alongY[2 * y + 1],
        layout.factors,
        layout.maps + element * elementBytes,
        layout.places,
        columns,
      );
    }
  }
}

/** What rows of samples need on their way: factors, places, and where each frequency stands after a transform. */
function prepare(instance: KernelInstance, layout: Layout) {
  const { rows, columns, axis, along, across } = layout;
  const [planX, planY] = axis === "rows" ? [across, along] : [along, across];
  const positionsX = positionsOf(planX);
  const after = centring(columns).after;
  const factors = instance.floats(layout.factors, 2 * columns);
  for (let i = 0; i < after.length; i++) factors[i] = i % 2 === 0 ? after[i] : -after[i];
  const places = instance.words(layout.places, columns);
  for (let x = 0; x < columns; x++) places[x] = positionsX[x] * elementBytes;
  return {
    afterY: centring(rows).after,
    positionsY: positionsOf(planY),
    norm: axis === "both" ? 1 : 1 / Math.sqrt(across.length),
  };
}

function positionsOf(plan: LinePlan): Int32Array {
  const out = new Int32Array(plan.length);
  for (const [position, frequency] of plan.order.entries()) out[frequency] = position;
  return out;
}

/** Calls `visit` for the columns of the work plane that hold samples, in runs. */
function sampledColumns(layout: Layout, visit: (begin: number, end: number, masked: number) => void): void {
  const { axis, along } = layout;
  if (axis === "both") {
    visit(0, along.length, 1);
    return;
  }
  for (let position = 0; position < along.length; position++) {
    if (layout.sampled(along.order[position], 0)) visit(position, position + 1, 0);
  }
}

/**
 * Writes `A^H y` to the image at `image`. Samples that the mask did not acquire do not count.
 *
 * @param y `[coil, ky, kx]`
 */
export function adjointImage(instance: KernelInstance, layout: Layout, y: ComplexArray, image: number): void {
  const { run } = instance;
  const { axis, rows, columns, groups, lines, plane, planeLineBytes, imageBytes, job } = layout;
  const staging = stagingRows(instance, layout);
  const { afterY, positionsY, norm } = prepare(instance, layout);
  instance.octets(image, imageBytes).fill(0);
  for (let group = 0; group < groups; group++) {
    instance.octets(plane, lines * planeLineBytes).fill(0);
    for (let ky = 0; ky < rows; ky++) {
      if (axis === "rows" && !layout.sampled(ky, 0)) continue;
      stage(staging, layout, y, group, ky);
      const to = axis === "rows" ? layout.scratch : plane + positionsY[ky] * planeLineBytes;
      run.pack(
        layout.staging,
        layout.stagingBytes,
        norm * afterY[2 * ky],
        -norm * afterY[2 * ky + 1],
        layout.factors,
        to,
        layout.places,
        columns,
      );
      if (axis === "rows") {
        run.inverseLine(layout.acrossPlan, to);
        run.copyLine(to, elementBytes, plane + positionsY[ky] * elementBytes, planeLineBytes, lines);
      }
    }
    if (axis === "columns") keepColumns(instance, layout);
    if (axis !== "rows")
      sampledColumns(layout, (begin, end, masked) => run.columnsInverse(job, begin, end, masked));
    run.rowsInverse(job, image, image, 1, group, 0, lines);
  }
}

/** Clears the columns of the work plane that were not sampled, for a mask of whole columns. */
function keepColumns(instance: KernelInstance, layout: Layout): void {
  const { along, lines, plane, planeLineBytes } = layout;
  for (let position = 0; position < along.length; position++) {
    if (layout.sampled(along.order[position], 0)) continue;
    instance.run.copyLine(layout.zeros, 0, plane + position * elementBytes, planeLineBytes, lines);
  }
}

/**
 * Fills `y` with `A x` of the image at `image`.
 *
 * @param y `[coil, ky, kx]`, zeros
 */
export function forwardSamples(
  instance: KernelInstance,
  layout: Layout,
  image: number,
  y: ComplexArray,
): void {
  const { run } = instance;
  const { axis, coils, rows, columns, groups, lines, plane, planeLineBytes, job } = layout;
  const staging = stagingRows(instance, layout);
  const { afterY, positionsY, norm } = prepare(instance, layout);
  for (let group = 0; group < groups; group++) {
    run.rowsForward(job, image, group, 0, lines);
    if (axis === "columns") keepColumns(instance, layout);
    if (axis !== "rows")
      sampledColumns(layout, (begin, end, masked) => run.columnsForward(job, begin, end, masked));
    for (let ky = 0; ky < rows; ky++) {
      if (axis === "rows" && !layout.sampled(ky, 0)) continue;
      const from = axis === "rows" ? layout.scratch : plane + positionsY[ky] * planeLineBytes;
      if (axis === "rows") {
        run.copyLine(plane + positionsY[ky] * elementBytes, planeLineBytes, from, elementBytes, lines);
        run.forwardLine(layout.acrossPlan, from);
      }
      run.unpack(
        from,
        layout.places,
        norm * afterY[2 * ky],
        -norm * afterY[2 * ky + 1],
        layout.factors,
        layout.staging,
        layout.stagingBytes,
        columns,
      );
      for (let lane = 0; lane < 4 && 4 * group + lane < coils; lane++) {
        rowOf(y, layout, 4 * group + lane, ky).set(staging[lane]);
      }
    }
  }
}
