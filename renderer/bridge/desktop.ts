import type { PreloadBridge } from "../../electron/contracts/bridge-api.ts";
import type { Transport } from "./transport.ts";

declare global {
  interface Window {
    readonly pureecho?: PreloadBridge;
  }
}

/** The transport over Electron's preload. */
export function desktopTransport(bridge: PreloadBridge): Transport {
  return {
    kind: "desktop",
    send: (message) => bridge.send(message),
    listen(onMessage, onState) {
      bridge.subscribe(onMessage);
      onState("open");
    },
    adopt: (files) => bridge.adopt([...files]),
    download: () => undefined,
  };
}
