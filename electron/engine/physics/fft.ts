import type { ComplexArray } from "../base/complex.ts";
import { sizeOf } from "../base/complex.ts";
import type { Stage } from "./fft-stages.ts";
import { radices, runStage, stagesOf } from "./fft-stages.ts";

/**
 * Centred orthonormal Fourier transforms of any length, float64 inside, float32 in memory: a Stockham transform of
 * mixed radix (2, 3, 4, 5 written out, a generic butterfly for other small primes; Swarztrauber, Parallel
 * Computing 1, 1984) and Bluestein's chirp convolution (IEEE Trans. AU-18, 1970) where a large prime divides the
 * length. Several lines are carried side by side through every pass, which keeps the inner loops long.
 */

/** Lines that go through one pass together. */
const block = 8;
/** A generic butterfly costs p^2; above this prime the chirp is cheaper. */
const largestGenericRadix = 31;

interface Plan {
  readonly length: number;
  readonly stages: readonly Stage[];
  readonly chirp: Chirp | null;
  /** Scratch for `block` lines, real and imaginary parts apart; no transform is interrupted, so it is shared. */
  readonly work: readonly [Float64Array, Float64Array, Float64Array, Float64Array];
}

interface Chirp {
  readonly cosine: Float64Array;
  readonly sine: Float64Array;
  readonly plan: Plan;
  /** Spectrum of the conjugate chirp, divided by the length of the inner plan. */
  readonly spectrumReal: Float64Array;
  readonly spectrumImaginary: Float64Array;
}

const plans = new Map<number, Plan>();

function chirpOf(length: number): Chirp {
  let inner = 1;
  while (inner < 2 * length - 1) inner *= 2;
  const plan = planFor(inner);
  const cosine = new Float64Array(length);
  const sine = new Float64Array(length);
  const real = new Float64Array(inner * block);
  const imaginary = new Float64Array(inner * block);
  for (let i = 0; i < length; i++) {
    // i^2 modulo 2N keeps the angle exact for long lines.
    const angle = (-Math.PI * ((i * i) % (2 * length))) / length;
    cosine[i] = Math.cos(angle);
    sine[i] = Math.sin(angle);
    for (const at of i === 0 ? [0] : [i, inner - i]) {
      real[at] = cosine[i];
      imaginary[at] = -sine[i];
    }
  }
  const [spectrumReal, spectrumImaginary] = runStages(plan, real, imaginary, 1).map((part) =>
    part.slice(0, inner).map((value) => value / inner),
  );
  return { cosine, sine, plan, spectrumReal, spectrumImaginary };
}

function planFor(length: number): Plan {
  const known = plans.get(length);
  if (known) return known;
  const factors = radices(length);
  const needsChirp = factors.some((radix) => radix > largestGenericRadix);
  const size = length * block;
  const plan: Plan = {
    length,
    stages: needsChirp ? [] : stagesOf(length, factors),
    chirp: needsChirp ? chirpOf(length) : null,
    work: [new Float64Array(size), new Float64Array(size), new Float64Array(size), new Float64Array(size)],
  };
  plans.set(length, plan);
  return plan;
}

/** All stages over `lines` interleaved lines; returns the planes that hold the result. */
function runStages(
  plan: Plan,
  real: Float64Array,
  imaginary: Float64Array,
  lines: number,
): [Float64Array, Float64Array] {
  let [xr, xi] = [real, imaginary];
  let [yr, yi] = [plan.work[2], plan.work[3]];
  let n = plan.length;
  let s = lines;
  for (const stage of plan.stages) {
    const m = n / stage.radix;
    runStage(stage, m, s, xr, xi, yr, yi);
    [xr, xi, yr, yi] = [yr, yi, xr, xi];
    n = m;
    s *= stage.radix;
  }
  return [xr, xi];
}

