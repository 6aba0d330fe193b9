import { EventEmitter } from "node:events";
import { state } from "./state.ts";
import { type Invented, type None, type PieceOf, strict } from "./strict.ts";

type Handler = (request: Request) => Response | Promise<Response>;
/** What Electron's own types say that a setter of the session takes. */
type HandlerOf<K extends keyof Electron.Session> = Parameters<
  Extract<Electron.Session[K], (...args: never[]) => unknown>
>[0];
type BeforeRequest = (
  details: { url: string; resourceType: string },
  answer: (response: { cancel?: boolean }) => void,
) => void;

/** Schemes of one session; a scheme must be registered before `ready`, and has one handler. */
export class ProtocolDouble implements PieceOf<Electron.Protocol> {
  readonly _handlers = new Map<string, Handler>();

  handle(scheme: string, handler: Handler): void {
    if (!state.ready) throw new Error("protocol.handle can only be used after the ready event");
    if (!state.schemes.has(scheme)) throw new Error(`the scheme ${scheme} was not registered as privileged`);
    if (this._handlers.has(scheme)) throw new Error(`the scheme ${scheme} has a handler already`);
    this._handlers.set(scheme, handler);
  }

  registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void {
    if (state.ready) throw new Error("registerSchemesAsPrivileged should be called before app is ready");
    for (const { scheme, privileges } of schemes) state.schemes.set(scheme, privileges ?? {});
  }
}

export class SessionDouble extends EventEmitter implements PieceOf<Electron.Session> {
  readonly protocol = strict("protocol", new ProtocolDouble());
  readonly _persistent: boolean;
  /** Handlers by the name of their setter; what is missing would let Chromium ask the user, or allow. */
  readonly _handlers = new Map<string, unknown>();
  _beforeRequest: BeforeRequest | null = null;
  _spellChecker = true;
  readonly webRequest = strict("webRequest", {
    onBeforeRequest: (
      listener: ((details: Electron.OnBeforeRequestListenerDetails, answer: never) => void) | null,
    ) => {
      this._beforeRequest = listener as BeforeRequest | null;
    },
  } satisfies PieceOf<Electron.WebRequest>);

  constructor(persistent: boolean) {
    super();
    this._persistent = persistent;
  }

  setPermissionRequestHandler(handler: HandlerOf<"setPermissionRequestHandler">): void {
    this._handlers.set("permissionRequest", handler);
  }
  setPermissionCheckHandler(handler: HandlerOf<"setPermissionCheckHandler">): void {
    this._handlers.set("permissionCheck", handler);
  }
  setDevicePermissionHandler(handler: HandlerOf<"setDevicePermissionHandler">): void {
    this._handlers.set("device", handler);
  }
  setDisplayMediaRequestHandler(handler: HandlerOf<"setDisplayMediaRequestHandler">): void {
    this._handlers.set("displayMedia", handler);
  }
  setSpellCheckerEnabled(enabled: boolean): void {
    this._spellChecker = enabled;
  }

  /** True when `webRequest` lets an address pass; without a listener everything passes. */
  _passes(url: string, resourceType: string): boolean {
    let passes = true;
    this._beforeRequest?.({ url, resourceType }, ({ cancel }) => {
      passes = cancel !== true;
    });
    return passes;
  }
}
export type InventedOfSession = None<Invented<SessionDouble, Electron.Session>>;
