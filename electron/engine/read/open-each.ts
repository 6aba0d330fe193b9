import type { Refusal } from "../../contracts/dataset.ts";
import { faultOf } from "../base/errors.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Opened } from "./reader.ts";

/** A fault as a refusal of the file `path`. */
export function refusalOf(error: unknown, path: string): Refusal {
  const fault = faultOf(error);
  return { path: fault.path ?? path, code: fault.code, where: fault.where, reason: fault.reason };
}

/**
 * Opens files one by one; one that fails becomes a refusal and does not stop the others. `open` may refuse parts of a file
 * itself.
 *
 * @throws EchoError CANCELLED only.
 */
export async function openEach(
  files: readonly string[],
  open: (path: string) => Promise<Dataset[] | Opened>,
): Promise<Opened> {
  const datasets: Dataset[] = [];
  const refused: Refusal[] = [];
  for (const path of files) {
    try {
      const opened = await open(path);
      datasets.push(...(Array.isArray(opened) ? opened : opened.datasets));
      if (!Array.isArray(opened)) refused.push(...opened.refused);
    } catch (error) {
      if (faultOf(error).code === "CANCELLED") throw error;
      refused.push(refusalOf(error, path));
    }
  }
  return { datasets, refused };
}
