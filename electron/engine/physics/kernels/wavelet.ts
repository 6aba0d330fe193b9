import type { KernelInstance } from "./instance.ts";

/** Low-pass filters of the orthogonal wavelets of Daubechies (Comm. Pure Appl. Math. 41, 1988), by vanishing moments. */
const root3 = Math.sqrt(3);
const lowPass = {
  haar: [1, 1].map((tap) => tap / Math.SQRT2),
  db2: [1 + root3, 3 + root3, 3 - root3, 1 - root3].map((tap) => tap / (4 * Math.SQRT2)),
  db4: [
    0.23037781330885523, 0.7148465705525415, 0.6308807679295904, -0.02798376941698385, -0.18703481171888114,
    0.030841381835986965, 0.032883011666982945, -0.010597401784997278,
  ],
} as const;

export type Wavelet = keyof typeof lowPass;
export const wavelets = Object.keys(lowPass) as Wavelet[];

/** Where a wavelet transform lies in the kernels' memory. */
export interface WaveletPlace {
  readonly job: number;
  readonly levels: number;
  /** The torus that is transformed: the image's sides rounded up to what the levels need. */
  readonly lines: number;
  readonly samples: number;
}

/** Most levels of a side: the coarsest filtered side keeps at least `taps` and 8 samples. */
function mostLevels(side: number, taps: number): number {
  let levels = 0;
  while (Math.ceil(side / 2 ** levels) >= Math.max(taps, 8)) levels++;
  return levels;
}

/**
 * Makes room for the transform of an image of `lines` x `samples` and describes it to the kernels.
 *
 * @param levels Asked for; fewer where a side is too short, none where a side has fewer than 8 samples.
 */
export function placeWavelet(
  instance: KernelInstance,
  wavelet: Wavelet,
  levels: number,
  lines: number,
  samples: number,
): WaveletPlace {
  const low = lowPass[wavelet];
  const taps = low.length;
  const high = low.map((_, k) => (k % 2 === 0 ? 1 : -1) * low[taps - 1 - k]);
  const done = Math.min(levels, mostLevels(lines, taps), mostLevels(samples, taps));
  // Every level halves both sides; rows end on 16 bytes at the coarsest one too.
  const unit = 2 ** (done + 1);
  const [torusLines, torusSamples] = [lines, samples].map((side) => unit * Math.ceil(side / unit));
  const stride = 8 * torusSamples;
  const buffer = instance.allocate(torusLines * stride);
  const lowAt = instance.place(Float32Array.from(low));
  const highAt = instance.place(Float32Array.from(high));
  const scratch = instance.allocate(64 * (2 * Math.max(torusLines, torusSamples) + 2 * taps));
  const job = instance.allocate(64);
  instance.words(job, 9).set([buffer, stride, torusLines, torusSamples, done, taps, lowAt, highAt, scratch]);
  return { job, levels: done, lines: torusLines, samples: torusSamples };
}
