import { join } from "node:path";
import { type Output, recordSchema, storedResultSchema } from "../../contracts/record.ts";
import { writeAtomically } from "../base/atomic-file.ts";
import { EchoError } from "../base/errors.ts";
import { type Result, resultNames, storedResult } from "../dataset/result.ts";
import { npyWriter, writeComplexNpy } from "./npy.ts";

function checked<T>(schema: { parse(value: unknown): T }, value: unknown, path: string): string {
  try {
    return `${JSON.stringify(schema.parse(value), null, 2)}\n`;
  } catch (error) {
    throw new EchoError("WRITE_FAILED", "the record of this result is not complete", { path, cause: error });
  }
}

/** Writes `record.json` with its list of outputs filled in. @throws EchoError WRITE_FAILED. */
export async function writeRecord(
  result: Result,
  folder: string,
  outputs: readonly Output[],
): Promise<Output> {
  const path = join(folder, resultNames.record);
  const text = checked(recordSchema, { ...result.record, outputs: [...outputs] }, path);
  return { format: "record", path, sha256: await writeAtomically(path, text) };
}

/**
 * Keeps a result for a later export without its source: `complex.npy`, `image.npy`, the pictures of the report that
 * there are, and last `stored.json`, so that a folder with that file is whole.
 */
export async function writeKept(result: Result, folder: string): Promise<Output[]> {
  const outputs = await npyWriter.write(result, folder);
  for (const kind of ["reference", "kspace", "mask"] as const) {
    const picture = result.pictures[kind];
    if (picture !== null) outputs.push(await writeComplexNpy(join(folder, resultNames[kind]), picture));
  }
  const path = join(folder, resultNames.stored);
  const text = checked(storedResultSchema, storedResult(result), path);
  outputs.push({ format: "stored", path, sha256: await writeAtomically(path, text) });
  return outputs;
}
