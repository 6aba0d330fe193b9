import type { OperationEvent } from "../../electron/contracts/operations.ts";
import type {
  FromWindow,
  Place,
  ToWindow,
  WindowOperationName,
  WindowRequest,
  WindowResponse,
} from "../../electron/contracts/window.ts";
import { desktopTransport } from "./desktop.ts";
import { BridgeError } from "./error.ts";
import type { Transport, TransportState } from "./transport.ts";
import { webTransport } from "./web.ts";

export type EngineMessage = Extract<ToWindow, { type: "engine" }>;

/** What a window is told without having asked. */
export interface Told {
  onState(state: TransportState): void;
  onEngine(message: EngineMessage): void;
  onOpened(places: readonly Place[]): void;
}

interface Pending {
  resolve(response: unknown): void;
  reject(error: BridgeError): void;
  onEvent?: (event: OperationEvent) => void;
}

export interface AskOptions {
  signal?: AbortSignal;
  onEvent?: (event: OperationEvent) => void;
}

/** The window's only door to the engine. Requests and answers are validated by the host, on its side of the border. */
export class Client {
  readonly #transport: Transport;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get kind(): Transport["kind"] {
    return this.#transport.kind;
  }

  listen(told: Told): void {
    this.#transport.listen(
      (message) => this.#receive(message, told),
      (state) => {
        if (state === "closed") this.#loseAll();
        told.onState(state);
      },
    );
  }

  /** @throws BridgeError with the host's fault; CANCELLED after `signal`. */
  ask<N extends WindowOperationName>(
    operation: N,
    request: WindowRequest<N>,
    options: AskOptions = {},
  ): Promise<WindowResponse<N>> {
    const id = this.#nextId++;
    const { signal } = options;
    return new Promise<WindowResponse<N>>((resolve, reject) => {
      const cancel = (): void => this.#transport.send({ type: "cancel", id });
      const settle = (): void => {
        this.#pending.delete(id);
        signal?.removeEventListener("abort", cancel);
      };
      this.#pending.set(id, {
        resolve: (response) => {
          settle();
          resolve(response as WindowResponse<N>);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
        onEvent: options.onEvent,
      });
      const message: FromWindow = { type: "ask", id, operation, request };
      this.#transport.send(message);
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel);
    });
  }

  adopt(files: readonly File[], onSent: (bytes: number) => void): Promise<Place[]> {
    return this.#transport.adopt(files, onSent);
  }

  download(handle: string): void {
    this.#transport.download(handle);
  }

  #receive(message: ToWindow, told: Told): void {
    if (message.type === "engine") {
      told.onEngine(message);
      return;
    }
    if (message.type === "opened") {
      told.onOpened(message.places);
      return;
    }
    const pending = this.#pending.get(message.id);
    // An answer may cross with a cancel that was already settled.
    if (pending === undefined) return;
    if (message.type === "event") pending.onEvent?.(message.event);
    else if (message.type === "answer") pending.resolve(message.response);
    else pending.reject(new BridgeError(message.fault));
  }

  #loseAll(): void {
    for (const pending of [...this.#pending.values()]) {
      pending.reject(
        new BridgeError({
          code: "ENGINE_LOST",
          path: null,
          where: null,
          reason: "the connection to PureEcho was lost",
          hint: "Check that the program still runs.",
        }),
      );
    }
  }
}

/** Electron's preload where it exists, else the web host that served this page. */
export function openClient(): Client {
  return new Client(window.pureecho === undefined ? webTransport() : desktopTransport(window.pureecho));
}
