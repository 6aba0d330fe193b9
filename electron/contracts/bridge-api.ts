import type { FromWindow, Place, ToWindow } from "./window.ts";

/**
 * What Electron's preload puts into the window as `window.pureecho`, and nothing else: a frozen object with exactly these
 * functions. Messages cross as structured clones (typed arrays stay typed arrays). Neither an IPC object nor an
 * event object passes through.
 */
export interface PreloadBridge {
  /** Sends one message to the main process, where `Desk.handle` validates and answers it. */
  send(message: FromWindow): void;
  /** Calls `listener` for every message from the main process; the returned function ends that. */
  subscribe(listener: (message: ToWindow) => void): () => void;
  /**
   * Gives dropped files to the main process by their paths (`webUtils.getPathForFile` inside the preload, so that no path
   * is ever seen by the page) and returns the handles made for them. Folders are files here as well.
   */
  adopt(files: File[]): Promise<Place[]>;
}

/** Key set of the exposed object; tests compare the real one with it. */
export const preloadBridgeKeys = ["adopt", "send", "subscribe"] as const satisfies (keyof PreloadBridge)[];

/** Name of the property of `window`. */
export const preloadBridgeName = "pureecho";

/** Sub-protocols of the web socket: the first names the protocol, the second carries the token after its prefix. */
export const socketProtocol = "pureecho.1";
export const socketTokenPrefix = "token.";
/** Addresses of the web host that the window uses beside its own files. */
export const webPaths = { socket: "/socket", drop: "/drop", download: "/download/" } as const;
