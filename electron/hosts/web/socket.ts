import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { socketProtocol, webPaths } from "../../contracts/bridge-api.ts";
import { decodeFrame, encodeFrame } from "../../contracts/frame.ts";
import type { Desk, Send } from "../desk/desk.ts";
import type { Gate } from "./gate.ts";

/** Largest message a window may send: room for the handles of the largest drop. */
export const messageLimitBytes = 1024 * 1024;
/** Windows open at a time. */
const windowLimit = 16;
/** Previews are left out while this much waits to be sent. */
const backlogBytes = 32 * 1024 * 1024;

/** The windows' end of the web socket: one connection is one window of the desk. */
export class Sockets {
  readonly #desk: Desk;
  readonly #gate: Gate;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: messageLimitBytes,
    perMessageDeflate: false,
    handleProtocols: () => socketProtocol,
  });

  constructor(desk: Desk, gate: Gate) {
    this.#desk = desk;
    this.#gate = gate;
  }

  /** Answers an upgrade: host, origin, cookie and token must all be right before there is a socket at all. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const gate = this.#gate;
    const welcome =
      request.url === webPaths.socket &&
      gate.rightHost(request) &&
      gate.rightOrigin(request) &&
      gate.holdsCookie(request) &&
      gate.holdsSocketToken(request) &&
      this.#server.clients.size < windowLimit;
    if (!welcome) {
      stream.on("error", () => undefined);
      stream.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => this.#serve(socket));
  }

  close(): void {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
  }

  #serve(socket: WebSocket): void {
    const send: Send = (message) => {
      if (socket.readyState !== socket.OPEN) return;
      const preview = message.type === "event" && message.event.kind === "preview";
      if (preview && socket.bufferedAmount > backlogBytes) return;
      socket.send(encodeFrame(message));
    };
    const leave = this.#desk.watch(send);
    socket.on("close", leave);
    // A protocol error closes the socket by itself; without a listener it would end the process.
    socket.on("error", () => undefined);
    socket.on("message", (data, binary) => {
      const message = binary && Buffer.isBuffer(data) ? decoded(data) : null;
      if (message === null) socket.close(1003, "not a frame of this protocol");
      else void this.#desk.handle(message, send);
    });
  }
}

function decoded(data: Buffer): unknown {
  try {
    return decodeFrame(data);
  } catch {
    return null;
  }
}
