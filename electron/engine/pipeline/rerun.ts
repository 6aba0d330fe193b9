import { dirname, join } from "node:path";
import type { OperationResponse } from "../../contracts/operations.ts";
import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { pixelsSha256 } from "../base/hash.ts";
import { resultNames } from "../dataset/result.ts";
import { readComplexNpy } from "../read/index.ts";
import { hashedFiles } from "./hashed-files.ts";
import type { OpenInputs } from "./open.ts";
import { computeRecon } from "./recon.ts";
import { readRecord, recordPath } from "./result-folder.ts";
import type { RunContext } from "./run-context.ts";

/** Largest difference, relative to the largest magnitude, that still counts as the same picture. */
const closeTolerance = 1e-5;

/**
 * Repeats what a record describes and compares: `bits` when the pixels' hash is the recorded one, else against the
 * `complex.npy` beside the record, `close` within 1e-5 of the largest magnitude.
 *
 * @throws EchoError DAMAGED when an input file is not the recorded one any more.
 */
export async function rerun(
  given: string,
  inputs: OpenInputs,
  run: RunContext,
): Promise<OperationResponse<"rerun">> {
  const path = recordPath(given);
  const record = await readRecord(path);
  const now = await hashedFiles(record.input.files.map((file) => file.path)).catch((error: unknown) => {
    throw new EchoError("NOT_FOUND", "an input file of the record is gone", { path, cause: error });
  });
  const changed = now.find((file, index) => file.sha256 !== record.input.files[index].sha256);
  if (changed !== undefined) {
    throw new EchoError("DAMAGED", "this input file is not the one that was recorded: its SHA-256 differs", {
      path: changed.path,
    });
  }
  const { result } = await computeRecon(record.job, inputs, run);
  const hash = pixelsSha256(result.image.data);
  if (hash === record.result.pixelsSha256) return { same: "bits", largestDifference: 0, pixelsSha256: hash };
  const before = await readComplexNpy(join(dirname(path), resultNames.pixels)).catch((error: unknown) => {
    throw new EchoError(
      "NOT_FOUND",
      "the pixels differ in bits, and no complex.npy lies beside the record to compare with",
      {
        path,
        hint: "Reconstruct with --format npy to keep the pixels beside the record.",
        cause: error,
      },
    );
  });
  const largestDifference = relativeDifference(before, result.image);
  return {
    same: largestDifference <= closeTolerance ? "close" : "differs",
    largestDifference,
    pixelsSha256: hash,
  };
}

function relativeDifference(a: ComplexArray, b: ComplexArray): number {
  if (a.shape.join() !== b.shape.join()) return Number.POSITIVE_INFINITY;
  let peak = 0;
  let difference = 0;
  for (let i = 0; i < a.data.length; i += 2) {
    peak = Math.max(peak, Math.hypot(a.data[i], a.data[i + 1]));
    difference = Math.max(difference, Math.hypot(a.data[i] - b.data[i], a.data[i + 1] - b.data[i + 1]));
  }
  return peak > 0 ? difference / peak : difference;
}
