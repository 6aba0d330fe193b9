import type * as OnnxRuntime from "onnxruntime-node";
import type { Provider } from "../../contracts/record.ts";
import { EchoError } from "../base/errors.ts";

export type Runtime = typeof OnnxRuntime;

let loading: Promise<Runtime> | null = null;

async function load(): Promise<Runtime> {
  try {
    const runtime = await import("onnxruntime-node");
    // Errors reach us as exceptions; what ONNX Runtime prints beside them would only disturb the user's terminal.
    runtime.env.logLevel = "fatal";
    return runtime;
  } catch (error) {
    throw new EchoError(
      "DEVICE_UNAVAILABLE",
      `ONNX Runtime has no build that runs on ${process.platform} ${process.arch}`,
      { hint: "Methods without a network still work.", cause: error },
    );
  }
}

/**
 * ONNX Runtime, loaded when first needed: classical methods neither pay for it nor depend on its native library.
 *
 * @throws EchoError DEVICE_UNAVAILABLE where the library does not load (there is none for Intel Macs).
 */
export function onnxRuntime(): Promise<Runtime> {
  loading ??= load();
  return loading;
}

/** How a session on one provider is asked for; thread count explicit, because the default takes every core. */
export function sessionOptions(
  provider: Provider,
  threads: number,
): OnnxRuntime.InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  };
}
