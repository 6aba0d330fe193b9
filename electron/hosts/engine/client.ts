import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import {
  type OperationEvent,
  type OperationName,
  type OperationRequest,
  type OperationResponse,
  operations,
} from "../../contracts/operations.ts";
import { fromEngineSchema } from "../../contracts/protocol.ts";
import { cancelled, EchoError } from "../../engine/base/errors.ts";
import { readFrames, writeFrame } from "./stream.ts";

export type EngineState = "ready" | "lost" | "restarted";

export interface Engine {
  /** Runs one operation in the engine process. @throws EchoError, ENGINE_LOST when the process ended meanwhile. */
  ask<N extends OperationName>(
    operation: N,
    request: OperationRequest<N>,
    told?: { signal?: AbortSignal; onEvent?: (event: OperationEvent) => void },
  ): Promise<OperationResponse<N>>;
  onState(listener: (state: EngineState, text: string) => void): () => void;
  /** Ends the process; running operations fail with CANCELLED. */
  close(): Promise<void>;
  readonly pid: number | null;
}

export interface EngineOptions {
  /** Node 24 binary that runs the engine; this process's own by default. */
  node?: string;
  /** Entry of the engine: the source in a checkout, the bundle in a package. */
  script?: string;
  /** Environment beside the caller's own. */
  environment?: Record<string, string>;
  /** Resident memory after which an idle engine is replaced by a fresh one. */
  recycleBytes?: number;
  /** What the engine and its libraries print. */
  onLog?: (line: string) => void;
  /** How long a cancelled operation may go on before its process is ended. */
  graceMs?: number;
}

interface Waiting {
  operation: OperationName;
  resolve: (response: never) => void;
  reject: (error: EchoError) => void;
  onEvent: (event: OperationEvent) => void;
  settled: () => void;
}

const restartsAllowed = 5;
const restartWindowMs = 60_000;

/** The engine's entry beside this file: `child.ts` in a checkout, the bundle `engine.js` in a package. */
function engineScript(): string {
  const bundle = join(import.meta.dirname, "engine.js");
  return existsSync(bundle) ? bundle : resolve(import.meta.dirname, "child.ts");
}

/**
 * Starts the engine process and keeps it alive: an end that was not asked for is told to the listeners, operations
 * that ran in it fail with ENGINE_LOST, and a new process takes the next one. More than five ends within a minute are a
 * fault of the installation and stop the restarts.
 */
