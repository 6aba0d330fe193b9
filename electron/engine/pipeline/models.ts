import type { OperationResponse } from "../../contracts/operations.ts";
import { listModels } from "../infer/model-folder.ts";
import { modelsFolder } from "./locations.ts";

/** The installed model folders; where there are none, the note says so. */
export async function models(): Promise<OperationResponse<"models">> {
  return listModels(modelsFolder());
}
