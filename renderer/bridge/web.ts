import { socketProtocol, socketTokenPrefix, webPaths } from "../../electron/contracts/bridge-api.ts";
import { decodeFrame, encodeFrame } from "../../electron/contracts/frame.ts";
import type { FromWindow, Place, ToWindow } from "../../electron/contracts/window.ts";
import { BridgeError } from "./error.ts";
import type { Transport, TransportState } from "./transport.ts";

const storageKey = "pureecho-token";
/** Pauses before the socket is opened again, in milliseconds; the last one repeats. */
const pauses = [200, 500, 1000, 2000];

/**
 * Takes the token out of the address bar, so that it stands in no bookmark and no screenshot, and keeps it for this tab
 * and this origin only.
 */
function takeToken(): string | null {
  const address = new URL(window.location.href);
  const given = address.searchParams.get("token");
  if (given !== null) {
    window.sessionStorage.setItem(storageKey, given);
    address.searchParams.delete("token");
    window.history.replaceState(null, "", address.pathname + address.search);
  }
  return window.sessionStorage.getItem(storageKey);
}

/** The transport over the loopback web host: binary frames over a web socket, files by POST. */
export function webTransport(): Transport {
  const token = takeToken();
  const waiting: FromWindow[] = [];
  let socket: WebSocket | null = null;
  let attempts = 0;

  function connect(onMessage: (message: ToWindow) => void, onState: (state: TransportState) => void): void {
    if (token === null) {
      onState("locked");
      return;
    }
    onState("connecting");
    const address = new URL(webPaths.socket, window.location.href);
    address.protocol = "ws:";
    const next = new WebSocket(address, [socketProtocol, socketTokenPrefix + token]);
    next.binaryType = "arraybuffer";
    socket = next;
    next.addEventListener("open", () => {
      attempts = 0;
      onState("open");
      for (const message of waiting.splice(0)) next.send(encodeFrame(message));
    });
    next.addEventListener("message", (event: MessageEvent<ArrayBuffer>) => {
      onMessage(decodeFrame(new Uint8Array(event.data)) as ToWindow);
    });
    next.addEventListener("close", () => {
      onState("closed");
      const pause = pauses[Math.min(attempts, pauses.length - 1)];
      attempts += 1;
      window.setTimeout(() => connect(onMessage, onState), pause);
    });
  }

  async function upload(file: File, group: string): Promise<Place> {
    const address = new URL(webPaths.drop, window.location.href);
    address.searchParams.set("group", group);
    address.searchParams.set("name", file.name);
    const answer = await fetch(address, {
      method: "POST",
      headers: { authorization: `Bearer ${token ?? ""}`, "content-type": "application/octet-stream" },
      body: file,
    });
    if (!answer.ok) {
      const fault: unknown = await answer.json().catch(() => null);
      throw BridgeError.from(fault, `the host refused ${file.name}`);
    }
    return (await answer.json()) as Place;
  }

  return {
    kind: "web",
    send(message) {
      if (socket?.readyState === WebSocket.OPEN) socket.send(encodeFrame(message));
      else waiting.push(message);
    },
    listen: connect,
    async adopt(files, onSent) {
      // Files of one drop share a folder, because a series or a .cfl/.hdr pair is more than one file.
      const random = window.crypto.getRandomValues(new Uint8Array(12));
      const group = [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const places: Place[] = [];
      let sent = 0;
      for (const file of files) {
        places.push(await upload(file, group));
        sent += file.size;
        onSent(sent);
      }
      return places;
    },
    download(handle) {
      const link = document.createElement("a");
      link.href = webPaths.download + handle;
      link.download = "";
      document.body.append(link);
      link.click();
      link.remove();
    },
  };
}
