import { describe, expect, test } from "vitest";
import { energy } from "../../../electron/engine/base/complex.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import type { SamplingMask } from "../../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { KernelInstance } from "../../../electron/engine/physics/kernels/instance.ts";
import { createSenseSolver } from "../../../electron/engine/physics/kernels/solver.ts";
import { placeWavelet } from "../../../electron/engine/physics/kernels/wavelet.ts";
import type { Wavelet } from "../../../electron/engine/physics/wavelet.ts";
import { wavelets } from "../../../electron/engine/physics/wavelet.ts";
import { nrmse } from "../../support/compare.ts";
import { randomArray } from "../../support/operator.ts";

/** Low-pass and high-pass filter from the definition of db2; the other two by what they must satisfy (below). */
const root3 = Math.sqrt(3);
const db2 = [1 + root3, 3 + root3, 3 - root3, 1 - root3].map((tap) => tap / (4 * Math.SQRT2));

/** A transform of its own memory: image in, coefficients of the torus out, and back. */
function transformOf(wavelet: Wavelet, levels: number, lines: number, samples: number) {
  const instance = new KernelInstance();
  const place = placeWavelet(instance, wavelet, levels, lines, samples);
  const imageBytes = 16 * Math.ceil(samples / 2);
  const image = instance.allocate(imageBytes * lines);
  const buffer = instance.words(place.job, 1)[0];
  const size = 2 * place.lines * place.samples;
  return {
    ...place,
    forward(data: Float32Array, shift: readonly [number, number]): Float32Array {
      const rows = instance.floats(image, (imageBytes / 4) * lines);
      for (let l = 0; l < lines; l++) {
        rows.set(data.subarray(2 * samples * l, 2 * samples * (l + 1)), (imageBytes / 4) * l);
      }
      instance.run.waveletPlace(place.job, image, imageBytes, lines, samples, ...shift);
      instance.run.waveletForward(place.job);
      return instance.floats(buffer, size).slice();
    },
    shrink: (threshold: number): number => instance.run.waveletShrink(place.job, threshold),
    coefficients: (): Float32Array => instance.floats(buffer, size).slice(),
    inverse(shift: readonly [number, number]): Float32Array {
      instance.run.waveletInverse(place.job);
      instance.run.waveletTake(place.job, image, imageBytes, lines, samples, ...shift);
      const rows = instance.floats(image, (imageBytes / 4) * lines);
      const out = new Float32Array(2 * lines * samples);
      for (let l = 0; l < lines; l++) {
        const at = (imageBytes / 4) * l;
        out.set(rows.subarray(at, at + 2 * samples), 2 * samples * l);
      }
      return out;
    },
  };
}

/** One level of a periodic transform of a line of real numbers, float64: low half, then high half. */
function denseLevel(line: readonly number[], low: readonly number[]): number[] {
  const n = line.length;
  const high = low.map((_, k) => (-1) ** k * low[low.length - 1 - k]);
  const apply = (filter: readonly number[]): number[] =>
    Array.from({ length: n / 2 }, (_, i) =>
      filter.reduce((sum, tap, k) => sum + tap * line[(2 * i + k) % n], 0),
    );
  return [...apply(low), ...apply(high)];
}

describe.each(wavelets)("%s", (wavelet) => {
  test.each([
    [32, 32, 3],
    [16, 24, 1],
    [23, 37, 2],
    [46, 61, 3],
    [40, 12, 9],
    [3, 50, 2],
  ])("%i x %i, %i levels: orthogonal and inverted, whatever the shift", (lines, samples, levels) => {
    const x = randomArray([lines, samples], 3).data;
    const transform = transformOf(wavelet, levels, lines, samples);
    expect(transform.lines).toBeGreaterThanOrEqual(lines);
    expect(transform.lines).toBeLessThan(lines + 2 ** (transform.levels + 1));
    for (const shift of [
      [0, 0],
      [1, 0],
      [transform.lines - 1, transform.samples - 1],
    ] as const) {
      const coefficients = transform.forward(x, shift);
      expect(Math.abs(energy(coefficients) / energy(x) - 1)).toBeLessThan(1e-6);
      if (transform.levels > 0) expect(nrmse(x, coefficients.subarray(0, x.length))).toBeGreaterThan(0.1);
      expect(nrmse(x, transform.inverse(shift))).toBeLessThan(1e-6);
    }
  });

  test("a constant image has no details; vanishing moments kill what they promise", () => {
    const [lines, samples] = [64, 64];
    const moments = { haar: 1, db2: 2, db4: 4 }[wavelet];
    for (let power = 0; power < moments; power++) {
      const transform = transformOf(wavelet, 1, lines, samples);
      const x = new Float32Array(2 * lines * samples);
      for (let i = 0; i < lines * samples; i++) x[2 * i] = ((i % samples) / samples) ** power;
      const coefficients = transform.forward(x, [0, 0]);
      // Away from the seam of the torus.
      for (let i = 32; i < 56; i++) expect(Math.abs(coefficients[2 * (5 * samples + i)])).toBeLessThan(2e-6);
    }
  });
});

