/** What a test may do to the running shell: all that the user and the system do to it, and a look at what it recorded. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { preventable, type WebContentsDouble } from "./contents.ts";
import { app, deliver, doubleOfElectron, session } from "./electron.ts";
import type { SessionDouble } from "./session.ts";
import { state } from "./state.ts";
import { refuseUnsafe, windows } from "./window.ts";

export type Sender = "page" | "frame" | "foreign" | "gone";

function contents(): WebContentsDouble {
  for (const window of windows) return window.webContents;
  throw new Error("there is no window");
}

function quarters(): SessionDouble {
  return session.fromPartition("window");
}

type Answering = (...args: unknown[]) => unknown;

export const commands = {
  state: () => ({
    endpoint: state.browser?.endpoint ?? null,
    browser: state.browser?.pid ?? null,
    url: windows.size > 0 ? contents().mainFrame.url : null,
    windows: [...windows].map(({ _preferences, _shown, _focused }) => ({
      shown: _shown,
      focused: _focused,
      preferences: Object.fromEntries(
        Object.entries(_preferences).filter(([, value]) => typeof value !== "object"),
      ),
    })),
    persistent: windows.size > 0 ? contents().session._persistent : null,
    spellChecker: quarters()._spellChecker,
    recorded: state.recorded,
    outside: state.outside,
    cancelled: state.cancelled,
    prevented: state.prevented,
    sandbox: state.sandboxEnabledBeforeReady,
    schemes: Object.fromEntries(state.schemes),
  }),
  /** The user answers the next dialog. */
  answerDialog: (answer: { canceled: boolean; filePaths: string[] }) => {
    state.dialogAnswers.push(answer);
  },
  /** The user drags files over the window and lets go: real `File` objects reach the page's own handlers. */
  drop: async ({ paths, x, y }: { paths: string[]; x: number; y: number }) => {
    const page = contents();
    for (const path of paths) await page._inWorld("doublePath", basename(path), statSync(path).size, path);
    const data = { items: [], files: paths, dragOperationsMask: 1 };
    for (const type of ["dragEnter", "dragOver", "drop"]) {
      await page._send("Input.dispatchDragEvent", { type, x, y, data });
    }
  },
  evaluate: async (expression: string) => {
    const { result, exceptionDetails } = await contents()._send<{
      result: { value: unknown };
      exceptionDetails?: { exception?: { description?: string } };
    }>("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined)
      throw new Error(exceptionDetails.exception?.description ?? "it threw");
    return result.value ?? null;
  },
  /** A message as from some frame of the page: what a page that was taken over could send. */
  deliver: async (message: { from: Sender; kind: string; channel: string; args: unknown[] }) => {
    const page = contents();
    const top = { url: page.mainFrame.url, parent: null };
    const frames = {
      page: top,
      frame: { url: page.mainFrame.url, parent: top },
      foreign: { url: "https://example.org/", parent: null },
      gone: null,
    } as const;
    return deliver(page, frames[message.from], message);
  },
  /** Asks the handlers of a session, as Chromium does when a page wants something. */
  permission: ({ of, permission }: { of: "window" | "default"; permission: string }) => {
    const { _handlers } = of === "window" ? quarters() : session.defaultSession;
    const handler = (name: string): Answering => {
      const found = _handlers.get(name);
      if (typeof found !== "function") throw new Error(`no handler for ${name}`);
      return found as Answering;
    };
    const answers: Record<string, unknown> = {};
    handler("permissionRequest")(null, permission, (granted: unknown) => (answers.request = granted), {});
    answers.check = handler("permissionCheck")(null, permission, "app://bundle", {});
    answers.device = handler("device")({ deviceType: permission, origin: "app://bundle", device: {} });
    handler("displayMedia")({}, (streams: unknown) => (answers.display = streams));
    return answers;
  },
  /** Tells the page's contents of something and says whether it was prevented. */
  emit: ({ event, url }: { event: string; url: string }) => {
    const told = preventable({ url, isMainFrame: true });
    contents().emit(event, told);
    return told.defaultPrevented;
  },
  /** A page of a session begins a download: says whether it was prevented. */
  download: (of: "window" | "default") => {
    const told = preventable({});
    (of === "window" ? quarters() : session.defaultSession).emit("will-download", told);
    return told.defaultPrevented;
  },
  windowOpen: (url: string) => contents()._openHandler?.({ url }).action ?? "allow",
  passes: (url: string) => quarters()._passes(url, "xhr"),
  /** The shell's answer to an address of its scheme, asked as Chromium asks. */
  fetch: async ({ url, method }: { url: string; method: string }) => {
    const handler = quarters().protocol._handlers.get("app");
    if (handler === undefined) throw new Error("no handler for app");
    const response = await handler({ url, method } as Request);
    return { status: response.status, headers: Object.fromEntries(response.headers) };
  },
  refuses: ({ preferences, packaged }: { preferences: object; packaged: boolean }) => {
    try {
      refuseUnsafe(preferences as Electron.WebPreferences, packaged);
      return null;
    } catch (error) {
      return String(error);
    }
  },
  /** True when the double has a member, so that product code asking for it does not throw. */
  has: ({ name, member }: { name: string; member: string }) => {
    try {
      return Reflect.get((doubleOfElectron as Record<string, object>)[name], member) !== undefined;
    } catch {
      return false;
    }
  },
  crash: async () => {
    // The page is gone before it could answer.
    void contents()
      ._send("Page.crash")
      .catch(() => undefined);
  },
  closeWindow: async () => {
    for (const window of [...windows]) await window._close();
    app.emit("window-all-closed");
  },
} satisfies Record<string, (argument: never) => unknown>;

export type Commands = typeof commands;

process.on("message", (asked: { id: number; name: keyof Commands; argument: never }) => {
  void (async () => {
    try {
      await app.whenReady();
      const value = await commands[asked.name](asked.argument);
      process.send?.({ id: asked.id, value: value ?? null });
    } catch (error) {
      process.send?.({ id: asked.id, error: String(error) });
    }
  })();
});
