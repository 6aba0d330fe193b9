import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

type Listener = (method: string, params: Record<string, unknown>, session: string | undefined) => void;

/** A real Chromium, driven over its own debugging protocol, so that a test's Playwright can look at the same pages. */
export class Browser {
  readonly endpoint: string;
  readonly pid: number;
  readonly listeners = new Set<Listener>();
  #socket: WebSocket;
  #next = 1;
  #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();

  private constructor(pid: number, endpoint: string, socket: WebSocket) {
    this.endpoint = endpoint;
    this.pid = pid;
    this.#socket = socket;
    socket.addEventListener("message", (event) => this.#take(String(event.data)));
  }

  static async start(): Promise<Browser> {
    const profile = process.env.DOUBLE_PROFILE;
    if (profile === undefined) throw new Error("DOUBLE_PROFILE names no folder for the browser");
    const child = spawn(
      process.env.PUREECHO_CHROMIUM ?? "chromium",
      [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--window-size=1440,900",
        // Nothing outside can be reached, whatever the page tries.
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile}`,
        "about:blank",
      ],
      { stdio: "ignore" },
    );
    // A program may end before its browser has started, as a second instance does.
    process.once("exit", () => child.kill("SIGKILL"));
    const told = join(profile, "DevToolsActivePort");
    for (let tries = 0; !existsSync(told) || readFileSync(told, "utf8").split("\n").length < 2; tries++) {
      if (child.exitCode !== null || tries > 600) throw new Error("Chromium did not start");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const [port, path] = readFileSync(told, "utf8").split("\n");
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    return new Browser(child.pid ?? 0, `http://127.0.0.1:${port}`, socket);
  }

  #take(text: string): void {
    const message = JSON.parse(text) as {
      id?: number;
      method?: string;
      params?: Record<string, unknown>;
      result?: unknown;
      error?: { message: string };
      sessionId?: string;
    };
    if (message.method !== undefined) {
      for (const listener of this.listeners)
        listener(message.method, message.params ?? {}, message.sessionId);
      return;
    }
    const waiting = this.#waiting.get(message.id ?? 0);
    this.#waiting.delete(message.id ?? 0);
    if (message.error !== undefined) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result as never);
  }

  send<T = unknown>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = this.#next++;
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: never) => void, reject });
    });
  }
}
