import { basename, extname } from "node:path";
import type { z } from "zod";
import type { OperationResponse, simulateRequestSchema } from "../../contracts/operations.ts";
import { cancelled, EchoError } from "../base/errors.ts";
import { simulateScan } from "../methods/simulate.ts";
import { rawWriters } from "../write/index.ts";
import { maskFor } from "./mask-for.ts";
import type { OpenInputs } from "./open.ts";
import type { RunContext } from "./run-context.ts";
import { sliceRange } from "./slice-range.ts";

/** Multi-coil k-space of an image dataset, written as a raw data file. */
export async function simulate(
  request: z.output<typeof simulateRequestSchema>,
  inputs: OpenInputs,
  run: RunContext,
): Promise<OperationResponse<"simulate">> {
  const dataset = await inputs.dataset(request.image, request.dataset, run.signal);
  if (dataset.kind !== "image") {
    throw new EchoError("UNSUPPORTED", "this is k-space already; simulate takes images", {
      path: request.image,
    });
  }
  const [rows, columns] = dataset.matrix;
  const scan = await simulateScan(
    dataset,
    {
      coils: request.coils,
      mask: request.mask === null ? null : await maskFor(request.mask, rows, columns, request.seed),
      maskName: request.mask === null ? null : basename(request.mask),
      noise: request.noise,
      seed: request.seed,
      slices: sliceRange(request.slices, dataset.slices),
    },
    async (fraction, slice) => {
      run.onEvent({ kind: "progress", stage: "simulate", fraction, slice, iteration: null, residual: null });
      await new Promise((resume) => setImmediate(resume));
      if (run.signal.aborted) throw cancelled();
    },
  );
  const name = basename(request.image).replace(/\.gz$/, "");
  const stem = name.slice(0, name.length - extname(name).length) || "scan";
  return { outputs: await rawWriters[request.format].write(scan, request.out, `${stem}-simulated`) };
}
