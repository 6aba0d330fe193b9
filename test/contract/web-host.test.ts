import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { socketProtocol, socketTokenPrefix } from "../../electron/contracts/bridge-api.ts";
import { decodeFrame, encodeFrame } from "../../electron/contracts/frame.ts";
import { type Place, type ToWindow, toWindowSchema } from "../../electron/contracts/window.ts";
import { droppedName } from "../../electron/hosts/web/drop.ts";
import { startWebHost, type WebHost } from "../../electron/hosts/web/server.ts";
import { messageLimitBytes } from "../../electron/hosts/web/socket.ts";
import { FakeEngine, fakeSummary, fileIn } from "../support/fake-engine.ts";

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

let folder: string;
let engine: FakeEngine;
let host: WebHost;
let url: URL;
let token: string;
let cookie: string;

/** A bare request: Host and every other header are ours to set, the path goes out as it stands. */
function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string; host?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: "127.0.0.1",
        port: url.port,
        path,
        method: options.method ?? "GET",
        headers: { host: options.host ?? url.host, ...options.headers },
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          body += text;
        });
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        );
      },
    );
    request.on("error", reject);
    request.end(options.body);
  });
}

const signed = (more: Record<string, string> = {}): Record<string, string> => ({ cookie, ...more });

function openSocket(
  over: { origin?: string; headers?: Record<string, string>; protocols?: string[]; path?: string } = {},
): Promise<WebSocket> {
  const socket = new WebSocket(
    `ws://${url.host}${over.path ?? "/socket"}`,
    over.protocols ?? [socketProtocol, socketTokenPrefix + token],
    { origin: over.origin ?? url.origin, headers: over.headers ?? { cookie } },
  );
  return new Promise((resolve, reject) => {
    socket.on("open", () => resolve(socket));
    socket.on("error", reject);
  });
}

function answerTo(socket: WebSocket, id: number): Promise<ToWindow> {
  return new Promise((resolve) => {
    socket.on("message", (data: Buffer) => {
      const message = toWindowSchema.parse(decodeFrame(data));
      if ("id" in message && message.id === id) resolve(message);
    });
  });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "web-host-"));
  await fileIn(folder, "window/index.html", "<!doctype html><title>PureEcho</title>");
  await fileIn(folder, "window/assets/index-1.js", "'use strict'");
  await fileIn(folder, "window/assets/notes.txt", "not served");
  await fileIn(folder, "window/.secret.js", "secret");
  await fileIn(folder, "outside.js", "outside");
  symlinkSync(join(folder, "outside.js"), join(folder, "window/assets/link.js"));
  engine = new FakeEngine({
    inspect: async ({ paths }) => ({ datasets: paths.map((path) => fakeSummary(path)), refused: [] }),
  });
  host = await startWebHost({
    engine,
    folders: [],
    dataFolder: join(folder, "data"),
    samplesFolder: null,
    rendererFolder: join(folder, "window"),
    dropCapBytes: 1000,
  });
  url = new URL(host.url);
  token = url.searchParams.get("token") ?? "";
  const first = await ask(`/?token=${token}`);
  cookie = (first.headers["set-cookie"]?.[0] ?? "").split(";")[0];
});

