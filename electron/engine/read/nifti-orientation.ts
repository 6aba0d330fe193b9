import type { Geometry, Vec3 } from "../../contracts/dataset.ts";
import type { ComplexArray } from "../base/complex.ts";
import { along, cross, dot, normalised } from "../dataset/geometry.ts";

/**
 * Exchanges and turns the axes of `[k, j, i]` so that x and y run as nearly as possible along the wanted directions and
 * slices along their normal; nothing is resampled.
 *
 * @param affine columns i, j, k and the centre of voxel (0, 0, 0), LPS mm.
 */
export function nearestGrid(
  stored: ComplexArray,
  affine: readonly [Vec3, Vec3, Vec3, Vec3],
  towards: { rowDirection: Vec3; columnDirection: Vec3 } | "file",
): { image: ComplexArray; geometry: Geometry } {
  const [nk, nj, ni] = stored.shape;
  const lengths = [ni, nj, nk];
  const strides = [1, ni, ni * nj];
  const axes = towards === "file" ? fileAxes : nearestAxes(affine, towards);
  let origin = affine[3];
  const steps = axes.map(({ axis, turned }): Vec3 => {
    const step = affine[axis];
    if (!turned) return step;
    origin = along(origin, [step, lengths[axis] - 1]);
    return [0 - step[0], 0 - step[1], 0 - step[2]];
  });
  const [nx, ny, nz] = axes.map(({ axis }) => lengths[axis]);
  const signed = axes.map(({ axis, turned }) => (turned ? -strides[axis] : strides[axis]));
  const start = axes.reduce(
    (sum, { axis, turned }) => sum + (turned ? (lengths[axis] - 1) * strides[axis] : 0),
    0,
  );
  const data = new Float32Array(stored.data.length);
  let target = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      let source = start + z * signed[2] + y * signed[1];
      for (let x = 0; x < nx; x++, source += signed[0]) {
        data[target++] = stored.data[2 * source];
        data[target++] = stored.data[2 * source + 1];
      }
    }
  }
  const spacing = steps.map((step) => Math.hypot(...step));
  const rowDirection = normalised(steps[0]) ?? [1, 0, 0];
  const columnDirection = normalised(steps[1]) ?? [0, 1, 0];
  const rise = Math.abs(dot(steps[2], cross(rowDirection, columnDirection)));
  return {
    image: { shape: [nz, ny, nx], data },
    geometry: {
      orientation: "known",
      rowDirection,
      columnDirection,
      spacingMm: [spacing[0], spacing[1]],
      sliceSpacingMm: nz > 1 && rise > 0 ? rise : null,
      sliceThicknessMm: spacing[2],
      positions: Array.from({ length: nz }, (_, z) => along(origin, [steps[2], z])),
      frameOfReferenceUid: null,
    },
  };
}

interface AxisChoice {
  readonly axis: number;
  readonly turned: boolean;
}

const fileAxes: readonly AxisChoice[] = [0, 1, 2].map((axis) => ({ axis, turned: false }));

/** Of the six orders of the axes the one whose directions agree best with the wanted ones. */
function nearestAxes(
  affine: readonly [Vec3, Vec3, Vec3, Vec3],
  { rowDirection, columnDirection }: { rowDirection: Vec3; columnDirection: Vec3 },
): AxisChoice[] {
  const wanted = [rowDirection, columnDirection, cross(rowDirection, columnDirection)];
  const units = affine.slice(0, 3).map((step) => normalised(step) ?? step);
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const score = (order: number[]): number =>
    order.reduce((sum, axis, index) => sum + Math.abs(dot(units[axis], wanted[index])), 0);
  const best = orders.reduce((a, b) => (score(b) > score(a) + 1e-9 ? b : a));
  return best.map((axis, index) => ({ axis, turned: dot(units[axis], wanted[index]) < 0 }));
}