export function startEngine(options: EngineOptions = {}): Engine {
  const listeners = new Set<(state: EngineState, text: string) => void>();
  const waiting = new Map<number, Waiting>();
  const ends: number[] = [];
  const recycleBytes = options.recycleBytes ?? 3 * 1024 ** 3;
  const graceMs = options.graceMs ?? 10_000;
  let child: ChildProcess | null = null;
  let nextId = 1;
  let closing = false;
  let started = 0;

  const tell = (state: EngineState, text: string): void => {
    for (const listener of listeners) listener(state, text);
  };

  const fail = (error: () => EchoError): void => {
    const open = [...waiting.values()];
    waiting.clear();
    for (const one of open) {
      one.settled();
      one.reject(error());
    }
  };

  const take = (raw: unknown): void => {
    const parsed = fromEngineSchema.safeParse(raw);
    if (!parsed.success) {
      options.onLog?.(`unreadable message from the engine: ${parsed.error.message}`);
      return;
    }
    const message = parsed.data;
    if (message.type === "ready") {
      tell(
        started > 1 ? "restarted" : "ready",
        started > 1 ? "The engine is running again." : "The engine is ready.",
      );
      return;
    }
    const one = waiting.get(message.id);
    if (one === undefined) return;
    if (message.type === "event") {
      one.onEvent(message.event);
      return;
    }
    waiting.delete(message.id);
    one.settled();
    if (message.type === "failed") {
      one.reject(errorOf(message.fault));
    } else {
      const response = operations[one.operation].response.safeParse(message.response);
      if (response.success) one.resolve(response.data as never);
      else
        one.reject(
          new EchoError(
            "INTERNAL",
            `the engine answered ${one.operation} out of contract: ${response.error.message}`,
          ),
        );
    }
    if (message.rssBytes > recycleBytes && waiting.size === 0 && child !== null) {
      options.onLog?.(`the engine held ${Math.round(message.rssBytes / 1e6)} MB and is replaced`);
      const old = child;
      child = null;
      old.removeAllListeners("exit");
      writeFrame(old.stdin!, { type: "shutdown" });
      launch();
    }
  };

  const ended = (code: number | null, signal: string | null): void => {
    child = null;
    if (closing) return;
    const how = signal !== null ? `was ended by ${signal}` : `ended with code ${code}`;
    ends.push(Date.now());
    while (ends.length > 0 && ends[0] < Date.now() - restartWindowMs) ends.shift();
    const hopeless = ends.length > restartsAllowed;
    tell(
      "lost",
      hopeless
        ? `The engine ${how} again and again and is not restarted.`
        : `The engine ${how}; it is being restarted.`,
    );
    fail(
      () =>
        new EchoError("ENGINE_LOST", `the engine ${how} while it worked on this`, {
          hint: "Nothing half-written was left. Start it again; if it ends again, try fewer slices or another method.",
        }),
    );
    if (!hopeless) launch();
  };

  const launch = (): void => {
    started++;
    const process_ = spawn(
      options.node ?? process.execPath,
      ["--max-old-space-size=8192", options.script ?? engineScript()],
      {
        stdio: ["pipe", "pipe", "pipe", "pipe"],
        env: { ...process.env, ...options.environment },
        windowsHide: true,
      },
    );
    child = process_;
    process_.on("error", (error) => options.onLog?.(`the engine cannot be started: ${error.message}`));
    process_.on("exit", ended);
    process_.stdin?.on("error", () => undefined);
    for (const stream of [process_.stdout, process_.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => options.onLog?.(text.trimEnd()));
    }
    readFrames(process_.stdio[3] as Readable, take, (reason) => {
      options.onLog?.(`the engine sent no frame: ${reason}`);
      process_.kill("SIGKILL");
    });
  };

  launch();

  return {
    get pid() {
      return child?.pid ?? null;
    },
    onState(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ask(operation, request, told = {}) {
      const signal = told.signal;
      if (signal?.aborted === true) return Promise.reject(cancelled());
      const current = child;
      if (closing || current === null || current.stdin === null) {
        return Promise.reject(new EchoError("ENGINE_LOST", "the engine is not running"));
      }
      const stdin = current.stdin;
      const id = nextId++;
      return new Promise((resolve, reject) => {
        let grace: NodeJS.Timeout | null = null;
        const cancel = (): void => {
          writeFrame(stdin, { type: "cancel", id });
          // A network call or a long transform cannot be interrupted from inside: end the process at last.
          grace = setTimeout(() => current.kill("SIGKILL"), graceMs);
        };
        signal?.addEventListener("abort", cancel, { once: true });
        waiting.set(id, {
          operation,
          resolve: resolve as (response: never) => void,
          reject: (error) => reject(signal?.aborted === true ? cancelled() : error),
          onEvent: told.onEvent ?? (() => undefined),
          settled: () => {
            signal?.removeEventListener("abort", cancel);
            if (grace !== null) clearTimeout(grace);
          },
        });
        writeFrame(stdin, { type: "start", id, operation, request });
      });
    },
    async close() {
      if (closing) return;
      closing = true;
      fail(cancelled);
      const last = child;
      if (last === null || last.exitCode !== null) return;
      const gone = new Promise((done) => last.once("exit", done));
      if (last.stdin?.writable === true) writeFrame(last.stdin, { type: "shutdown" });
      const timer = setTimeout(() => last.kill("SIGKILL"), 2_000);
      await gone;
      clearTimeout(timer);
    },
  };
}

function errorOf(fault: EchoError["fault"]): EchoError {
  return new EchoError(fault.code, fault.reason, { path: fault.path, where: fault.where, hint: fault.hint });
}
