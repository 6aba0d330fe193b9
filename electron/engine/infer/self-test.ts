import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Provider } from "../../contracts/record.ts";
import { onnxRuntime, sessionOptions } from "./runtime.ts";
import { selfTestGraph } from "./self-test-graph.ts";

/** What the child process that runs a self-test answers. `message` is the runtime's own text of a failure. */
export const selfTestOutcomeSchema = z.discriminatedUnion("ran", [
  z.strictObject({
    ran: z.literal(true),
    /** Largest difference from our own numbers, over the root mean square of these. */
    difference: z.number(),
    gflops: z.number(),
    /** Providers on which the convolution and the matrix product really ran, from the runtime's profile. */
    ranOn: z.array(z.string()),
  }),
  z.strictObject({ ran: z.literal(false), message: z.string() }),
]);
export type SelfTestOutcome = z.infer<typeof selfTestOutcomeSchema>;

/** Names that ONNX Runtime writes into a profile. */
export const profileNames: Record<Provider, string> = {
  cpu: "CPUExecutionProvider",
  cuda: "CUDAExecutionProvider",
  webgpu: "WebGpuExecutionProvider",
  dml: "DmlExecutionProvider",
  coreml: "CoreMLExecutionProvider",
};

const batch = 2;
const channels = 64;
const side = 96;
const size = 512;
const kernelStep = 0.125;
const matrixStep = 0.0625;
const operations = 2 * batch * channels * channels * 9 * side * side + 2 * size ** 3;
const timedRuns = 3;

/** Deterministic values in about -1..1 without a pattern that a wrong layout could hide behind. */
function pattern(length: number, step: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.fround(Math.cos(i * step)));
}

/** One value of the 3 x 3 convolution with zero padding, float64. */
function convolvedAt(image: Float32Array, n: number, channel: number, y: number, x: number): number {
  let sum = 0;
  for (let from = 0; from < channels; from++) {
    for (let ky = 0; ky < 3; ky++) {
      for (let kx = 0; kx < 3; kx++) {
        const row = y + ky - 1;
        const column = x + kx - 1;
        if (row < 0 || column < 0 || row >= side || column >= side) continue;
        const weight = Math.sin(kernelStep * (((channel * channels + from) * 3 + ky) * 3 + kx));
        sum += weight * image[((n * channels + from) * side + row) * side + column];
      }
    }
  }
  return sum;
}

function productAt(left: Float32Array, row: number, column: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += left[row * size + k] * Math.sin(matrixStep * (k * size + column));
  return sum;
}

/** Largest absolute difference over the root mean square of the expected values; infinite when not finite. */
function relativeDifference(got: readonly number[], expected: readonly number[]): number {
  const rms = Math.sqrt(expected.reduce((sum, value) => sum + value * value, 0) / expected.length);
  return expected.reduce((worst, value, i) => {
    const difference = Math.abs(got[i] - value) / rms;
    return Number.isFinite(difference) ? Math.max(worst, difference) : Number.POSITIVE_INFINITY;
  }, 0);
}

/** Compares 200 values of each output, corners and borders among them, with our own float64 numbers. */
export function differenceFromOwnNumbers(
  image: Float32Array,
  left: Float32Array,
  convolved: Float32Array,
  product: Float32Array,
): number {
  const places = Array.from({ length: 200 }, (_, i) => i);
  const convolution = places.map((i) => {
    const place = [
      i % batch,
      (i * 29) % channels,
      (i * 19) % side,
      i < 20 ? (i % 2) * (side - 1) : (i * 31) % side,
    ];
    const [n, channel, y, x] = place;
    return [
      convolved[((n * channels + channel) * side + y) * side + x],
      convolvedAt(image, n, channel, y, x),
    ];
  });
  const matrix = places.map((i) => {
    const [row, column] = [(i * 37) % size, (i * 101) % size];
    return [product[row * size + column], productAt(left, row, column)];
  });
  return Math.max(
    ...[convolution, matrix].map((pairs) =>
      relativeDifference(
        pairs.map((pair) => pair[0]),
        pairs.map((pair) => pair[1]),
      ),
    ),
  );
}

interface ProfileEvent {
  cat?: string;
  args?: { provider?: string; op_name?: string };
}

/** Providers of the kernels that did the work, from a profile's text; moving and reordering of data is left out. */
export function workingProviders(profile: string): string[] {
  const events = JSON.parse(profile) as ProfileEvent[];
  const helpers = /^(Memcpy|Reorder|Transpose|Cast|Reshape)/;
  const names = events
    .filter((event) => event.cat === "Node" && event.args?.provider !== undefined)
    .filter((event) => !helpers.test(event.args?.op_name ?? ""))
    .map((event) => event.args?.provider ?? "");
  return [...new Set(names)].sort();
}

/**
 * Runs the self-test graph on one provider in this process. Call it from a child process only: a driver that is
 * broken may end the process.
 */
export async function runSelfTest(provider: Provider, threads: number): Promise<SelfTestOutcome> {
  const folder = await mkdtemp(join(tmpdir(), "pureecho-self-test-"));
  try {
    const runtime = await onnxRuntime();
    const session = await runtime.InferenceSession.create(Buffer.from(selfTestGraph, "base64"), {
      ...sessionOptions(provider, threads),
      enableProfiling: true,
      profileFilePrefix: join(folder, "profile"),
    });
    const image = pattern(batch * channels * side * side, 0.7);
    const left = pattern(size * size, 0.3);
    const feeds = {
      image: new runtime.Tensor("float32", image, [batch, channels, side, side]),
      left: new runtime.Tensor("float32", left, [size, size]),
    };
    // The first run compiles kernels and is not timed.
    const outputs = await session.run(feeds);
    const difference = differenceFromOwnNumbers(
      image,
      left,
      outputs.convolved.data as Float32Array,
      outputs.product.data as Float32Array,
    );
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < timedRuns; i++) {
      const begin = performance.now();
      await session.run(feeds);
      best = Math.min(best, performance.now() - begin);
    }
    session.endProfiling();
    await session.release();
    const [profile] = await readdir(folder);
    return {
      ran: true,
      difference: Number.isFinite(difference) ? difference : Number.MAX_VALUE,
      gflops: operations / best / 1e6,
      ranOn: workingProviders(await readFile(join(folder, profile), "utf8")),
    };
  } catch (error) {
    return { ran: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
