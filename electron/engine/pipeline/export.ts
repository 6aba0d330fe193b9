import { mkdir } from "node:fs/promises";
import type { OperationResponse } from "../../contracts/operations.ts";
import type { OutputFormat } from "../../contracts/record.ts";
import { EchoError } from "../base/errors.ts";
import { readResult } from "./result-folder.ts";
import { writeOutputs } from "./write-outputs.ts";

/** Writes a kept result in the formats asked for, with its record. */
export async function exportResult(request: {
  folder: string;
  formats: OutputFormat[];
  out: string;
}): Promise<OperationResponse<"export">> {
  const result = await readResult(request.folder);
  await mkdir(request.out, { recursive: true }).catch((error: unknown) => {
    throw new EchoError("WRITE_FAILED", error instanceof Error ? error.message : String(error), {
      path: request.out,
    });
  });
  const { outputs } = await writeOutputs(result, request.formats, request.out);
  return { outputs };
}
