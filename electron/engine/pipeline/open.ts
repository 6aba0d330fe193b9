import { stat } from "node:fs/promises";
import type { ErrorCode } from "../../contracts/errors.ts";
import { EchoError } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { openPaths } from "../read/index.ts";
import type { Opened } from "../read/reader.ts";

/** How many inputs stay open (headers only; samples are read when asked for). */
const kept = 16;

/**
 * Opens inputs and keeps their headers, so that scrolling does not read a folder again. An input is opened anew when
 * its size or time has changed.
 */
export class OpenInputs {
  readonly #opened = new Map<string, { stamp: string; opened: Promise<Opened> }>();

  async open(path: string, signal?: AbortSignal): Promise<Opened> {
    const stamp = await stampOf(path);
    const known = this.#opened.get(path);
    if (known !== undefined && known.stamp === stamp) {
      this.#opened.delete(path);
      this.#opened.set(path, known);
      return known.opened;
    }
    const opened = openPaths([path], signal);
    this.#opened.set(path, { stamp, opened });
    opened.catch(() => this.#opened.delete(path));
    for (const oldest of this.#opened.keys()) {
      if (this.#opened.size <= kept) break;
      this.#opened.delete(oldest);
    }
    return opened;
  }

  /**
   * The dataset `id` of an input, or its only one.
   *
   * @throws EchoError the refusal when nothing opened, AMBIGUOUS with the ids when there are several, NOT_FOUND.
   */
  async dataset(path: string, id: string | null, signal?: AbortSignal): Promise<Dataset> {
    const { datasets, refused } = await this.open(path, signal);
    if (datasets.length === 0) {
      const first = refused[0];
      if (first === undefined) throw new EchoError("NOT_FOUND", "holds no file", { path });
      if (refused.length > 1) {
        throw new EchoError(first.code as ErrorCode, `holds no scan; ${refused.length} files were refused`, {
          path,
          hint: `The first is ${first.path}: ${first.reason}. pureecho inspect lists them all.`,
        });
      }
      throw new EchoError(first.code as ErrorCode, first.reason, { path: first.path, where: first.where });
    }
    const ids = datasets.map((one) => `${one.id} (${one.title})`).join(", ");
    if (id === null) {
      if (datasets.length === 1) return datasets[0];
      throw new EchoError("AMBIGUOUS", `holds ${datasets.length} datasets: ${ids}`, {
        path,
        hint: "Choose one with --dataset ID.",
      });
    }
    const found = datasets.find((one) => one.id === id);
    if (found === undefined)
      throw new EchoError("NOT_FOUND", `has no dataset ${id}; it holds ${ids}`, { path });
    return found;
  }
}

async function stampOf(path: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return sha256(`${mtimeMs} ${size} ${ino}`);
  } catch (error) {
    throw new EchoError("NOT_FOUND", "there is no such file or folder", { path, cause: error });
  }
}
