import type { Wavelet } from "../wavelet.ts";
import { highPass, lowPass, waveletGrid } from "../wavelet.ts";
import type { KernelInstance } from "./instance.ts";

/** Where a wavelet transform lies in the kernels' memory. */
export interface WaveletPlace {
  readonly job: number;
  readonly levels: number;
  /** The torus that is transformed: the image's sides rounded up to what the levels need. */
  readonly lines: number;
  readonly samples: number;
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
  const high = highPass(low);
  const grid = waveletGrid(wavelet, levels, lines, samples);
  const { levels: done, rows: torusLines, columns: torusSamples } = grid;
  const stride = 8 * torusSamples;
  const buffer = instance.allocate(torusLines * stride);
  const lowAt = instance.place(Float32Array.from(low));
  const highAt = instance.place(Float32Array.from(high));
  const scratch = instance.allocate(64 * (2 * Math.max(torusLines, torusSamples) + 2 * low.length));
  const job = instance.allocate(64);
  instance
    .words(job, 9)
    .set([buffer, stride, torusLines, torusSamples, done, low.length, lowAt, highAt, scratch]);
  return { job, levels: done, lines: torusLines, samples: torusSamples };
}
