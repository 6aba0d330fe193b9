import { cpus } from "node:os";
import type { OperationResponse } from "../../contracts/operations.ts";
import type { DeviceChoice } from "../../contracts/record.ts";
import { selfTestAll } from "../infer/providers.ts";

/** Threads that networks may take: what `--threads` asked for (PUREECHO_THREADS), else every core. */
export function computeThreads(): number {
  const stated = Number(process.env.PUREECHO_THREADS ?? "");
  return Number.isSafeInteger(stated) && stated > 0 ? stated : cpus().length;
}

/** Runs the self-test on one provider, or on all of them for `auto`. */
export async function devices(choice: DeviceChoice): Promise<OperationResponse<"devices">> {
  return { providers: await selfTestAll(choice, computeThreads()) };
}
