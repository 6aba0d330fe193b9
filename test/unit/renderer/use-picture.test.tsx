// @vitest-environment jsdom
import { act, cleanup, renderHook } from "@testing-library/react";
import { createElement, type ReactNode, StrictMode } from "react";
import { afterEach, describe, expect, it } from "vitest";
import type { Picture } from "../../../electron/contracts/operations.ts";
import { BridgeError } from "../../../renderer/bridge/error.ts";
import { StoreContext } from "../../../renderer/state/context.ts";
import type { PictureRequest } from "../../../renderer/state/pictures.ts";
import { createWindowStore, type Tools } from "../../../renderer/state/store.ts";
import { usePicture } from "../../../renderer/state/use-picture.ts";
import { fakePicture } from "../../support/fake-engine.ts";

afterEach(cleanup);

const request = (index: number): PictureRequest => ({
  handle: "d",
  dataset: "x",
  view: "image",
  coil: null,
  index,
});

/** A host that answers when it is told to. */
function slowHost() {
  const open: { index: number; answer(picture: Picture): void; fail(): void }[] = [];
  const client = {
    kind: "web",
    ask: (_operation: string, asked: PictureRequest) =>
      new Promise<Picture>((resolve, reject) => {
        open.push({
          index: asked.index,
          answer: resolve,
          fail: () =>
            reject(
              new BridgeError({ code: "ENGINE_LOST", path: null, where: null, reason: "gone", hint: null }),
            ),
        });
      }),
  } as unknown as Tools["client"];
  const store = createWindowStore(client);
  const wrapper = ({ children }: { children: ReactNode }): ReactNode =>
    createElement(StrictMode, null, createElement(StoreContext, { value: store }, children));
  const hook = renderHook(({ index }) => usePicture(request(index)), { wrapper, initialProps: { index: 0 } });
  const answer = (): Promise<void> =>
    act(async () => {
      const one = open.shift();
      one?.answer(fakePicture(100, one.index));
    });
  return { open, hook, answer, store };
}

/** The slice that a picture of the fake engine is of, by its own values. */
const sliceOf = (picture: Picture | null): number | null =>
  picture === null ? null : Math.floor(picture.data[0] / 100);

describe("picture of a pane", () => {
  it("ends on exactly the slice asked for last, with nothing in the cache", async () => {
    const { open, hook, answer } = slowHost();
    for (const index of [5, 9, 14, 22, 30]) hook.rerender({ index });
    expect(open.map((one) => one.index)).toEqual([0]);
    while (open.length > 0) {
      // Never a picture under another number.
      const { picture, index } = hook.result.current;
      if (picture !== null) expect(sliceOf(picture)).toBe(index);
      await answer();
    }
    expect(sliceOf(hook.result.current.picture)).toBe(30);
    expect(hook.result.current).toMatchObject({ index: 30, loading: false, fault: null });
  });

  it("shows a kept slice at once and a slower one under its own number", async () => {
    const { hook, answer } = slowHost();
    await answer();
    hook.rerender({ index: 7 });
    expect(hook.result.current).toMatchObject({ index: 0, loading: true });
    expect(sliceOf(hook.result.current.picture)).toBe(0);
    await answer();
    hook.rerender({ index: 0 });
    expect(hook.result.current).toMatchObject({ index: 0, loading: false });
  });

  it("says a failure instead of an old picture, and asks again when the engine is back", async () => {
    const { open, hook, answer, store } = slowHost();
    await answer();
    hook.rerender({ index: 1 });
    await act(async () => open.shift()?.fail());
    expect(hook.result.current).toMatchObject({ picture: null, fault: { code: "ENGINE_LOST" } });
    await act(async () => store.api.getState().engineTold({ type: "engine", state: "restarted", text: "" }));
    await answer();
    expect(sliceOf(hook.result.current.picture)).toBe(1);
    expect(hook.result.current.fault).toBeNull();
  });
});
