import type { ComplexArray } from "../../electron/engine/base/complex.ts";
import { randomStream } from "../../electron/engine/base/random.ts";
import type { SamplingMask } from "../../electron/engine/dataset/dataset.ts";
import type { SenseProblem } from "../../electron/engine/physics/kernels/solver.ts";
import { createSenseSolver } from "../../electron/engine/physics/kernels/solver.ts";

export type Kind = "ky" | "lines" | "columns" | "points";

/** Masks of each kind; every seventh line, column or point, a block in the middle, and one at the edge. */
export function maskOf(kind: Kind, rows: number, columns: number): SamplingMask {
  const stream = randomStream(3, "test.kernels");
  const pick = (length: number): number[] =>
    Array.from({ length }, (_, i) => (i === 0 || stream.uniform() < 0.4 ? 1 : 0));
  if (kind === "ky") return { shape: [rows], data: Uint8Array.from(pick(rows)) };
  const line = pick(kind === "lines" ? rows : columns);
  const points = pick(rows * columns);
  const data = Uint8Array.from({ length: rows * columns }, (_, i) => {
    if (kind === "lines") return line[Math.floor(i / columns)];
    return kind === "columns" ? line[i % columns] : points[i];
  });
  return { shape: [rows, columns], data };
}

export const kinds: Kind[] = ["ky", "lines", "columns", "points"];

export function withSolver<Result>(
  problem: SenseProblem,
  use: (solver: ReturnType<typeof createSenseSolver>) => Result,
): Result {
  const solver = createSenseSolver(problem);
  try {
    return use(solver);
  } finally {
    solver.release();
  }
}

export const isSampled = (mask: SamplingMask, ky: number, kx: number, columns: number): boolean =>
  mask.data[mask.shape.length === 1 ? ky : ky * columns + kx] !== 0;

/** `A x` by the definition, every sum in float64: `[coil, ky, kx]`. */
export function denseForward({ maps, mask }: SenseProblem, x: Float64Array | Float32Array): Float64Array {
  const [coils, rows, columns] = maps.shape;
  const [cy, cx] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const out = new Float64Array(2 * coils * rows * columns);
  for (let coil = 0; coil < coils; coil++) {
    for (let ky = 0; ky < rows; ky++) {
      for (let kx = 0; kx < columns; kx++) {
        if (!isSampled(mask, ky, kx, columns)) continue;
        let [re, im] = [0, 0];
        for (let i = 0; i < rows * columns; i++) {
          const [y, xx] = [Math.floor(i / columns), i % columns];
          const angle = -2 * Math.PI * (((ky - cy) * (y - cy)) / rows + ((kx - cx) * (xx - cx)) / columns);
          const [sr, si] = [
            maps.data[2 * (coil * rows * columns + i)],
            maps.data[2 * (coil * rows * columns + i) + 1],
          ];
          const [vr, vi] = [sr * x[2 * i] - si * x[2 * i + 1], sr * x[2 * i + 1] + si * x[2 * i]];
          re += vr * Math.cos(angle) - vi * Math.sin(angle);
          im += vr * Math.sin(angle) + vi * Math.cos(angle);
        }
        const at = 2 * ((coil * rows + ky) * columns + kx);
        out[at] = re / Math.sqrt(rows * columns);
        out[at + 1] = im / Math.sqrt(rows * columns);
      }
    }
  }
  return out;
}

/** `A^H y` by the definition: `[y, x]`. */
export function denseAdjoint({ maps, mask }: SenseProblem, y: Float64Array | Float32Array): Float64Array {
  const [coils, rows, columns] = maps.shape;
  const [cy, cx] = [Math.floor(rows / 2), Math.floor(columns / 2)];
  const out = new Float64Array(2 * rows * columns);
  for (let i = 0; i < rows * columns; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    for (let coil = 0; coil < coils; coil++) {
      let [re, im] = [0, 0];
      for (let ky = 0; ky < rows; ky++) {
        for (let kx = 0; kx < columns; kx++) {
          if (!isSampled(mask, ky, kx, columns)) continue;
          const at = 2 * ((coil * rows + ky) * columns + kx);
          const angle =
            2 * Math.PI * (((ky - cy) * (row - cy)) / rows + ((kx - cx) * (column - cx)) / columns);
          re += y[at] * Math.cos(angle) - y[at + 1] * Math.sin(angle);
          im += y[at] * Math.sin(angle) + y[at + 1] * Math.cos(angle);
        }
      }
      const map = 2 * (coil * rows * columns + i);
      const [sr, si] = [maps.data[map], -maps.data[map + 1]];
      out[2 * i] += (sr * re - si * im) / Math.sqrt(rows * columns);
      out[2 * i + 1] += (sr * im + si * re) / Math.sqrt(rows * columns);
    }
  }
  return out;
}

/**
 * Iterates of conjugate gradients in float64 after each of `counts` iterations, for a mask of whole lines, whose
 * `A^H A` is written out: `sum_c conj(S_c(y, x)) C(y - y') S_c(y', x)` with `C(d)` the mean of
 * `exp(2 pi i (ky - c) d / N)` over the lines acquired.
 */
export function denseIterates(
  { maps, mask }: SenseProblem,
  b: ComplexArray,
  lambda: number,
  counts: readonly number[],
): Float32Array[] {
  const [coils, rows, columns] = maps.shape;
  const length = b.data.length;
  const apply = (v: Float64Array): Float64Array => {
    const out = v.map((value) => lambda * value);
    for (let coil = 0; coil < coils; coil++) {
      const map = maps.data.subarray(2 * coil * rows * columns);
      for (let to = 0; to < length; to += 2) {
        for (let from = to % (2 * columns); from < length; from += 2 * columns) {
          const d = (to - from) / (2 * columns);
          let [cr, ci] = [0, 0];
          for (let ky = 0; ky < rows; ky++) {
            if (mask.data[ky] === 0) continue;
            const angle = (2 * Math.PI * (ky - Math.floor(rows / 2)) * d) / rows;
            cr += Math.cos(angle) / rows;
            ci += Math.sin(angle) / rows;
          }
          const vr = map[from] * v[from] - map[from + 1] * v[from + 1];
          const vi = map[from] * v[from + 1] + map[from + 1] * v[from];
          const [wr, wi] = [cr * vr - ci * vi, cr * vi + ci * vr];
          out[to] += map[to] * wr + map[to + 1] * wi;
          out[to + 1] += map[to] * wi - map[to + 1] * wr;
        }
      }
    }
    return out;
  };
  const inner = (u: Float64Array, v: Float64Array): number =>
    u.reduce((sum, value, i) => sum + value * v[i], 0);
  const x = new Float64Array(length);
  const r = Float64Array.from(b.data);
  let p = r.slice();
  let rr = inner(r, r);
  const kept: Float32Array[] = [];
  for (let iteration = 1; iteration <= Math.max(...counts); iteration++) {
    const q = apply(p);
    const alpha = rr / inner(p, q);
    for (let i = 0; i < length; i++) {
      x[i] += alpha * p[i];
      r[i] -= alpha * q[i];
    }
    const next = inner(r, r);
    p = p.map((value, i) => r[i] + (next / rr) * value);
    rr = next;
    if (counts.includes(iteration)) kept.push(Float32Array.from(x));
  }
  return kept;
}

export const float32 = (values: Float64Array): Float32Array => Float32Array.from(values);
