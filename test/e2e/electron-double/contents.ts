import { EventEmitter } from "node:events";
import type { Browser } from "./browser.ts";
import { makeCodec } from "./codec.ts";
import type { SessionDouble } from "./session.ts";
import { fromBrowserAddress, state, toBrowserAddress } from "./state.ts";
import { type Invented, type None, type PieceOf, strict } from "./strict.ts";
import { makeCarrier, pageWorld, preloadWorld } from "./worlds.ts";

const worldName = "preload";
const bindingName = "doubleToMain";
const codec = makeCodec();

/** An event as Electron gives it, with `preventDefault`. */
export function preventable<T extends object>(
  details: T,
): T & { preventDefault(): void; defaultPrevented: boolean } {
  const event = {
    ...details,
    defaultPrevented: false,
    preventDefault: () => {
      event.defaultPrevented = true;
    },
  };
  return event;
}

export interface FrameDouble {
  readonly url: string;
  readonly parent: FrameDouble | null;
}

interface Paused {
  requestId: string;
  frameId: string;
  resourceType: string;
  request: { url: string; method: string; headers: Record<string, string> };
}

/** One page: a tab of the real Chromium, with the product's preload in an isolated world. */
export class WebContentsDouble extends EventEmitter implements PieceOf<Electron.WebContents> {
  readonly session: SessionDouble;
  readonly _browser: Browser;
  readonly _preload: string;
  _target = "";
  _wire = "";
  _frame = "";
  _url = "";
  _world: number | null = null;
  _ours = 0;
  _destroyed = false;
  _openHandler: ((details: { url: string }) => { action: string }) | null = null;
  _ipc: (message: { kind: string; id?: number; channel: string; args: unknown[] }) => void = () => undefined;
  readonly _inner = new Set<string>();

  constructor(browser: Browser, session: SessionDouble, preload: string) {
    super();
    this._browser = browser;
    this.session = session;
    this._preload = preload;
  }

  /** Makes the page. Everything is in place before its first document is. */
  async _attach(): Promise<void> {
    this._browser.listeners.add((method, params, from) => {
      if (from !== undefined && (from === this._wire || this._inner.has(from)))
        this._take(method, params, from);
    });
    const { targetId } = await this._browser.send<{ targetId: string }>("Target.createTarget", {
      url: "about:blank",
    });
    this._target = targetId;
    const { sessionId } = await this._browser.send<{ sessionId: string }>("Target.attachToTarget", {
      targetId,
      flatten: true,
    });
    this._wire = sessionId;
    await this._send("Page.enable");
    const tree = await this._send<{ frameTree: { frame: { id: string } } }>("Page.getFrameTree");
    this._frame = tree.frameTree.frame.id;
    await this._send("Runtime.enable");
    await this._send("Inspector.enable");
    await this._send("Fetch.enable", { patterns: [{ urlPattern: "*" }] });
    await this._send("Target.setAutoAttach", {
      autoAttach: true,
      waitForDebuggerOnStart: true,
      flatten: true,
    });
    await this._send("Runtime.addBinding", { name: bindingName, executionContextName: worldName });
    const wire = `double-${Math.random().toString(36).slice(2)}-`;
    await this._send("Page.addScriptToEvaluateOnNewDocument", {
      source: `(${pageWorld.toString()})(${JSON.stringify(wire)}, ${makeCarrier.toString()})`,
    });
    await this._send("Page.addScriptToEvaluateOnNewDocument", {
      worldName,
      source: `(${preloadWorld.toString()})(${JSON.stringify(wire)}, ${makeCarrier.toString()}, ${makeCodec.toString()}, {
        toMain: (text) => ${bindingName}(text),
        preload: (require, module, exports) => {\n${this._preload}\n},
      })`,
    });
  }

  _send<T = unknown>(method: string, params: object = {}, wire = this._wire): Promise<T> {
    return this._browser.send<T>(method, params, wire);
  }