afterEach(async () => {
  await host.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("web host: who comes in", () => {
  it("security line 18 (W): binds 127.0.0.1 only, on a port and with a token of this start", async () => {
    expect(url.hostname).toBe("127.0.0.1");
    expect(token).toMatch(/^[0-9a-f]{48}$/);
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one !== undefined && one.family === "IPv4" && !one.internal);
    for (const other of others) {
      await expect(fetch(`http://${other?.address}:${url.port}/`)).rejects.toThrow();
    }
    const second = await startWebHost({
      engine,
      folders: [],
      dataFolder: join(folder, "data"),
      samplesFolder: null,
      rendererFolder: join(folder, "window"),
    });
    expect(new URL(second.url).port).not.toBe(url.port);
    expect(new URL(second.url).searchParams.get("token")).not.toBe(token);
    await second.close();
  });

  it("security line 18 (W): wants the token once and the cookie afterwards", async () => {
    expect((await ask("/")).status).toBe(403);
    expect((await ask("/?token=")).status).toBe(403);
    expect((await ask(`/?token=${"0".repeat(48)}`)).status).toBe(403);
    expect((await ask(`/assets/index-1.js?token=${token}`)).status).toBe(403);
    expect((await ask("/assets/index-1.js", { headers: { cookie: `${cookie}0` } })).status).toBe(403);
    const entered = await ask(`/?token=${token}`);
    expect(entered.status).toBe(200);
    expect(entered.headers["set-cookie"]?.[0]).toMatch(
      /^pureecho-\d+=[0-9a-f]{48}; HttpOnly; SameSite=Strict; Path=\/$/,
    );
    expect(entered.headers["set-cookie"]?.[0]).not.toContain(token);
    expect((await ask("/assets/index-1.js", { headers: signed() })).body).toBe("'use strict'");
  });

  it("security line 18 (W): refuses another Host (DNS rebinding), also with every key", async () => {
    for (const other of ["evil.example", `evil.example:${url.port}`, `localhost:${url.port}`, "127.0.0.1"]) {
      expect((await ask(`/?token=${token}`, { host: other })).status, other).toBeGreaterThanOrEqual(400);
      expect((await ask("/", { host: other, headers: signed() })).status, other).toBeGreaterThanOrEqual(400);
    }
  });

  it("security line 18 (W): opens the web socket to its own page alone", async () => {
    const socket = await openSocket();
    const answer = answerTo(socket, 3);
    socket.send(encodeFrame({ type: "ask", id: 3, operation: "welcome", request: {} }));
    expect(await answer).toMatchObject({ type: "answer", response: { host: "web", dropCapBytes: 1000 } });
    socket.close();
    await expect(openSocket({ origin: "https://evil.example" })).rejects.toThrow("403");
    await expect(openSocket({ origin: `http://localhost:${url.port}` })).rejects.toThrow("403");
    await expect(openSocket({ headers: {} })).rejects.toThrow("403");
    await expect(openSocket({ headers: { cookie, host: "evil.example" } })).rejects.toThrow("403");
    await expect(openSocket({ protocols: [socketProtocol] })).rejects.toThrow("403");
    await expect(openSocket({ protocols: [socketProtocol, `${socketTokenPrefix}00`] })).rejects.toThrow(
      "403",
    );
    await expect(openSocket({ path: "/" })).rejects.toThrow("403");
  });

  it("security line 18 (W): closes a socket that sends too much or no frame, and lives on", async () => {
    const closed = (socket: WebSocket): Promise<number> =>
      new Promise((resolve) => socket.on("close", (code) => resolve(code)));
    const large = await openSocket();
    const tooBig = closed(large);
    large.send(new Uint8Array(messageLimitBytes + 1));
    expect(await tooBig).toBe(1009);
    for (const bad of ["text", new Uint8Array([1, 2]), new Uint8Array([255, 255, 255, 255, 0, 0])]) {
      const socket = await openSocket();
      const end = closed(socket);
      socket.send(bad);
      expect(await end).toBe(1003);
    }
    (await openSocket()).close();
  });
});

describe("web host: what goes out", () => {
  it("security lines 4 and 18 (W): puts the policy on every answer and allows no other origin", async () => {
    const answers = [
      await ask(`/?token=${token}`),
      await ask("/assets/index-1.js", { headers: signed({ origin: "https://evil.example" }) }),
      await ask("/nothing.js", { headers: signed() }),
      await ask("/"),
      await ask("/", { method: "POST", headers: signed() }),
    ];
    expect(answers.map((one) => one.status)).toEqual([200, 200, 404, 403, 405]);
    for (const { headers } of answers) {
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
          "worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
      );
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["referrer-policy"]).toBe("no-referrer");
      expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(headers["cache-control"]).toBe("no-store");
    }
  });

  it("security line 18 (W): answers GET alone, and POST for drops alone", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]) {
      expect((await ask("/", { method, headers: signed() })).status, method).toBe(405);
    }
    for (const method of ["GET", "PUT", "OPTIONS"]) {
      expect((await ask("/drop", { method, headers: signed() })).status, method).toBe(405);
    }
  });

  it("security line 5 (W): serves nothing but the window's own files", async () => {
    const tries = [
      "/../outside.js",
      "/assets/../../outside.js",
      "/assets/%2e%2e/%2e%2e/outside.js",
      "/assets/..%2f..%2foutside.js",
      "/assets\\..\\..\\outside.js",
      "/assets%5c..%5coutside.js",
      "/assets/index-1.js%00.html",
      "//etc/passwd",
      "/%2fetc/passwd",
      "/.secret.js",
      "/assets/link.js",
      "/assets/notes.txt",
      "/assets",
      "/%",
      "http://evil.example/",
    ];
    for (const path of tries) {
      const answer = await ask(path, { headers: signed() });
      expect([403, 404], path).toContain(answer.status);
      expect(answer.body, path).not.toContain("outside");
    }
    expect((await ask("/index.html", { headers: signed() })).headers["content-type"]).toBe(
      "text/html; charset=utf-8",
    );
    expect((await ask("/assets/index-1.js", { headers: signed() })).headers["content-type"]).toBe(
      "text/javascript; charset=utf-8",
    );
  });

  it("security line 16 (W): prints nothing: no token and no name can stand in a log", async () => {
    const printed: string[] = [];
    const keep = (text: unknown): boolean => {
      printed.push(String(text));
      return true;
    };
    const spies = [
      vi.spyOn(process.stdout, "write").mockImplementation(keep),
      vi.spyOn(process.stderr, "write").mockImplementation(keep),
      vi.spyOn(console, "log").mockImplementation(keep),
      vi.spyOn(console, "error").mockImplementation(keep),
    ];
    await ask(`/?token=${token}`);
    await ask("/%");
    await openSocket({ origin: "https://evil.example" }).catch(() => undefined);
    for (const spy of spies) spy.mockRestore();
    expect(printed).toEqual([]);
  });
});

