/**
 * How the kernels transform a line: mixed radix where every prime factor is small, the chirp convolution of
 * Bluestein (IEEE Trans. AU-18, 1970) otherwise. Forward is decimation in frequency and leaves the samples in
 * digit-reversed order, inverse is decimation in time from that order (Gentleman and Sande, AFIPS 1966).
 */
export interface LinePlan {
  readonly length: number;
  readonly stages: readonly LineStage[];
  /** `order[position]` is the frequency that stands at this position after the forward transform. */
  readonly order: Int32Array;
  /** The plan of the convolution where the length needs one; `stages` is empty then and the order natural. */
  readonly inner: LinePlan | null;
}

export interface LineStage {
  readonly radix: number;
  /** Samples of one butterfly lie this far apart; a block has `radix * distance` samples. */
  readonly distance: number;
  readonly blocks: number;
}

/** A pass of radix p costs p per sample, the chirp about 60 whatever the length. */
const largestRadix = 61;

function primeFactors(length: number): number[] {
  const out: number[] = [];
  let rest = length;
  for (let prime = 2; rest > 1; prime++) {
    for (; rest % prime === 0; rest /= prime) out.push(prime);
  }
  return out;
}

/**
 * Radices in the order of the forward passes: as many fours as there are, one of them first and one last, because
 * the first pass is fused with the coil products and the last one with the mask.
 */
export function radicesOf(length: number): number[] {
  const factors = primeFactors(length);
  const twos = factors.filter((factor) => factor === 2).length;
  const odd = factors.filter((factor) => factor !== 2).reverse();
  const fours = Math.floor(twos / 2);
  const two = twos % 2 === 1 ? [2] : [];
  if (fours < 2) return [...(fours === 1 ? [4] : []), ...odd, ...two];
  return [...new Array<number>(fours - 1).fill(4), ...odd, ...two, 4];
}

/** Smallest length of the form 2^a 3^b 5^c, divisible by 16, that holds `least` samples. */
function convolutionLength(least: number): number {
  for (let length = Math.ceil(least / 16) * 16; ; length += 16) {
    if (primeFactors(length).at(-1)! <= 5) return length;
  }
}

function digitReversal(length: number, radices: readonly number[]): Int32Array {
  const order = new Int32Array(length);
  for (let position = 0; position < length; position++) {
    let rest = position;
    let block = length;
    let weight = 1;
    for (const radix of radices) {
      block /= radix;
      order[position] += weight * Math.floor(rest / block);
      rest %= block;
      weight *= radix;
    }
  }
  return order;
}

/** @param length 1 or more. */
export function planLine(length: number): LinePlan {
  if (primeFactors(length).some((prime) => prime > largestRadix)) {
    const inner = planLine(convolutionLength(2 * length - 1));
    return { length, stages: [], order: Int32Array.from({ length }, (_, i) => i), inner };
  }
  const radices = radicesOf(length);
  let blocks = 1;
  const stages = radices.map((radix) => {
    const stage = { radix, distance: length / (blocks * radix), blocks };
    blocks *= radix;
    return stage;
  });
  return { length, stages, order: digitReversal(length, radices), inner: null };
}

/** Factors `exp(-2 pi i j q / (radix distance))` of a stage, for j below the distance and q from 1 to radix - 1. */
export function stageFactors({ radix, distance }: LineStage): Float32Array {
  const out = new Float32Array(2 * distance * (radix - 1));
  const n = radix * distance;
  let at = 0;
  for (let j = 0; j < distance; j++) {
    for (let q = 1; q < radix; q++) {
      const angle = (-2 * Math.PI * ((j * q) % n)) / n;
      out[at++] = Math.cos(angle);
      out[at++] = Math.sin(angle);
    }
  }
  return out;
}

/** Factors `exp(-2 pi i j / radix)`. */
export function rootFactors(radix: number): Float32Array {
  return Float32Array.from({ length: 2 * radix }, (_, i) => {
    const angle = (-2 * Math.PI * (i >> 1)) / radix;
    return i % 2 === 0 ? Math.cos(angle) : Math.sin(angle);
  });
}

/**
 * The chirp `exp(-i pi j^2 / N)` and the spectrum of its conjugate in the inner plan's order, divided by the inner
 * length.
 */
export function chirpFactors(
  length: number,
  inner: LinePlan,
): { chirp: Float32Array; spectrum: Float32Array } {
  const chirp = new Float64Array(2 * length);
  for (let j = 0; j < length; j++) {
    // j^2 modulo 2N keeps the angle exact.
    const angle = (-Math.PI * ((j * j) % (2 * length))) / length;
    chirp[2 * j] = Math.cos(angle);
    chirp[2 * j + 1] = Math.sin(angle);
  }
  const n = inner.length;
  const cosine = Float64Array.from({ length: n }, (_, i) => Math.cos((2 * Math.PI * i) / n));
  const spectrum = new Float32Array(2 * n);
  for (let position = 0; position < n; position++) {
    const frequency = inner.order[position];
    // The conjugate chirp is even, so its spectrum is a cosine series; in float64, once per solver.
    let real = chirp[0];
    let imaginary = 0;
    for (let j = 1, turn = 0; j < length; j++) {
      turn = (turn + frequency) % n;
      real += 2 * chirp[2 * j] * cosine[turn];
      imaginary -= 2 * chirp[2 * j + 1] * cosine[turn];
    }
    spectrum[2 * position] = real / n;
    spectrum[2 * position + 1] = imaginary / n;
  }
  return { chirp: Float32Array.from(chirp), spectrum };
}

/**
 * Factors that centre a transform of any length at c = floor(N/2): with `before[n] = exp(2 pi i c n / N)` and
 * `after[k] = before[k] exp(-2 pi i c^2 / N)`, the centred transform is `after * DFT(before * x)`. For even lengths
 * these are signs; for odd ones they are not.
 */
export function centring(length: number): { before: Float64Array; after: Float64Array } {
  const c = Math.floor(length / 2);
  const before = new Float64Array(2 * length);
  const after = new Float64Array(2 * length);
  for (let n = 0; n < length; n++) {
    for (const [out, turns] of [
      [before, c * n],
      [after, c * n - c * c],
    ] as const) {
      const angle = (2 * Math.PI * (turns % length)) / length;
      out[2 * n] = Math.cos(angle);
      out[2 * n + 1] = Math.sin(angle);
    }
  }
  return { before, after };
}