  _take(method: string, params: Record<string, unknown>, from: string): void {
    if (method === "Fetch.requestPaused") {
      void this._answer(params as unknown as Paused, from).catch((error: unknown) => console.error(error));
    } else if (method === "Target.attachedToTarget") {
      const { sessionId } = params as { sessionId: string };
      this._inner.add(sessionId);
      // Workers and foreign frames load through the same gate.
      void this._send("Fetch.enable", { patterns: [{ urlPattern: "*" }] }, sessionId)
        .catch(() => undefined)
        .then(() => this._send("Runtime.runIfWaitingForDebugger", {}, sessionId))
        .catch(() => undefined);
    } else if (from !== this._wire) return;
    else if (method === "Runtime.executionContextCreated") {
      const { id, name, auxData } = params.context as {
        id: number;
        name: string;
        auxData: { frameId: string };
      };
      if (name === worldName && auxData.frameId === this._frame) this._world = id;
    } else if (method === "Runtime.executionContextDestroyed") {
      if (params.executionContextId === this._world) this._world = null;
    } else if (method === "Runtime.executionContextsCleared") this._world = null;
    else if (method === "Runtime.bindingCalled") {
      const { kind, id, channel, args } = JSON.parse(String(params.payload)) as {
        kind: string;
        id?: number;
        channel: string;
        args: string;
      };
      this._ipc({ kind, id, channel, args: codec.decode(args) as unknown[] });
    } else if (method === "Page.frameNavigated") {
      const { id, url } = params.frame as { id: string; url: string };
      if (id === this._frame) this._url = fromBrowserAddress(url);
    } else if (method === "Page.loadEventFired") this.emit("did-finish-load");
    else if (method === "Page.windowOpen") {
      const url = fromBrowserAddress(String(params.url));
      // Electron without a handler would open a window.
      const action = this._openHandler?.({ url }).action ?? "allow";
      state.prevented.push({ event: `window-open ${action}`, url });
    } else if (method === "Inspector.targetCrashed") {
      this.emit("render-process-gone", preventable({}), { reason: "crashed", exitCode: 1 });
    }
  }

  _mayNavigate(url: string, frameId: string): boolean {
    const isMainFrame = frameId === this._frame;
    if (isMainFrame && this._ours > 0) {
      this._ours--;
      return true;
    }
    for (const name of isMainFrame ? ["will-frame-navigate", "will-navigate"] : ["will-frame-navigate"]) {
      const event = preventable({ url, isMainFrame, isSameDocument: false });
      this.emit(name, event);
      if (event.defaultPrevented) {
        state.prevented.push({ event: name, url });
        return false;
      }
    }
    return true;
  }

  async _answer({ requestId, frameId, resourceType, request }: Paused, from: string): Promise<void> {
    const url = fromBrowserAddress(request.url);
    const fail = (errorReason: string): Promise<unknown> =>
      this._send("Fetch.failRequest", { requestId, errorReason }, from);
    if (resourceType === "Document" && !this._mayNavigate(url, frameId)) {
      // 204 keeps the page where it is, as a prevented navigation does in Electron.
      await this._send("Fetch.fulfillRequest", { requestId, responseCode: 204 }, from);
      return;
    }
    if (!this.session._passes(url, resourceType)) {
      state.cancelled.push(url);
      await fail("BlockedByClient");
      return;
    }
    const handler = this.session.protocol._handlers.get(new URL(url).protocol.slice(0, -1));
    if (handler === undefined) {
      state.outside.push(url);
      await fail("InternetDisconnected");
      return;
    }
    const { method, headers } = request;
    // Node's Request knows no address of a scheme of our own: the handler gets what it may look at.
    const response = await handler(
      strict("request", { url, method, headers: new Headers(headers) }) as Request,
    );
    await this._send(
      "Fetch.fulfillRequest",
      {
        requestId,
        responseCode: response.status,
        responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
        body: Buffer.from(await response.arrayBuffer()).toString("base64"),
      },
      from,
    );
  }

  /** Calls a function that the preload's world left for the double; nothing happens while there is no page. */
  async _inWorld(name: string, ...args: unknown[]): Promise<void> {
    if (this._world === null || this._destroyed) return;
    await this._send("Runtime.callFunctionOn", {
      functionDeclaration: `(...args) => { globalThis.${name}(...args); }`,
      executionContextId: this._world,
      arguments: args.map((value) => ({ value })),
    }).catch(() => undefined);
  }

  get mainFrame(): FrameDouble {
    return { url: this._url, parent: null };
  }
  send(channel: string, ...args: unknown[]): void {
    void this._inWorld("doubleTell", channel, codec.encode(args));
  }
  _reply(id: number, value: unknown, error: string | null): void {
    void this._inWorld("doubleAnswer", id, error === null ? codec.encode(value) : "", error);
  }
  setWindowOpenHandler(handler: (details: never) => { action: string }): void {
    this._openHandler = handler as (details: { url: string }) => { action: string };
  }
  isDestroyed(): boolean {
    return this._destroyed;
  }
  reload(): void {
    this._ours++;
    void this._send("Page.reload");
  }
  async loadURL(url: string): Promise<void> {
    this._ours++;
    const loaded = new Promise((resolve) => this.once("did-finish-load", resolve));
    await this._send("Page.navigate", { url: toBrowserAddress(url) });
    await loaded;
  }
}
export type InventedOfContents = None<Invented<WebContentsDouble, Electron.WebContents>>;
