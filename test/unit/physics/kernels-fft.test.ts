import { expect, test } from "vitest";
import { fftCentred } from "../../../electron/engine/physics/fft.ts";
import { elementBytes, KernelInstance } from "../../../electron/engine/physics/kernels/instance.ts";
import { centring, planLine, radicesOf } from "../../../electron/engine/physics/kernels/plan.ts";
import { flagBytes, writeLineMask } from "../../../electron/engine/physics/kernels/sampling.ts";
import { nrmse } from "../../support/compare.ts";
import { randomArray } from "../../support/operator.ts";

// 368 = 16 x 23, 372 = 4 x 3 x 31; 61 is the largest prime with a pass of its own; 67, 134, 997, 1018 = 2 x 509 and
// 1021 go through the chirp.
const lengths = [
  ...Array.from({ length: 64 }, (_, i) => i + 1),
  ...[67, 96, 100, 122, 127, 128, 134, 192, 224, 225, 230, 240, 256, 288, 312, 320, 343, 366, 368, 372, 384],
  ...[400, 448, 512, 640, 768, 997, 1000, 1018, 1021, 1024],
];

interface Line {
  readonly instance: KernelInstance;
  readonly plan: number;
  readonly line: number;
  readonly order: Int32Array;
}

/** A line of four coils in kernel memory, multiplied by the factors that centre it. */
function placed(length: number, coils: Float32Array): Line {
  const instance = new KernelInstance();
  const layout = planLine(length);
  const plan = instance.placePlan(layout);
  const line = instance.allocate(length * elementBytes);
  const { before } = centring(length);
  const elements = instance.floats(line, 8 * length);
  for (let i = 0; i < length; i++) {
    const [c, s] = [before[2 * i], before[2 * i + 1]];
    for (let coil = 0; coil < 4; coil++) {
      const [re, im] = [coils[2 * (coil * length + i)], coils[2 * (coil * length + i) + 1]];
      elements[8 * i + coil] = re * c - im * s;
      elements[8 * i + 4 + coil] = re * s + im * c;
    }
  }
  return { instance, plan, line, order: layout.order };
}

/** Elements back to coils, times the conjugates of `factors`, divided by `norm`; `order` is where each one belongs. */
function taken(
  { instance, line }: Line,
  length: number,
  order: ArrayLike<number>,
  factors: Float64Array,
  norm: number,
): Float32Array {
  const elements = instance.floats(line, 8 * length);
  const out = new Float32Array(8 * length);
  for (let position = 0; position < length; position++) {
    const k = order[position];
    const [c, s] = [factors[2 * k], -factors[2 * k + 1]];
    for (let coil = 0; coil < 4; coil++) {
      const [re, im] = [elements[8 * position + coil], elements[8 * position + 4 + coil]];
      out[2 * (coil * length + k)] = (re * c - im * s) / norm;
      out[2 * (coil * length + k) + 1] = (re * s + im * c) / norm;
    }
  }
  return out;
}

const natural = (length: number): number[] => Array.from({ length }, (_, i) => i);

function conjugate(factors: Float64Array): Float64Array {
  return factors.map((value, i) => (i % 2 === 0 ? value : -value));
}

test("forward lines of every length equal the oracle, and the inverse brings them back", () => {
  for (const length of lengths) {
    const samples = randomArray([4, length], length).data;
    const expected = Float32Array.from(samples);
    fftCentred(expected, length, 4, false);
    const line = placed(length, samples);
    line.instance.run.forwardLine(line.plan, line.line);
    const { before, after } = centring(length);
    const spectrum = taken(line, length, line.order, conjugate(after), Math.sqrt(length));
    expect(nrmse(expected, spectrum), `length ${length}`).toBeLessThan(1e-6);
    line.instance.run.inverseLine(line.plan, line.line);
    const back = taken(line, length, natural(length), before, length);
    expect(nrmse(samples, back), `length ${length} and back`).toBeLessThan(1e-6);
  }
});

test("the inverse is the adjoint of the forward transform, not merely its inverse up to a shift", () => {
  for (const length of lengths) {
    const samples = randomArray([4, length], length + 5000).data;
    const expected = Float32Array.from(samples);
    fftCentred(expected, length, 4, true);
    // F^-1 y: samples without what centring adds after the transform, in the plan's order.
    const { before, after } = centring(length);
    const line = placed(length, samples);
    const elements = line.instance.floats(line.line, 8 * length);
    for (let position = 0; position < length; position++) {
      const k = line.order[position];
      for (let coil = 0; coil < 4; coil++) {
        const [re, im] = [samples[2 * (coil * length + k)], samples[2 * (coil * length + k) + 1]];
        elements[8 * position + coil] = re * after[2 * k] + im * after[2 * k + 1];
        elements[8 * position + 4 + coil] = im * after[2 * k] - re * after[2 * k + 1];
      }
    }
    line.instance.run.inverseLine(line.plan, line.line);
    const image = taken(line, length, natural(length), before, Math.sqrt(length));
    expect(nrmse(expected, image), `length ${length}`).toBeLessThan(1e-6);
  }
});

test("radices multiply to the length; fours stand first and last", () => {
  for (let length = 1; length <= 1024; length++) {
    expect(radicesOf(length).reduce((product, radix) => product * radix, 1)).toBe(length);
  }
  expect(radicesOf(368)).toEqual([4, 23, 4]);
  expect(radicesOf(320)).toEqual([4, 4, 5, 4]);
});

test("flags settle a block once, where the largest empty or full block stands", () => {
  const plan = planLine(64);
  const words = new Int32Array(64);
  const flags = new Uint8Array(flagBytes(plan));
  // Every fourth sample is one full block of the second stage; the other three are empty.
  writeLineMask(plan, (k) => k % 4 === 1, words, flags);
  expect([...flags.slice(0, 5)]).toEqual([0, 1, 2, 1, 1]);
  expect([...flags.slice(5)].every((flag) => flag === 3)).toBe(true);
  expect(words.filter((word) => word === -1)).toHaveLength(16);
});
