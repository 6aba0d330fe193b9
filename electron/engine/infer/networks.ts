import { readFile } from "node:fs/promises";
import type { InferenceSession } from "onnxruntime-node";
import type { Provider } from "../../contracts/record.ts";
import { type RealArray, sizeOf } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import { plainReason } from "./plain-reason.ts";
import { onnxRuntime, sessionOptions } from "./runtime.ts";

/** Name and shape of one input or output; a dimension that may vary is a string. */
export interface Port {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/**
 * A loaded network. `run` blocks the event loop for its whole length whatever it returns (ONNX Runtime 1.30): a
 * caller that runs it in a loop lets messages in between, and cannot cancel inside.
 */
export interface Network {
  readonly sha256: string;
  readonly provider: Provider;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /**
   * @param feeds one array per input. @returns one array per output, memory of their own.
   * @throws EchoError SHAPE_MISMATCH when names or shapes do not fit; INTERNAL with the runtime's text.
   */
  run(feeds: Readonly<Record<string, RealArray>>): Promise<Record<string, RealArray>>;
  /** Gives the memory back; the next `loadNetwork` loads it anew. Harmless when done twice. */
  dispose(): Promise<void>;
}

const cache = new Map<string, Promise<Network>>();

/** @throws EchoError MODEL_MISSING, MODEL_HASH. */
async function checkedBytes(file: string, expectedSha256: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === "ENOENT" ? "the file of this network is missing" : error.message;
    throw new EchoError("MODEL_MISSING", reason, { path: file, cause: error });
  });
  const found = sha256(bytes);
  if (found !== expectedSha256.toLowerCase()) {
    throw new EchoError("MODEL_HASH", `its SHA-256 is ${found}, expected ${expectedSha256}`, {
      path: file,
      hint: "The file was changed or damaged; install the model again.",
    });
  }
  return bytes;
}

function ports(metadata: readonly InferenceSession.ValueMetadata[], file: string): Port[] {
  return metadata.map((value) => {
    if (!value.isTensor || value.type !== "float32") {
      throw new EchoError("UNSUPPORTED", `takes or gives ${value.isTensor ? value.type : "no tensor"}`, {
        path: file,
        where: value.name,
        hint: "Export the graph with float32 inputs and outputs; smaller types may be used inside.",
      });
    }
    return { name: value.name, shape: value.shape };
  });
}

function checkFeeds(feeds: Readonly<Record<string, RealArray>>, inputs: readonly Port[], file: string): void {
  const mismatch = (where: string, reason: string): EchoError =>
    new EchoError("SHAPE_MISMATCH", reason, { path: file, where });
  const known = new Set(inputs.map((port) => port.name));
  for (const name of Object.keys(feeds)) {
    if (!known.has(name)) throw mismatch(name, `no such input; it has ${[...known].join(", ")}`);
  }
  const chosen = new Map<string, number>();
  for (const port of inputs) {
    const feed = feeds[port.name];
    if (feed === undefined) throw mismatch(port.name, "this input is missing");
    const fits =
      feed.shape.length === port.shape.length &&
      port.shape.every((length, axis) => {
        if (typeof length === "number") return length === feed.shape[axis];
        const before = chosen.get(length) ?? feed.shape[axis];
        chosen.set(length, before);
        return before === feed.shape[axis];
      });
    if (!fits) {
      throw mismatch(port.name, `expected [${port.shape.join(", ")}], was given [${feed.shape.join(", ")}]`);
    }
    if (feed.data.length !== sizeOf(feed.shape)) {
      throw mismatch(port.name, `shape [${feed.shape.join(", ")}] does not fit ${feed.data.length} values`);
    }
  }
}

async function load(
  file: string,
  expectedSha256: string,
  provider: Provider,
  threads: number,
  forget: () => void,
): Promise<Network> {
  const bytes = await checkedBytes(file, expectedSha256);
  const runtime = await onnxRuntime();
  if (!runtime.listSupportedBackends().some((backend) => backend.name === provider)) {
    // ONNX Runtime itself would drop an unknown name and use the CPU without a word.
    throw new EchoError("DEVICE_UNAVAILABLE", `this build has no provider ${provider}`, { where: "device" });
  }
  let session: InferenceSession;
  try {
    // From the very bytes that were hashed: what stands on the disk by now does not matter.
    session = await runtime.InferenceSession.create(bytes, sessionOptions(provider, threads));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const reason = `the network cannot be loaded on ${provider}: ${plainReason(process.platform, text)}`;
    throw new EchoError(provider === "cpu" ? "UNSUPPORTED" : "DEVICE_UNAVAILABLE", reason, {
      path: file,
      cause: error,
    });
  }
  let disposed = false;
  const network: Network = {
    sha256: expectedSha256,
    provider,
    inputs: [],
    outputs: [],
    async run(feeds) {
      if (disposed) throw new EchoError("INTERNAL", "the network was disposed", { path: file });
      checkFeeds(feeds, network.inputs, file);
      const tensors = Object.fromEntries(
        Object.entries(feeds).map(([name, feed]) => [
          name,
          new runtime.Tensor("float32", feed.data, [...feed.shape]),
        ]),
      );
      const outputs = await session.run(tensors).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw new EchoError("INTERNAL", `the network failed on ${provider}: ${reason}`, {
          path: file,
          cause: error,
        });
      });
      return Object.fromEntries(
        Object.entries(outputs).map(([name, output]) => [
          name,
          { shape: [...output.dims], data: output.data as Float32Array },
        ]),
      );
    },
    async dispose() {
      if (disposed) return;
      disposed = true;
      forget();
      await session.release();
    },
  };
  try {
    return Object.assign(network, {
      inputs: ports(session.inputMetadata, file),
      outputs: ports(session.outputMetadata, file),
    });
  } catch (error) {
    await session.release();
    throw error;
  }
}

/**
 * A network from an ONNX file, from the cache when the same content is loaded on the same provider already: loading
 * takes longer than running, and sessions that are created and released in turn leak (onnxruntime issue 25325).
 *
 * @param expectedSha256 of the file; nothing of it reaches the runtime before it is found right.
 * @param provider one that `chooseProvider` gave: it has passed its self-test outside of this process.
 * @param threads of one operation on the CPU; the same number gives the same bits.
 * @throws EchoError MODEL_MISSING, MODEL_HASH, DEVICE_UNAVAILABLE, UNSUPPORTED.
 */
export function loadNetwork(
  file: string,
  expectedSha256: string,
  provider: Provider,
  threads: number,
): Promise<Network> {
  const key = `${expectedSha256.toLowerCase()} ${provider} ${threads}`;
  const kept = cache.get(key);
  if (kept !== undefined) return kept;
  const loading = load(file, expectedSha256, provider, threads, () => cache.delete(key));
  cache.set(key, loading);
  loading.catch(() => cache.delete(key));
  return loading;
}

/** Number of networks that are loaded or being loaded. */
export function loadedNetworks(): number {
  return cache.size;
}

/** Gives the memory of every loaded network back. */
export async function disposeNetworks(): Promise<void> {
  const all = await Promise.allSettled(cache.values());
  for (const one of all) if (one.status === "fulfilled") await one.value.dispose();
}
