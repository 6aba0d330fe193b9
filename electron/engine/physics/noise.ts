import type { ComplexArray } from "../base/complex.ts";
import type { RandomStream } from "../base/random.ts";

/** Adds white complex noise with standard deviation `sigma` per real component, in place. */
export function addNoise(samples: ComplexArray, sigma: number, stream: RandomStream): void {
  if (sigma === 0) return;
  for (let i = 0; i < samples.data.length; i++) samples.data[i] += sigma * stream.normal();
}
