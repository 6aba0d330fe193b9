import type { OperationResponse } from "../../contracts/operations.ts";
import type { OutputFormat } from "../../contracts/record.ts";
import { makeFolder } from "../base/atomic-file.ts";
import { readResult } from "./result-folder.ts";
import { writeOutputs } from "./write-outputs.ts";

/** Writes a kept result in the formats asked for, with its record. */
export async function exportResult(request: {
  folder: string;
  formats: OutputFormat[];
  out: string;
}): Promise<OperationResponse<"export">> {
  const result = await readResult(request.folder);
  await makeFolder(request.out);
  const { outputs, record } = await writeOutputs(result, request.formats, request.out);
  return { outputs: [...outputs, record] };
}