function runChirp(
  chirp: Chirp,
  length: number,
  real: Float64Array,
  imaginary: Float64Array,
  lines: number,
): void {
  const { cosine, sine, plan, spectrumReal, spectrumImaginary } = chirp;
  const [innerReal, innerImaginary] = plan.work;
  innerReal.fill(0);
  innerImaginary.fill(0);
  for (let i = 0; i < length; i++) {
    for (let at = i * lines; at < (i + 1) * lines; at++) {
      innerReal[at] = real[at] * cosine[i] - imaginary[at] * sine[i];
      innerImaginary[at] = real[at] * sine[i] + imaginary[at] * cosine[i];
    }
  }
  const [fr, fi] = runStages(plan, innerReal, innerImaginary, lines);
  // Swapping the parts before and after a forward transform makes it the inverse one.
  const backReal = new Float64Array(plan.length * lines);
  const backImaginary = new Float64Array(plan.length * lines);
  for (let i = 0; i < plan.length; i++) {
    for (let at = i * lines; at < (i + 1) * lines; at++) {
      backImaginary[at] = fr[at] * spectrumReal[i] - fi[at] * spectrumImaginary[i];
      backReal[at] = fr[at] * spectrumImaginary[i] + fi[at] * spectrumReal[i];
    }
  }
  const [gi, gr] = runStages(plan, backReal, backImaginary, lines);
  for (let i = 0; i < length; i++) {
    for (let at = i * lines; at < (i + 1) * lines; at++) {
      real[at] = gr[at] * cosine[i] - gi[at] * sine[i];
      imaginary[at] = gr[at] * sine[i] + gi[at] * cosine[i];
    }
  }
}

/**
 * Transforms `lines` lines at once: sample i of line l lies at complex index `base + i * sampleStride + l *
 * lineStride` of `data`.
 */
function transformLines(
  plan: Plan,
  data: Float32Array,
  base: number,
  sampleStride: number,
  lineStride: number,
  lines: number,
  inverse: boolean,
): void {
  const { length } = plan;
  const centre = Math.floor(length / 2);
  // The inverse is the forward transform between two swaps of the parts.
  const first = inverse ? 1 : 0;
  const [real, imaginary] = plan.work;
  for (let i = 0; i < length; i++) {
    const shifted = i < centre ? i + length - centre : i - centre;
    let from = 2 * (base + i * sampleStride);
    for (let at = shifted * lines; at < (shifted + 1) * lines; at++, from += 2 * lineStride) {
      real[at] = data[from + first];
      imaginary[at] = data[from + 1 - first];
    }
  }
  let [outReal, outImaginary] = [real, imaginary];
  if (plan.chirp) runChirp(plan.chirp, length, real, imaginary, lines);
  else [outReal, outImaginary] = runStages(plan, real, imaginary, lines);
  const norm = 1 / Math.sqrt(length);
  for (let i = 0; i < length; i++) {
    const shifted = i < centre ? i + length - centre : i - centre;
    let to = 2 * (base + i * sampleStride);
    for (let at = shifted * lines; at < (shifted + 1) * lines; at++, to += 2 * lineStride) {
      data[to + first] = outReal[at] * norm;
      data[to + 1 - first] = outImaginary[at] * norm;
    }
  }
}

/**
 * Transforms `count` contiguous rows of `length` complex samples (interleaved) in place: centred at floor(N/2),
 * orthonormal (`|F x| = |x|`), forward with the kernel `exp(-2 pi i k x / N)`.
 */
export function fftCentred(data: Float32Array, length: number, count: number, inverse: boolean): void {
  const plan = planFor(length);
  for (let row = 0; row < count; row += block) {
    const lines = Math.min(block, count - row);
    transformLines(plan, data, row * length, 1, length, lines, inverse);
  }
}

/** `fftCentred` along one axis of an array, in place; negative axes count from the last. */
export function fftAxisCentred(array: ComplexArray, axis: number, inverse: boolean): void {
  const { shape, data } = array;
  const at = axis < 0 ? shape.length + axis : axis;
  const length = shape[at];
  const inner = sizeOf(shape.slice(at + 1));
  const outer = sizeOf(shape.slice(0, at));
  if (inner === 1) {
    fftCentred(data, length, outer, inverse);
    return;
  }
  const plan = planFor(length);
  for (let part = 0; part < outer; part++) {
    for (let column = 0; column < inner; column += block) {
      const lines = Math.min(block, inner - column);
      transformLines(plan, data, part * length * inner + column, inner, 1, lines, inverse);
    }
  }
}

/** Centred orthonormal transform of the last two axes, in place. */
export function fft2Centred(array: ComplexArray, inverse: boolean): void {
  fftAxisCentred(array, -1, inverse);
  fftAxisCentred(array, -2, inverse);
}
