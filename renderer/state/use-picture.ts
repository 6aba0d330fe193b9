import { useEffect, useRef, useState } from "react";
import type { Fault } from "../../electron/contracts/errors.ts";
import type { Picture } from "../../electron/contracts/operations.ts";
import { BridgeError } from "../bridge/error.ts";
import { words } from "../words/en.ts";
import { useWindow, useWindowStore } from "./context.ts";
import { keyOf, type PictureRequest, sourceOf } from "./pictures.ts";
import type { Tools } from "./store.ts";

export interface ShownPicture {
  /** The picture on the screen; its own slice number is `index`, which may lag behind the one asked for. */
  readonly picture: Picture | null;
  readonly index: number;
  readonly loading: boolean;
  readonly fault: Fault | null;
  retry(): void;
}

interface Held {
  readonly request: PictureRequest;
  readonly picture: Picture;
}

async function load(tools: Tools, request: PictureRequest): Promise<Picture> {
  const key = keyOf(request);
  const kept = tools.cache.get(key);
  if (kept !== null) return kept;
  const picture = await tools.client.ask("picture", request);
  tools.cache.put(key, picture);
  return picture;
}

/**
 * The picture for a request. One question at a time per pane, and the last one asked for wins: fast scrolling ends on
 * exactly the slice it stopped at. A slower picture is shown under its own number, never under another.
 */
export function usePicture(request: PictureRequest | null): ShownPicture {
  const { tools } = useWindowStore();
  const engineStarts = useWindow((state) => state.engineStarts);
  const [held, setHeld] = useState<Held | null>(null);
  const [failed, setFailed] = useState<{ key: string; fault: Fault } | null>(null);
  const [attempt, setAttempt] = useState(0);
  const wanted = useRef<PictureRequest | null>(null);
  const busy = useRef(false);
  const alive = useRef(true);
  const key = request === null ? null : keyOf(request);

  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the request; the other two ask again.
  useEffect(() => {
    wanted.current = request;
    if (request === null || busy.current) return;
    const work = async (): Promise<void> => {
      busy.current = true;
      try {
        for (let next = wanted.current; next !== null && alive.current; ) {
          const current: PictureRequest = next;
          try {
            const picture = await load(tools, current);
            if (alive.current) setHeld({ request: current, picture });
            if (alive.current) setFailed(null);
          } catch (error) {
            const { fault } = BridgeError.from(error, words.codes.INTERNAL);
            if (alive.current) setFailed({ key: keyOf(current), fault });
          }
          const last: PictureRequest | null = wanted.current;
          next = last !== null && keyOf(last) !== keyOf(current) ? last : null;
        }
      } finally {
        busy.current = false;
      }
    };
    void work();
  }, [key, attempt, engineStarts]);

  const kept = key === null ? null : tools.cache.get(key);
  const shown: Held | null =
    request === null
      ? null
      : kept !== null
        ? { request, picture: kept }
        : held !== null && sourceOf(held.request) === sourceOf(request)
          ? held
          : null;
  const right = shown !== null && keyOf(shown.request) === key;
  const fault = !right && failed?.key === key ? failed.fault : null;
  return {
    picture: fault === null ? (shown?.picture ?? null) : null,
    index: shown?.request.index ?? request?.index ?? 0,
    loading: request !== null && !right && fault === null,
    fault,
    retry: () => setAttempt((count) => count + 1),
  };
}

/** Fetches the slices on both sides of the one shown, when nothing else is going on. */
export function usePrefetch(request: PictureRequest | null, slices: number, idle: boolean): void {
  const { tools } = useWindowStore();
  const key = request === null ? null : keyOf(request);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the request.
  useEffect(() => {
    if (request === null || !idle) return;
    const timer = window.setTimeout(async () => {
      for (const index of [request.index + 1, request.index - 1]) {
        if (index >= 0 && index < slices) await load(tools, { ...request, index }).catch(() => undefined);
      }
    }, 60);
    return () => window.clearTimeout(timer);
  }, [key, slices, idle]);
}
