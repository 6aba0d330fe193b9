/**
 * The two worlds of a page. Both functions are put into the page as their own source: the first into the page's own world
 * before any script of it, the second, with the real preload in it, into an isolated world, where Electron's
 * contextIsolation puts it. They talk by synchronous DOM events whose details the browser clones from world to world.
 */
import type { makeCodec } from "./codec.ts";

/** A value on its way between the worlds: functions become numbers on the side that has them. */
export interface Carried {
  readonly plain?: unknown;
  readonly call?: number;
  readonly list?: Carried[];
  readonly members?: [string, Carried][];
  readonly promise?: number;
}

/** Carrying of values, needed by both sides: what `contextBridge` does with functions, promises and frozen objects. */
export function makeCarrier(wire: string, mine: string, yours: string) {
  const functions = new Map<number, (...args: unknown[]) => unknown>();
  const promises = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 1;
  let answer: { value?: Carried; error?: string } | null = null;
  const send = (detail: unknown): void => {
    window.dispatchEvent(new CustomEvent(wire + yours, { detail }));
  };
  const wrap = (value: unknown): Carried => {
    if (typeof value === "function") {
      const call = next++;
      functions.set(call, value as (...args: unknown[]) => unknown);
      return { call };
    }
    if (value instanceof Promise) {
      const promise = next++;
      value.then(
        (result: unknown) => send({ settle: promise, value: wrap(result) }),
        (error: unknown) =>
          send({ settle: promise, error: error instanceof Error ? error.message : String(error) }),
      );
      return { promise };
    }
    if (Array.isArray(value)) return { list: value.map(wrap) };
    if (
      typeof value === "object" &&
      value !== null &&
      [Object.prototype, null].includes(Object.getPrototypeOf(value))
    ) {
      return { members: Object.entries(value).map(([key, one]) => [key, wrap(one)]) };
    }
    return { plain: value };
  };
  const unwrap = (carried: Carried): unknown => {
    const { call, promise } = carried;
    if (call !== undefined) {
      return (...args: unknown[]) => {
        answer = null;
        send({ run: call, args: args.map(wrap) });
        const got = answer as { value?: Carried; error?: string } | null;
        if (got === null) throw new Error("the other world is gone");
        if (got.error !== undefined) throw new Error(got.error);
        return unwrap(got.value as Carried);
      };
    }
    if (promise !== undefined) {
      return new Promise((resolve, reject) => promises.set(promise, { resolve, reject }));
    }
    if (carried.list !== undefined) return Object.freeze(carried.list.map(unwrap));
    if (carried.members !== undefined) {
      return Object.freeze(Object.fromEntries(carried.members.map(([key, one]) => [key, unwrap(one)])));
    }
    return carried.plain;
  };
  let onExpose: (name: string, value: unknown) => void = () => undefined;
  window.addEventListener(wire + mine, (event) => {
    const { run, args, settle, value, error, returned, expose } = (event as CustomEvent).detail as {
      run?: number;
      args?: Carried[];
      settle?: number;
      value?: Carried;
      error?: string;
      returned?: { value?: Carried; error?: string };
      expose?: string;
    };
    if (run !== undefined) {
      let result: { value?: Carried; error?: string };
      try {
        result = { value: wrap(functions.get(run)?.(...(args ?? []).map(unwrap))) };
      } catch (thrown) {
        result = { error: thrown instanceof Error ? thrown.message : String(thrown) };
      }
      send({ returned: result });
    } else if (returned !== undefined) answer = returned;
    else if (settle !== undefined) {
      const waiting = promises.get(settle);
      promises.delete(settle);
      if (error !== undefined) waiting?.reject(new Error(error));
      else waiting?.resolve(unwrap(value as Carried));
    } else if (expose !== undefined) onExpose(expose, unwrap(value as Carried));
  });
  return {
    expose: (name: string, value: unknown) => send({ expose: name, value: wrap(value) }),
    takeExposed: (take: (name: string, value: unknown) => void) => {
      onExpose = take;
    },
  };
}

