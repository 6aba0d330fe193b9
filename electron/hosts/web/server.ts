import { createReadStream, existsSync } from "node:fs";
import { realpath, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { webPaths } from "../../contracts/bridge-api.ts";
import { EchoError, faultOf } from "../../engine/base/errors.ts";
import { Desk } from "../desk/desk.ts";
import { securityHeaders } from "../desk/headers.ts";
import { faultForWindow } from "../desk/plain-words.ts";
import { servedFile } from "../desk/served-file.ts";
import type { Engine } from "../engine/client.ts";
import { Drops, dropCapBytes } from "./drop.ts";
import { Gate } from "./gate.ts";
import { Sockets } from "./socket.ts";

export interface WebHostOptions {
  readonly engine: Engine;
  /** Folders that the window may browse. */
  readonly folders: readonly string[];
  /** 0 takes a free port. */
  readonly port?: number;
  readonly dataFolder?: string;
  readonly samplesFolder?: string | null;
  /** The built window; `dist/renderer` of this installation by default. */
  readonly rendererFolder?: string;
  readonly dropCapBytes?: number;
}

export interface WebHost {
  /** Address with this start's token. */
  readonly url: string;
  /** Ends all connections and removes what was dropped and made. */
  close(): Promise<void>;
}

/** A folder of this installation, found upwards from this file: the source and the bundle lie at different depths. */
function installed(...parts: string[]): string | null {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ...parts))) return join(folder, ...parts);
    if (dirname(folder) === folder) return null;
  }
}

function rendererFolderOf(options: WebHostOptions): string {
  const folder = options.rendererFolder ?? installed("dist", "renderer");
  if (folder !== null && existsSync(join(folder, "index.html"))) return folder;
  throw new EchoError("NOT_FOUND", "the window is not built", { hint: "Run `npm run build` first." });
}

async function checkedFolders(folders: readonly string[]): Promise<string[]> {
  const checked: string[] = [];
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => null);
    if (real === null || !(await stat(real)).isDirectory()) {
      throw new EchoError("NOT_FOUND", "is no folder that could be served", { path: folder });
    }
    checked.push(real);
  }
  return checked;
}

/**
 * Serves the window on the loopback interface: its files, one web socket, drops and downloads, and nothing else. Logs
 * nothing, so that no token and no name of a patient can stand in a log.
 *
 * @throws EchoError NOT_FOUND when the window is not built or a folder does not exist, USAGE for a port in use
 */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  const rendererFolder = rendererFolderOf(options);
  const cap = options.dropCapBytes ?? dropCapBytes;
  const desk = new Desk({
    engine: options.engine,
    host: "web",
    dataFolder: options.dataFolder,
    samplesFolder:
      options.samplesFolder === undefined ? installed("assets", "samples") : options.samplesFolder,
    folders: await checkedFolders(options.folders),
    dropCapBytes: cap,
  });
  const gate = new Gate();
  const drops = new Drops(desk, cap);
  const sockets = new Sockets(desk, gate);
  const answer = (request: IncomingMessage, response: ServerResponse): Promise<void> =>
    route({ gate, desk, drops, rendererFolder }, request, response);
  const server = createServer({ maxHeaderSize: 16 * 1024, headersTimeout: 10_000 }, (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  // A drop of the largest size may take longer than Node's five minutes for a request.
  server.requestTimeout = 60 * 60_000;
  server.maxConnections = 128;
  server.on("upgrade", (request, stream, head) => sockets.upgrade(request, stream, head));
  server.on("clientError", (_error, stream) => stream.destroy());
  await new Promise<void>((listening, failed) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      failed(
        new EchoError("USAGE", `the port cannot be used: ${error.code ?? error.message}`, {
          where: "--port",
        }),
      ),
    );
    server.listen(options.port ?? 0, "127.0.0.1", listening);
  });
  gate.at((server.address() as AddressInfo).port);
  return {
    url: gate.url,
    async close() {
      sockets.close();
      const ended = new Promise<void>((done) => server.close(() => done()));
      server.closeAllConnections();
      await ended;
      await desk.close();
    },
  };
}

interface House {
  readonly gate: Gate;
  readonly desk: Desk;
  readonly drops: Drops;
  readonly rendererFolder: string;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    ...securityHeaders,
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(`${text}\n`);
}

async function route(house: House, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { gate } = house;
  const raw = request.url ?? "";
  if (!gate.rightHost(request)) return refuse(response, 403, "This host answers to its own address only.");
  const query = raw.indexOf("?");
  const path = query < 0 ? raw : raw.slice(0, query);
  const parameters = new URLSearchParams(query < 0 ? "" : raw.slice(query));
  if (path === webPaths.drop) return receiveDrop(house, request, response, raw);
  if (request.method !== "GET") return refuse(response, 405, "Only GET is answered here.");
  const enters = path === "/" && gate.holdsToken(parameters.get("token"));
  if (!enters && !gate.holdsCookie(request)) {
    return refuse(
      response,
      403,
      "Open the address that `pureecho serve` printed: it holds this start's key.",
    );
  }
  if (path.startsWith(webPaths.download)) return sendDownload(house, path, response);
  const file = await servedFile(house.rendererFolder, path);
  if (file.status !== 200)
    return refuse(response, file.status, file.status === 403 ? "Refused." : "Not found.");
  response.writeHead(200, {
    ...securityHeaders,
    "content-type": file.type,
    "content-length": file.bytes,
    "cache-control": "no-store",
    ...(enters ? { "set-cookie": gate.cookie } : {}),
  });
  createReadStream(file.path)
    .on("error", () => response.destroy())
    .pipe(response);
}

async function receiveDrop(
  { gate, desk, drops }: House,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
): Promise<void> {
  if (request.method !== "POST") return refuse(response, 405, "Drops are sent with POST.");
  if (!gate.rightOrigin(request) || !gate.holdsCookie(request) || !gate.holdsBearer(request)) {
    return refuse(response, 403, "Refused.");
  }
  const json = (status: number, value: unknown): void => {
    response.writeHead(status, {
      ...securityHeaders,
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      ...(status === 200 ? {} : { connection: "close" }),
    });
    response.end(JSON.stringify(value));
  };
  try {
    json(200, await drops.receive(request, new URL(raw, gate.origin)));
  } catch (error) {
    const fault = faultForWindow(faultOf(error), [desk.dataFolder]);
    json(fault.code === "TOO_LARGE" ? 413 : fault.code === "USAGE" ? 400 : 500, fault);
  }
}

async function sendDownload({ desk }: House, path: string, response: ServerResponse): Promise<void> {
  const entry = desk.takeDownload(path.slice(webPaths.download.length));
  if (entry === null) return refuse(response, 404, "This was fetched already; export again.");
  const { size } = await stat(entry.path);
  response.writeHead(200, {
    ...securityHeaders,
    "content-type": "application/zip",
    "content-length": size,
    "content-disposition": `attachment; filename="${entry.name}"`,
    "cache-control": "no-store",
  });
  const stream = createReadStream(entry.path);
  stream.on("error", () => response.destroy());
  response.on("close", () => void rm(entry.path, { force: true }));
  stream.pipe(response);
}
