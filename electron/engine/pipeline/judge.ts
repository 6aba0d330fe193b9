import type { Metrics } from "../../contracts/record.ts";
import { EchoError } from "../base/errors.ts";
import { judgeImages } from "../judge/metrics.ts";
import { readReference } from "../read/index.ts";

/** Metrics of a result against a reference; either may be a result folder, npy, DICOM folder or NIfTI. */
export async function judge(request: { result: string; reference: string }): Promise<Metrics> {
  const result = await readReference(request.result);
  const reference = await readReference(request.reference);
  if (result.image.shape.join() !== reference.image.shape.join()) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `the result is ${result.image.shape.join(" x ")}, the reference ${reference.image.shape.join(" x ")} (slice, y, x)`,
      { path: request.reference },
    );
  }
  return judgeImages(result.image, reference.image);
}
