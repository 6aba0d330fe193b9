/**
 * A double of the `electron` module: the parts that the shell uses, checked against Electron's own types, driving a real
 * Chromium. README.md of the tests says what it can and cannot prove.
 */
import { EventEmitter } from "node:events";
import { existsSync, readFileSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Browser } from "./browser.ts";
import { preventable, type WebContentsDouble } from "./contents.ts";
import { ProtocolDouble, SessionDouble } from "./session.ts";
import { record, state } from "./state.ts";
import { type PieceOf, strict } from "./strict.ts";
import { born, WindowDouble, windows } from "./window.ts";

class AppDouble extends EventEmitter implements PieceOf<Electron.App> {
  readonly isPackaged = process.env.DOUBLE_PACKAGED === "1";
  readonly _ready: Promise<void>;
  _paths = new Map<string, string>([["userData", join(tmpdir(), "electron-double")]]);
  _quitting = false;

  constructor() {
    super();
    // As in Electron, `ready` comes once the main script has run.
    this._ready = Browser.start().then((browser) => {
      state.browser = browser;
      state.ready = true;
      this.emit("ready");
    });
  }
  whenReady(): Promise<void> {
    return this._ready;
  }
  enableSandbox(): void {
    if (state.ready) throw new Error("app.enableSandbox() can only be called before app is ready");
    state.sandboxEnabledBeforeReady = true;
  }
  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`setPath: ${path} does not exist`);
    this._paths.set(name, path);
  }
  /** As in Electron one lock for each `userData`; a second start tells the first its arguments. */
  requestSingleInstanceLock(additionalData: Record<string, unknown> = {}): boolean {
    const folder = this._paths.get("userData") ?? "";
    const lock = join(folder, "double.lock");
    if (existsSync(lock)) {
      const second = { argv: process.argv, folder: process.cwd(), data: structuredClone(additionalData) };
      writeFileSync(join(folder, `second-${process.pid}.json`), JSON.stringify(second));
      return false;
    }
    writeFileSync(lock, String(process.pid));
    process.once("exit", () => rmSync(lock, { force: true }));
    watch(folder, (_event, name) => {
      const path = join(folder, name ?? "");
      if (!/^second-\d+\.json$/.test(basename(path)) || !existsSync(path)) return;
      const text = readFileSync(path, "utf8");
      if (text === "") return;
      rmSync(path);
      const second = JSON.parse(text) as { argv: string[]; folder: string; data: unknown };
      this.emit("second-instance", preventable({}), second.argv, second.folder, second.data);
    }).unref();
    return true;
  }
  quit(): void {
    void this._quit();
  }
  async _quit(): Promise<void> {
    const event = preventable({});
    for (const window of [...windows]) await window._close();
    this.emit("will-quit", event);
    if (event.defaultPrevented) return;
    this.exit(0);
  }
  exit(code = 0): void {
    process.exit(code);
  }
}

const defaultSession = strict("session", new SessionDouble(true));
const partitions = new Map<string, SessionDouble>();

export const session = strict("session", {
  get defaultSession() {
    return defaultSession;
  },
  fromPartition(name: string) {
    if (!state.ready) throw new Error("Session can only be received when app is ready");
    const known = partitions.get(name);
    if (known !== undefined) return known;
    const made = strict("session", new SessionDouble(name.startsWith("persist:")));
    partitions.set(name, made);
    app.emit("session-created", made);
    return made;
  },
} satisfies PieceOf<typeof Electron.session>);

export const app = strict("app", new AppDouble());

type Listener = (event: object, ...args: unknown[]) => unknown;
const handlers = new Map<string, Listener>();
class IpcMainDouble extends EventEmitter implements PieceOf<Electron.IpcMain> {
  handle(channel: string, listener: Parameters<Electron.IpcMain["handle"]>[1]): void {
    if (handlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    handlers.set(channel, listener as Listener);
  }
}
export const ipcMain = strict("ipcMain", new IpcMainDouble());

/** Gives a message of a page to the product, as from `senderFrame`. */
export async function deliver(
  contents: WebContentsDouble,
  senderFrame: { url: string; parent: unknown } | null,
  message: { kind: string; channel: string; args: unknown[] },
): Promise<{ value: unknown; error: string | null }> {
  const event = strict("event", { sender: contents, senderFrame });
  if (message.kind === "send") {
    ipcMain.emit(message.channel, event, ...message.args);
    return { value: null, error: null };
  }
  const prefix = `Error invoking remote method '${message.channel}': `;
  const handler = handlers.get(message.channel);
  if (handler === undefined) return { value: null, error: `${prefix}Error: No handler registered` };
  try {
    return { value: await handler(event, ...message.args), error: null };
  } catch (error) {
    return { value: null, error: `${prefix}${String(error)}` };
  }
}

born.isPackaged = app.isPackaged;
born.contents = (made) => {
  made._ipc = (message) => {
    void deliver(made, made.mainFrame, message).then(({ value, error }) => {
      if (message.id !== undefined) made._reply(message.id, value, error);
    });
  };
  app.emit("web-contents-created", preventable({}), made);
};

export const protocol = strict("protocol", new ProtocolDouble());

export const dialog = strict("dialog", {
  async showOpenDialog(_window: Electron.BaseWindow, options: Electron.OpenDialogOptions) {
    record("dialog.showOpenDialog", options);
    return state.dialogAnswers.shift() ?? { canceled: true, filePaths: [] };
  },
  showErrorBox(title: string, content: string) {
    record("dialog.showErrorBox", title, content);
    // What the user is shown last, in a program that may end right after it.
    process.stderr.write(`${title}: ${content}\n`);
  },
} satisfies Record<string, unknown> & { [K in keyof Electron.Dialog]?: unknown });

export const Menu = strict("Menu", {
  setApplicationMenu: (menu: unknown) => record("Menu.setApplicationMenu", menu),
  buildFromTemplate: (template: unknown) => ({ template }),
} satisfies PieceOf<typeof Electron.Menu>);

export const shell = strict("shell", {
  async openExternal(url: string) {
    record("shell.openExternal", url);
  },
} satisfies PieceOf<Electron.Shell>);

/** The names that product code can import; a name that is missing here fails when the module is linked. */
export { WindowDouble as BrowserWindow };
export const doubleOfElectron = {
  app,
  BrowserWindow: WindowDouble,
  dialog,
  ipcMain,
  Menu,
  protocol,
  session,
  shell,
} satisfies { [K in keyof typeof Electron]?: unknown };
