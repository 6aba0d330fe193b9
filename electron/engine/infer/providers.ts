import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProviderReport } from "../../contracts/operations.ts";
import { type DeviceChoice, type Provider, providerIds } from "../../contracts/record.ts";
import { EchoError } from "../base/errors.ts";
import { plainReason } from "./plain-reason.ts";
import { probe } from "./probe.ts";
import { onnxRuntime } from "./runtime.ts";
import { profileNames, selfTestOutcomeSchema } from "./self-test.ts";

export const providerTitles: Record<Provider, string> = {
  cpu: "CPU",
  cuda: "CUDA (NVIDIA)",
  webgpu: "WebGPU",
  dml: "DirectML",
  coreml: "Core ML",
};

/** Compiling kernels for a GPU for the first time may take most of a minute. */
const selfTestTimeoutMs = 90_000;
/** TF32 products on NVIDIA hardware differ by a few 1e-4; a wrong kernel differs by about 1. */
const largestDifference = 5e-3;
/** An accelerator is taken only when it is clearly faster, so that noise in the timing does not change the choice. */
const clearlyFaster = 1.5;
const cudaLibrary = "libonnxruntime_providers_cuda.so";

const systems: Record<Provider, { names: readonly NodeJS.Platform[]; only: string }> = {
  cpu: { names: ["linux", "win32", "darwin"], only: "" },
  cuda: { names: ["linux"], only: "this program uses CUDA on Linux only" },
  webgpu: { names: ["linux", "win32", "darwin"], only: "" },
  dml: { names: ["win32"], only: "DirectML exists on Windows only" },
  coreml: { names: ["darwin"], only: "Core ML exists on macOS only" },
};

/**
 * Why a provider cannot be tried at all on this machine, or null when it can. `bindings` are the provider names that
 * the ONNX Runtime build lists; `folder` holds its native library.
 */
export function notCarried(
  provider: Provider,
  platform: NodeJS.Platform,
  bindings: readonly string[],
  folder: string | null,
): string | null {
  const system = systems[provider];
  if (!system.names.includes(platform)) return system.only || `not for this operating system (${platform})`;
  if (!bindings.includes(provider))
    return `the ONNX Runtime of this build has no ${providerTitles[provider]} provider`;
  // The CUDA provider is a library of its own that comes by an optional step.
  if (provider === "cuda" && folder !== null && !existsSync(join(folder, cudaLibrary))) {
    return `no NVIDIA library found: ${cudaLibrary} is not installed beside ONNX Runtime`;
  }
  return null;
}

function nativeFolder(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve("onnxruntime-node");
    return join(dirname(entry), "..", "bin", "napi-v6", process.platform, process.arch);
  } catch {
    return null;
  }
}

async function bindings(): Promise<string[]> {
  const runtime = await onnxRuntime();
  return runtime.listSupportedBackends().map((backend) => backend.name);
}

async function reported(provider: Provider, threads: number): Promise<ProviderReport> {
  const no = (reason: string): ProviderReport => ({ id: provider, usable: false, reason, gflops: null });
  try {
    const missing = notCarried(provider, process.platform, await bindings(), nativeFolder());
    if (missing !== null) return no(missing);
  } catch (error) {
    if (error instanceof EchoError) return no(error.fault.reason);
    throw error;
  }
  // The packaged engine is JavaScript with the child's entry beside it; a checkout runs the TypeScript files.
  const suffix = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const entry = fileURLToPath(new URL(`./self-test-child.${suffix}`, import.meta.url));
  const probed = await probe(entry, [provider, `${threads}`], selfTestOutcomeSchema, selfTestTimeoutMs);
  if (!probed.answered) return no(probed.reason);
  const outcome = probed.answer;
  // The cause of a failure is often on stderr only, in front of a message that does not name it.
  if (!outcome.ran) return no(plainReason(process.platform, `${probed.stderr}\n${outcome.message}`));
  if (outcome.ranOn.length !== 1 || outcome.ranOn[0] !== profileNames[provider]) {
    return no(`the test did not run on it but on: ${outcome.ranOn.join(", ") || "nothing"}`);
  }
  if (outcome.difference > largestDifference) {
    return no(`it computes wrong numbers (off by ${outcome.difference.toPrecision(2)} of their size)`);
  }
  return {
    id: provider,
    usable: true,
    reason: "a convolution and a matrix product ran on it and gave the right numbers",
    gflops: Math.round(outcome.gflops * 10) / 10,
  };
}

const reports = new Map<string, Promise<ProviderReport>>();

/**
 * Runs a convolution and a matrix product on one provider, in a short process of its own, and compares them with our
 * own numbers; the profile proves that no other provider did the work. `gflops` (1e9 floating-point operations per
 * second, best of three runs) includes moving the data to the device and back. Kept for the life of this process.
 */
export function selfTest(
  provider: Provider,
  threads: number = availableParallelism(),
): Promise<ProviderReport> {
  const key = `${provider} ${threads}`;
  const report = reports.get(key) ?? reported(provider, threads);
  reports.set(key, report);
  return report;
}

/** Self-tests one after the other, so that their timings do not disturb each other. */
export async function selfTestAll(
  choice: DeviceChoice = "auto",
  threads?: number,
): Promise<ProviderReport[]> {
  const all: ProviderReport[] = [];
  for (const provider of providerIds) {
    if (choice === "auto" || choice === provider) all.push(await selfTest(provider, threads));
  }
  return all;
}

/** The decision of `auto` from the reports of the CPU and of the accelerators that exist on this system. */
export function bestProvider(
  cpu: ProviderReport,
  accelerators: readonly ProviderReport[],
): { id: Provider; reason: string } {
  const usable = accelerators.filter((report) => report.usable);
  const refused = accelerators.map((report) => `${report.id}: ${report.reason}`).join("; ");
  if (usable.length === 0) return { id: "cpu", reason: `no accelerator can be used (${refused})` };
  const best = usable.reduce((a, b) => ((b.gflops ?? 0) > (a.gflops ?? 0) ? b : a));
  const speeds = `${best.gflops} against ${cpu.gflops ?? 0} GFLOP/s in the self-test`;
  return (best.gflops ?? 0) > clearlyFaster * (cpu.gflops ?? 0)
    ? { id: best.id, reason: `the fastest that passed its self-test: ${providerTitles[best.id]}, ${speeds}` }
    : {
        id: "cpu",
        reason: `no accelerator is clearly faster (${providerTitles[best.id]}: ${speeds} of the CPU)`,
      };
}

/**
 * The provider for a job: `auto` takes the fastest that passes its self-test, a named one is taken or refused.
 *
 * @throws EchoError DEVICE_UNAVAILABLE with the reason when a named provider cannot be used.
 */
export async function chooseProvider(
  choice: DeviceChoice,
  threads?: number,
): Promise<{ id: Provider; reason: string }> {
  if (choice === "cpu") return { id: "cpu", reason: "asked for" };
  if (choice === "auto") {
    const here = providerIds.filter((id) => id !== "cpu" && systems[id].names.includes(process.platform));
    const accelerators: ProviderReport[] = [];
    for (const id of here) accelerators.push(await selfTest(id, threads));
    return bestProvider(await selfTest("cpu", threads), accelerators);
  }
  const report = await selfTest(choice, threads);
  if (!report.usable) {
    throw new EchoError("DEVICE_UNAVAILABLE", `${providerTitles[choice]} cannot be used: ${report.reason}`, {
      where: "device",
      hint: "Use auto or cpu; the devices command says what this machine can do.",
    });
  }
  return { id: choice, reason: `asked for; ${report.reason}` };
}
