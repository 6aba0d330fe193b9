import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { WebContentsDouble } from "./contents.ts";
import { safePreferences } from "./safe-preferences.ts";
import { SessionDouble } from "./session.ts";
import { state } from "./state.ts";
import { type Invented, type None, type PieceOf, strict } from "./strict.ts";

/** @throws Error for every preference that is not stated as it must be. */
export function refuseUnsafe(preferences: Electron.WebPreferences, isPackaged: boolean): void {
  for (const [name, value] of Object.entries(safePreferences)) {
    if (preferences[name as keyof Electron.WebPreferences] !== value) {
      throw new Error(`unsafe webPreferences: ${name} must be stated as ${value}`);
    }
  }
  for (const name of ["enableBlinkFeatures", "disableBlinkFeatures", "additionalArguments"]) {
    if (name in preferences) throw new Error(`unsafe webPreferences: ${name} is set`);
  }
  if (isPackaged && preferences.devTools !== false)
    throw new Error("unsafe webPreferences: devTools in a package");
}

/** Where new pages are told of: the application, which is made after this class. */
export const born: { contents: (made: WebContentsDouble) => void; isPackaged: boolean } = {
  contents: () => undefined,
  isPackaged: false,
};
export const windows = new Set<WindowDouble>();

export class WindowDouble extends EventEmitter implements PieceOf<Electron.BrowserWindow> {
  readonly webContents: WebContentsDouble;
  readonly _preferences: Electron.WebPreferences;
  readonly _attached: Promise<void>;
  _shown = false;
  _focused = 0;
  _closed = false;

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    if (!state.ready || state.browser === null)
      throw new Error("Cannot create BrowserWindow before app is ready");
    const preferences = options.webPreferences ?? {};
    refuseUnsafe(preferences, born.isPackaged);
    const session: unknown = preferences.session;
    if (!(session instanceof SessionDouble)) throw new Error("the double needs a session in webPreferences");
    this._preferences = preferences;
    const preload = readFileSync(preferences.preload ?? "", "utf8");
    this.webContents = strict("webContents", new WebContentsDouble(state.browser, session, preload));
    born.contents(this.webContents);
    this._attached = this.webContents._attach();
    this.webContents.once("did-finish-load", () => this.emit("ready-to-show"));
    const made = strict("BrowserWindow", this);
    windows.add(made);
    // biome-ignore lint/correctness/noConstructorReturn: the strict face of this very object
    return made;
  }

  show(): void {
    this._shown = true;
  }
  focus(): void {
    this._focused++;
  }
  isMinimized(): boolean {
    return false;
  }
  restore(): void {}
  isDestroyed(): boolean {
    return this._closed;
  }
  async loadURL(url: string): Promise<void> {
    await this._attached;
    await this.webContents.loadURL(url);
  }
  /** The user closes the window. */
  async _close(): Promise<void> {
    if (this._closed) return;
    this._closed = true;
    this.webContents._destroyed = true;
    await this.webContents._browser.send("Target.closeTarget", { targetId: this.webContents._target });
    windows.delete(this);
    this.emit("closed");
  }
}
export type InventedOfWindow = None<Invented<WindowDouble, Electron.BrowserWindow>>;
