/**
 * Entry of the short process in which one provider is tried: `self-test-child PROVIDER THREADS`. It answers with
 * one message and ends; a driver that aborts takes only this process with it.
 */
import { providerSchema } from "../../contracts/record.ts";
import { runSelfTest } from "./self-test.ts";

const provider = providerSchema.parse(process.argv[2]);
const outcome = await runSelfTest(provider, Number(process.argv[3]));
process.send?.(outcome, () => process.disconnect());