/** Runs first in the page's own world and leaves nothing behind but what the preload exposes. */
export function pageWorld(wire: string, carrierOf: typeof makeCarrier): void {
  if (window.top !== window) return;
  carrierOf(wire, "page", "preload").takeExposed((name, value) => {
    if (Object.hasOwn(window, name)) throw new Error(`Cannot bind an API on top of an existing ${name}`);
    Object.defineProperty(window, name, { value, enumerable: true, writable: false, configurable: false });
  });
}

/** What the isolated world has: `require` for `electron` alone. */
export interface PreloadWorld {
  toMain: (text: string) => void;
  preload: (require: (name: string) => unknown, module: { exports: object }, exports: object) => void;
}

/** Runs in the isolated world of the top frame, as a sandboxed preload does. Its globals are seen by the double only. */
export function preloadWorld(
  wire: string,
  carrierOf: typeof makeCarrier,
  codecOf: typeof makeCodec,
  world: PreloadWorld,
): void {
  if (window.top !== window) return;
  const carrier = carrierOf(wire, "preload", "page");
  const codec = codecOf();
  const listeners = new Map<string, ((event: object, ...args: unknown[]) => void)[]>();
  const invoked = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const paths = new Map<string, string>();
  let next = 1;
  const refusing = <T extends object>(name: string, thing: T): T =>
    new Proxy(thing, {
      get: (target, key) => {
        if (typeof key === "symbol" || key in target) return Reflect.get(target, key) as unknown;
        throw new Error(`the double has no ${name}.${key}`);
      },
    });
  const ipcRenderer = refusing("ipcRenderer", {
    send: (channel: string, ...args: unknown[]) => {
      world.toMain(JSON.stringify({ kind: "send", channel, args: codec.encode(args) }));
    },
    invoke: (channel: string, ...args: unknown[]) =>
      new Promise((resolve, reject) => {
        const id = next++;
        invoked.set(id, { resolve, reject });
        world.toMain(JSON.stringify({ kind: "invoke", id, channel, args: codec.encode(args) }));
      }),
    on: (channel: string, listener: (event: object, ...args: unknown[]) => void) => {
      listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
    },
    removeListener: (channel: string, listener: (event: object, ...args: unknown[]) => void) => {
      listeners.set(
        channel,
        (listeners.get(channel) ?? []).filter((one) => one !== listener),
      );
    },
  });
  const contextBridge = refusing("contextBridge", {
    exposeInMainWorld: (name: string, api: unknown) => carrier.expose(name, api),
  });
  const webUtils = refusing("webUtils", {
    // A file that the page made itself has no path, as in Electron.
    getPathForFile: (file: File) => {
      if (!(file instanceof File)) throw new TypeError("getPathForFile takes a File");
      return paths.get(`${file.name}\n${file.size}`) ?? "";
    },
  });
  Object.assign(globalThis, {
    doubleTell: (channel: string, args: string) => {
      // The sender stands for what must not reach the page.
      const event = { sender: ipcRenderer };
      const values = codec.decode(args) as unknown[];
      for (const listener of listeners.get(channel) ?? []) listener(event, ...values);
    },
    doubleAnswer: (id: number, text: string, error: string | null) => {
      const waiting = invoked.get(id);
      invoked.delete(id);
      if (error !== null) waiting?.reject(new Error(error));
      else waiting?.resolve(codec.decode(text));
    },
    doublePath: (name: string, size: number, path: string) => paths.set(`${name}\n${size}`, path),
  });
  const electron = refusing("electron", { contextBridge, ipcRenderer, webUtils });
  const module = { exports: {} };
  world.preload(
    (name) => {
      if (name !== "electron") throw new Error(`module not found: ${name}`);
      return electron;
    },
    module,
    module.exports,
  );
}
