import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type {
  OperationEvent,
  OperationName,
  OperationRequest,
  OperationResponse,
  Picture,
} from "../../electron/contracts/operations.ts";
import { cancelled, EchoError } from "../../electron/engine/base/errors.ts";
import type { Engine } from "../../electron/hosts/engine/client.ts";

type Told = { signal?: AbortSignal; onEvent?: (event: OperationEvent) => void };
export type FakeHandlers = {
  [N in OperationName]?: (request: OperationRequest<N>, told: Told) => Promise<OperationResponse<N>>;
};

/** An engine in this process for tests of the doors: answers what it is told to, remembers what it was asked. */
export class FakeEngine implements Engine {
  readonly pid = null;
  readonly asked: { operation: OperationName; request: unknown; told: Told }[] = [];
  readonly #listeners = new Set<Parameters<Engine["onState"]>[0]>();
  readonly #handlers: FakeHandlers;

  constructor(handlers: FakeHandlers = {}) {
    this.#handlers = handlers;
  }

  async ask<N extends OperationName>(
    operation: N,
    request: OperationRequest<N>,
    told: Told = {},
  ): Promise<OperationResponse<N>> {
    this.asked.push({ operation, request, told });
    const handler = this.#handlers[operation];
    if (handler === undefined) throw new EchoError("UNSUPPORTED", `the fake engine has no ${operation}`);
    return handler(request, told);
  }

  onState(listener: Parameters<Engine["onState"]>[0]): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(state: "ready" | "lost" | "restarted", text: string): void {
    for (const listener of this.#listeners) listener(state, text);
  }

  async close(): Promise<void> {}
}

/** A picture whose value at `[row, column]` of slice n is 100 n + row + column / 100. */
export function fakePicture(slices: number, index: number, rows = 8, columns = 6): Picture {
  const data = new Float32Array(2 * rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      data[2 * (row * columns + column)] = 100 * index + row + column / 100;
    }
  }
  return {
    rows,
    columns,
    slices,
    components: 2,
    data,
    spacingMm: [1, 1],
    spacingKnown: true,
    edges: { left: "R", right: "L", top: "A", bottom: "P" },
    window: [0, 100 * slices],
  };
}

/** What the fake engine answers to `inspect` for one file. */
export function fakeSummary(
  path: string,
  over: Partial<OperationResponse<"inspect">["datasets"][number]> = {},
): OperationResponse<"inspect">["datasets"][number] {
  return {
    id: "0123456789abcdef",
    kind: "kspace",
    format: "ismrmrd",
    title: "Fake scan",
    shape: [3, 2, 8, 6],
    coils: 2,
    matrix: [8, 6],
    spacingMm: [1, 1, 2],
    orientation: "axial",
    acceleration: 1,
    synthetic: true,
    files: [path],
    warnings: [],
    ...over,
  };
}

export async function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(cancelled()), { once: true });
  });
}

/** Writes a file below `folder`, making the folders on the way, and returns its path. */
export async function fileIn(folder: string, name: string, text = "content"): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  return path;
}
