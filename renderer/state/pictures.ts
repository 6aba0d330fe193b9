import type { Picture } from "../../electron/contracts/operations.ts";
import type { WindowRequest } from "../../electron/contracts/window.ts";

export type PictureRequest = WindowRequest<"picture">;

export function keyOf(request: PictureRequest): string {
  const { handle, dataset, view, coil, index } = request;
  return [handle, dataset, view, coil, index].join("|");
}

/** Everything of a request but the slice: pictures of one source may stand in for each other while one loads. */
export function sourceOf(request: PictureRequest): string {
  return keyOf({ ...request, index: 0 });
}

/** Slices that were seen, within a budget of bytes; the least recently used goes first. */
export class PictureCache {
  readonly #budget: number;
  readonly #kept = new Map<string, Picture>();
  #bytes = 0;

  constructor(budget = 256 * 1024 * 1024) {
    this.#budget = budget;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Picture | null {
    const picture = this.#kept.get(key);
    if (picture === undefined) return null;
    this.#kept.delete(key);
    this.#kept.set(key, picture);
    return picture;
  }

  put(key: string, picture: Picture): void {
    if (this.#kept.has(key)) return;
    this.#kept.set(key, picture);
    this.#bytes += picture.data.byteLength;
    for (const [oldest, old] of this.#kept) {
      if (this.#bytes <= this.#budget || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= old.data.byteLength;
    }
  }

  /** Frees everything that belongs to a closed dataset or a replaced result. */
  drop(handle: string): void {
    for (const [key, picture] of this.#kept) {
      if (!key.startsWith(`${handle}|`)) continue;
      this.#kept.delete(key);
      this.#bytes -= picture.data.byteLength;
    }
  }
}
