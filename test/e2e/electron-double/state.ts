import type { Browser } from "./browser.ts";

/** What the double remembers of one run: who was called with what, and what a test laid ready. */
export const state = {
  ready: false,
  browser: null as Browser | null,
  schemes: new Map<string, Electron.Privileges>(),
  sandboxEnabledBeforeReady: false,
  /** Calls that leave the program: links, dialogs, menus. */
  recorded: [] as { what: string; args: unknown[] }[],
  /** Answers for the dialogs to come, in order. */
  dialogAnswers: [] as { canceled: boolean; filePaths: string[] }[],
  /** Addresses outside of the program that nothing stopped on the way. */
  outside: [] as string[],
  /** Addresses that `webRequest` cancelled. */
  cancelled: [] as string[],
  /** Navigations that were prevented. */
  prevented: [] as { event: string; url: string }[],
};

export function record(what: string, ...args: unknown[]): void {
  state.recorded.push({ what, args });
}

/** Chromium cannot be taught a scheme over its debugging protocol: `app://HOST/` travels as `https://HOST.app.invalid/`. */
export function toBrowserAddress(address: string): string {
  const url = new URL(address);
  if (!state.schemes.has(url.protocol.slice(0, -1))) return address;
  return `https://${url.host}.${url.protocol.slice(0, -1)}.invalid${url.pathname}${url.search}${url.hash}`;
}

export function fromBrowserAddress(address: string): string {
  const match = /^https:\/\/([^/]+)\.([a-z]+)\.invalid(\/.*)?$/.exec(address);
  if (match === null || !state.schemes.has(match[2])) return address;
  return `${match[2]}://${match[1]}${match[3] ?? "/"}`;
}
