import type { Output, OutputFormat } from "../../contracts/record.ts";
import type { Result } from "../dataset/result.ts";
import { writeKept, writeRecord, writers } from "../write/index.ts";

/**
 * Writes the formats asked for and the record that lists them. No format at all means that the result is kept for
 * a later export: its pixels, pictures and origin stand beside the record then.
 */
export async function writeOutputs(
  result: Result,
  formats: readonly OutputFormat[],
  folder: string,
): Promise<{ outputs: Output[]; record: Output }> {
  const outputs: Output[] = [];
  for (const format of new Set(formats)) outputs.push(...(await writers[format].write(result, folder)));
  if (formats.length === 0) await writeKept(result, folder);
  const record = await writeRecord(result, folder, outputs);
  return { outputs, record };
}
