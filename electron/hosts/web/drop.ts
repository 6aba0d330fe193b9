import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Place } from "../../contracts/window.ts";
import { EchoError } from "../../engine/base/errors.ts";
import type { Desk } from "../desk/desk.ts";

/** Bytes that may be dropped into one start of the web host, all files together. */
export const dropCapBytes = 2 * 1024 ** 3;
/** Files of one drop: one folder of them, as a DICOM series has many. */
const dropCapFiles = 10_000;

const group = /^[0-9a-f]{24}$/;

/** The last part of a name, without anything a file system or a terminal could take for more than a letter. */
export function droppedName(given: string): string {
  const last = given.split(/[\\/]/).at(-1) ?? "";
  const plain = last
    .normalize("NFC")
    .replaceAll(/[\p{C}<>:"|?*]/gu, "_")
    .replace(/^[.\s]+/, "")
    .replace(/[.\s]+$/, "");
  return plain === "" ? "file" : plain.slice(-120);
}

/** Files that a browser hands over: copied below the data folder under a cap, removed when the host ends. */
export class Drops {
  readonly #desk: Desk;
  readonly #capBytes: number;
  readonly #names = new Map<string, Set<string>>();
  #bytes = 0;
  #files = 0;

  constructor(desk: Desk, capBytes: number = dropCapBytes) {
    this.#desk = desk;
    this.#capBytes = capBytes;
  }

  /** @throws EchoError USAGE, TOO_LARGE, WRITE_FAILED; nothing of the file is kept then. */
  async receive(request: IncomingMessage, address: URL): Promise<Place> {
    const groupName = address.searchParams.get("group") ?? "";
    if (!group.test(groupName)) throw new EchoError("USAGE", "the drop has no group");
    const name = this.#fresh(groupName, droppedName(address.searchParams.get("name") ?? ""));
    const tooLarge = (): EchoError =>
      new EchoError("TOO_LARGE", `more than ${formatBytes(this.#capBytes)} were dropped into this host`, {
        path: name,
        hint: "Start `pureecho serve FOLDER` with the folder that holds the files, or use the command line.",
      });
    const declared = Number(request.headers["content-length"] ?? 0);
    if (declared > this.#capBytes - this.#bytes || this.#files >= dropCapFiles) throw tooLarge();
    const folder = await this.#desk.ownFolder("drops", groupName);
    const target = join(folder, name);
    const counter = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        this.#bytes += chunk.length;
        if (this.#bytes > this.#capBytes) done(tooLarge());
        else done(null, chunk);
      },
    });
    try {
      await pipeline(request, counter, createWriteStream(target, { mode: 0o600, flags: "wx" }));
    } catch (error) {
      await rm(target, { force: true });
      if (error instanceof EchoError) throw error;
      throw new EchoError("WRITE_FAILED", "the dropped file could not be kept", { path: name, cause: error });
    }
    this.#files += 1;
    const [place] = await this.#desk.adopt([target]);
    return place;
  }

  #fresh(groupName: string, name: string): string {
    const used = this.#names.get(groupName) ?? new Set<string>();
    this.#names.set(groupName, used);
    let fresh = name;
    for (let i = 2; used.has(fresh.toLowerCase()); i++) fresh = `${i}-${name}`;
    used.add(fresh.toLowerCase());
    return fresh;
  }
}

function formatBytes(bytes: number): string {
  return bytes >= 1024 ** 3 ? `${bytes / 1024 ** 3} GiB` : `${Math.round(bytes / 1024)} KiB`;
}