test("db2 equals the definition in float64: levels, quarters, real and imaginary parts", () => {
  const [lines, samples] = [16, 32];
  const x = randomArray([lines, samples], 1).data;
  const transform = transformOf("db2", 2, lines, samples);
  expect([transform.levels, transform.lines, transform.samples]).toEqual([2, lines, samples]);
  for (const part of [0, 1]) {
    let plane = Array.from({ length: lines }, (_, l) =>
      Array.from({ length: samples }, (_, i) => x[2 * (l * samples + i) + part]),
    );
    for (const level of [0, 1]) {
      const [height, width] = [lines >> level, samples >> level];
      plane = plane.map((row, l) =>
        l < height ? [...denseLevel(row.slice(0, width), db2), ...row.slice(width)] : row,
      );
      for (let i = 0; i < width; i++) {
        const column = denseLevel(
          plane.slice(0, height).map((row) => row[i]),
          db2,
        );
        for (const [l, value] of column.entries()) plane[l][i] = value;
      }
    }
    const ours = transform.forward(x, [0, 0]).filter((_, i) => i % 2 === part);
    expect(nrmse(Float32Array.from(plane.flat()), ours)).toBeLessThan(1e-6);
  }
});

test("the soft threshold shrinks magnitudes, keeps phases and the coarsest band, and tells what is left", () => {
  const transform = transformOf("db2", 2, 16, 16);
  const before = transform.forward(randomArray([16, 16], 2).data, [0, 0]);
  const left = transform.shrink(0.7);
  const after = transform.coefficients();
  let sum = 0;
  for (let i = 0; i < 256; i++) {
    const [line, sample] = [Math.floor(i / 16), i % 16];
    const size = Math.hypot(before[2 * i], before[2 * i + 1]);
    const coarse = line < 4 && sample < 4;
    const factor = coarse ? 1 : Math.max(0, 1 - 0.7 / size);
    if (!coarse) sum += size * factor;
    expect(after[2 * i]).toBeCloseTo(factor * before[2 * i], 5);
    expect(after[2 * i + 1]).toBeCloseTo(factor * before[2 * i + 1], 5);
  }
  expect(left / sum).toBeCloseTo(1, 5);
});

test("too short a side is not transformed, an image of zeros stays zero", () => {
  expect(transformOf("db4", 3, 7, 64).levels).toBe(0);
  const transform = transformOf("haar", 2, 16, 16);
  transform.forward(new Float32Array(512), [3, 5]);
  expect(transform.shrink(1)).toBe(0);
  expect(energy(transform.inverse([3, 5]))).toBe(0);
});

