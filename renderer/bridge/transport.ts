import type { FromWindow, Place, ToWindow } from "../../electron/contracts/window.ts";

/** One way of reaching the host: Electron's preload or the web socket. Both carry the same messages. */
export interface Transport {
  readonly kind: "web" | "desktop";
  send(message: FromWindow): void;
  /** At most one listener; called in order of arrival. */
  listen(onMessage: (message: ToWindow) => void, onState: (state: TransportState) => void): void;
  /** Hands files that the user dropped to the host. `onSent` is told the bytes sent so far. */
  adopt(files: readonly File[], onSent: (bytes: number) => void): Promise<Place[]>;
  /** Starts the download of something the host made (web only). */
  download(handle: string): void;
}

/** `locked`: this tab has no token, so that only the address printed at the start can open it. */
export type TransportState = "connecting" | "open" | "closed" | "locked";