describe("web host: drops", () => {
  const group = "a".repeat(24);
  const drop = (name: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(`/drop?group=${group}&name=${encodeURIComponent(name)}`, {
      method: "POST",
      headers: signed({ origin: url.origin, authorization: `Bearer ${token}`, ...headers }),
      body,
    });

  it("security lines 11 and 16 (W): keeps a file under a plain name in a private folder, until the host ends", async () => {
    const answer = await drop("../../etc/scan one.h5", "abc");
    expect(answer.status).toBe(200);
    const place = JSON.parse(answer.body) as Place;
    expect(place).toMatchObject({ name: "scan one.h5", kind: "file" });
    expect(answer.body).not.toContain(folder);
    const kept = join(folder, "data", "drops", group, "scan one.h5");
    expect(await readFile(kept, "utf8")).toBe("abc");
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    const twin = JSON.parse((await drop("SCAN ONE.h5", "def")).body) as Place;
    expect(twin.name).toBe("2-SCAN ONE.h5");
    const socket = await openSocket();
    const opened = answerTo(socket, 1);
    socket.send(encodeFrame({ type: "ask", id: 1, operation: "open", request: { handles: [place.handle] } }));
    expect(await opened).toMatchObject({
      type: "answer",
      response: { datasets: [{ files: ["scan one.h5"] }] },
    });
    expect(engine.asked.at(-1)?.request).toEqual({ paths: [kept] });
    await host.close();
    expect(readdirSync(join(folder, "data", "drops"))).toEqual([]);
  });

  it("security line 18 (W): wants the token, the cookie and its own page", async () => {
    expect((await drop("a", "x", { authorization: "" })).status).toBe(403);
    expect((await drop("a", "x", { authorization: `Bearer ${"0".repeat(48)}` })).status).toBe(403);
    expect((await drop("a", "x", { cookie: "" })).status).toBe(403);
    expect((await drop("a", "x", { origin: "https://evil.example" })).status).toBe(403);
    expect((await drop("a", "x", { host: "evil.example" })).status).toBe(403);
    const noGroup = await ask("/drop?group=..&name=a", {
      method: "POST",
      headers: signed({ origin: url.origin, authorization: `Bearer ${token}` }),
      body: "x",
    });
    expect(noGroup.status).toBe(400);
  });

  it("security line 18 (W): stops at its cap, whatever length is declared, and keeps nothing of it", async () => {
    expect((await drop("a", "x".repeat(600))).status).toBe(200);
    const over = await drop("b", "x".repeat(600));
    expect(over.status).toBe(413);
    expect(JSON.parse(over.body)).toMatchObject({ code: "TOO_LARGE", path: "b" });
    expect((await drop("c", "x".repeat(600), { "transfer-encoding": "chunked" })).status).toBe(413);
    await expect.poll(() => readdirSync(join(folder, "data", "drops", group))).toEqual(["a"]);
  });

  it("makes plain names", () => {
    expect(droppedName("C:\\scans\\a.dcm")).toBe("a.dcm");
    expect(droppedName("..")).toBe("file");
    expect(droppedName(".bashrc")).toBe("bashrc");
    expect(droppedName("a\u0000b\u202ec\n.dcm")).toBe("a_b_c_.dcm");
    expect(droppedName(`${"x".repeat(400)}.dcm`)).toHaveLength(120);
  });
});

describe("web host: start", () => {
  it("says what is missing", async () => {
    const options = { engine, dataFolder: join(folder, "data"), samplesFolder: null };
    await expect(startWebHost({ ...options, folders: [], rendererFolder: folder })).rejects.toMatchObject({
      fault: { code: "NOT_FOUND", hint: expect.stringContaining("npm run build") },
    });
    const rendererFolder = join(folder, "window");
    await expect(
      startWebHost({ ...options, rendererFolder, folders: [join(folder, "no")] }),
    ).rejects.toMatchObject({
      fault: { code: "NOT_FOUND" },
    });
    await expect(
      startWebHost({ ...options, rendererFolder, folders: [], port: Number(url.port) }),
    ).rejects.toMatchObject({ fault: { code: "USAGE", where: "--port" } });
  });
});