describe("FISTA", () => {
  const [rows, columns] = [46, 60];
  const maps = simulatedCoils(6, rows, columns, 2);
  const stream = randomStream(4, "test.fista");
  const points: SamplingMask = {
    shape: [rows, columns],
    data: Uint8Array.from({ length: rows * columns }, (_, i) => {
      const centre = Math.abs(Math.floor(i / columns) - 23) < 6 && Math.abs((i % columns) - 30) < 6;
      return centre || stream.uniform() < 0.4 ? 1 : 0;
    }),
  };
  const lines: SamplingMask = {
    shape: [rows],
    data: Uint8Array.from({ length: rows }, (_, i) => (i % 2 === 0 || Math.abs(i - 23) < 4 ? 1 : 0)),
  };
  const full: SamplingMask = { shape: [rows], data: new Uint8Array(rows).fill(1) };
  // A disc with a hole: few wavelet coefficients.
  const truth = { shape: [rows, columns], data: new Float32Array(2 * rows * columns) };
  for (let i = 0; i < rows * columns; i++) {
    const radius = Math.hypot(Math.floor(i / columns) - 23, (i % columns) - 28);
    if (radius < 18 && radius > 6) truth.data.set([1, 0.5], 2 * i);
  }
  const options = { lambda: 0.02, wavelet: "db2", levels: 2, step: 1 } as const;

  test("with every sample one iteration is the closed form: threshold of the coefficients of A^H y", () => {
    const solver = createSenseSolver({ maps, mask: full });
    const noisy = randomArray([rows, columns], 5);
    solver.beginSparse(noisy, options);
    solver.iterateSparse([3, 2]);
    // Lines of the solver are columns of the image here: the shift counts columns first.
    const transform = transformOf("db2", 2, columns, rows);
    const turned = new Float32Array(noisy.data.length);
    const turn = (from: Float32Array, to: Float32Array, height: number, width: number): void => {
      for (let i = 0; i < height * width; i++) {
        const at = 2 * ((i % width) * height + Math.floor(i / width));
        to.set(from.subarray(2 * i, 2 * i + 2), at);
      }
    };
    turn(noisy.data, turned, rows, columns);
    transform.forward(turned, [3, 2]);
    transform.shrink(options.lambda);
    const expected = new Float32Array(noisy.data.length);
    turn(transform.inverse([3, 2]), expected, columns, rows);
    expect(nrmse(expected, solver.solution().data)).toBeLessThan(1e-6);
    solver.release();
  });

  test.each([
    ["whole lines", lines],
    ["points", points],
  ])("without shifts it ends where a further step changes nothing (%s)", (_name, mask) => {
    const solver = createSenseSolver({ maps, mask });
    const b = solver.adjoint(solver.forward(truth));
    solver.beginSparse(b, options);
    const changes: number[] = [];
    let restarts = 0;
    for (let i = 0; i < 400; i++) {
      const { change, restarted, iteration } = solver.iterateSparse([0, 0]);
      expect(iteration).toBe(i + 1);
      changes.push(change);
      restarts += restarted ? 1 : 0;
    }
    expect(changes[0]).toBeGreaterThan(0.1);
    expect(changes.at(-1)).toBeLessThan(2e-6);
    expect(restarts).toBeGreaterThan(0);
    // From its own solution it stays, whatever the momentum was.
    const solution = solver.solution();
    solver.beginSparse(b, options, solution);
    expect(solver.iterateSparse([0, 0]).change).toBeLessThan(2e-6);
    // The remainder of the data term is bounded by lambda in every direction: |W A^H (A x - y)| <= lambda.
    expect(nrmse(truth.data, solution.data)).toBeLessThan(0.1);
    solver.release();
  });

  test("sparse beats l2 on a sparse image, and shifts beat no shifts", () => {
    const solver = createSenseSolver({ maps, mask: points });
    const y = solver.forward(truth);
    const noise = randomArray(y.shape, 9).data;
    for (let i = 0; i < y.data.length; i++) y.data[i] += 0.05 * noise[i];
    const b = solver.adjoint(y);
    solver.begin(b, 0.02);
    for (let i = 0; i < 30; i++) solver.iterate();
    const l2 = nrmse(truth.data, solver.solution().data);
    const errorWith = (shift: () => [number, number]): number => {
      solver.beginSparse(b, { ...options, lambda: 0.06 });
      for (let i = 0; i < 60; i++) solver.iterateSparse(shift());
      return nrmse(truth.data, solver.solution().data);
    };
    const draws = randomStream(1, "test.shift");
    const still = errorWith(() => [0, 0]);
    const moving = errorWith(() => [draws.integer(16), draws.integer(16)]);
    expect(still).toBeLessThan(0.9 * l2);
    expect(moving).toBeLessThan(still);
    solver.release();
  });

  test("the same shifts give the same bits, and looking in between changes nothing", () => {
    const run = (look: boolean): Float32Array => {
      const solver = createSenseSolver({ maps, mask: points });
      const b = solver.adjoint(solver.forward(truth));
      const draws = randomStream(7, "test.shift");
      solver.beginSparse(b, options);
      for (let i = 0; i < 10; i++) {
        solver.iterateSparse([draws.integer(8), draws.integer(8)]);
        if (look) solver.adjoint(solver.forward(solver.normal(solver.solution())));
      }
      const { data } = solver.solution();
      solver.release();
      return data;
    };
    expect(run(true)).toEqual(run(false));
  });

  test("an iteration without a begin is refused", () => {
    const solver = createSenseSolver({ maps, mask: points });
    expect(() => solver.iterateSparse([0, 0])).toThrow("before its begin");
    solver.release();
  });
});
