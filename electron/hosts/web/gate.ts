import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { socketProtocol, socketTokenPrefix } from "../../contracts/bridge-api.ts";

function equal(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/**
 * Decides who may come in. Two keys are made for every start: the token, which stands in the address and is sent again
 * with every act (web socket, drop); and a cookie that only lets the window's own files be loaded. A cookie is shared by
 * all ports of 127.0.0.1, so that another local server may see it: it must not be enough to reach data.
 */
export class Gate {
  readonly token = randomBytes(24).toString("hex");
  readonly #session = randomBytes(24).toString("hex");
  #port = 0;

  /** To be called once the port is known. */
  at(port: number): void {
    this.#port = port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get url(): string {
    return `${this.origin}/?token=${this.token}`;
  }

  get cookie(): string {
    return `pureecho-${this.#port}=${this.#session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** A name that resolves to 127.0.0.1 on somebody else's page (DNS rebinding) shows in the Host header. */
  rightHost(request: IncomingMessage): boolean {
    return request.headers.host === `127.0.0.1:${this.#port}`;
  }

  rightOrigin(request: IncomingMessage): boolean {
    return request.headers.origin === this.origin;
  }

  holdsToken(given: string | null): boolean {
    return given !== null && equal(given, this.token);
  }

  holdsCookie(request: IncomingMessage): boolean {
    const prefix = `pureecho-${this.#port}=`;
    const found = (request.headers.cookie ?? "")
      .split(";")
      .map((one) => one.trim())
      .find((one) => one.startsWith(prefix));
    return found !== undefined && equal(found.slice(prefix.length), this.#session);
  }

  holdsBearer(request: IncomingMessage): boolean {
    const header = request.headers.authorization ?? "";
    return header.startsWith("Bearer ") && this.holdsToken(header.slice("Bearer ".length));
  }

  /** The web socket's key comes as its second sub-protocol, because a page cannot set other headers on one. */
  holdsSocketToken(request: IncomingMessage): boolean {
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
    const token = offered.find((one) => one.startsWith(socketTokenPrefix));
    return (
      offered.includes(socketProtocol) &&
      token !== undefined &&
      this.holdsToken(token.slice(socketTokenPrefix.length))
    );
  }
}
