import type { App, Session, WebContents } from "electron";
import { isWindowAddress } from "./scheme.ts";

/** Hosts that a link may open in the user's browser: where the papers are that methods and metrics come from. */
const externalHosts: ReadonlySet<string> = new Set(["doi.org", "arxiv.org"]);

/** True for https addresses on an allowed host, without credentials and on the usual port. */
export function mayOpenExternally(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return (
    url.protocol === "https:" &&
    externalHosts.has(url.hostname) &&
    url.port === "" &&
    url.username === "" &&
    url.password === ""
  );
}

/** Addresses the window may load at all; everything else is cancelled before it leaves. */
export function mayLoad(address: string, developerTools: boolean): boolean {
  if (isWindowAddress(address) || address.startsWith("blob:") || address.startsWith("data:")) return true;
  return developerTools && address.startsWith("devtools:");
}

/**
 * A session without permissions, devices, screen capture or network.
 *
 * @param developerTools true in a checkout, where the developer tools load their own pages
 */
export function closeSession(quarters: Session, developerTools: boolean): void {
  quarters.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  quarters.setPermissionCheckHandler(() => false);
  quarters.setDevicePermissionHandler(() => false);
  quarters.setDisplayMediaRequestHandler((_request, answer) => answer(null));
  // The spelling checker would fetch its dictionaries from the network.
  quarters.setSpellCheckerEnabled(false);
  quarters.webRequest.onBeforeRequest((details, answer) => {
    answer({ cancel: !mayLoad(details.url, developerTools) });
  });
  quarters.on("will-download", (event) => event.preventDefault());
}

/** Keeps one page where it is: no navigation, no redirect, no new window, no embedded page. */
export function closeContents(contents: WebContents, openExternal: (address: string) => void): void {
  contents.on("will-navigate", (event) => {
    if (!isWindowAddress(event.url)) event.preventDefault();
  });
  contents.on("will-frame-navigate", (event) => {
    // The window has no frames: whatever would load in one is refused, wherever it comes from.
    if (!event.isMainFrame || !isWindowAddress(event.url)) event.preventDefault();
  });
  contents.on("will-redirect", (event) => event.preventDefault());
  contents.on("will-attach-webview", (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenExternally(url)) openExternal(url);
    return { action: "deny" };
  });
}

/** Applies the policy to every page and session that ever comes to exist, not only to the window we make ourselves. */
export function closeEverything(
  app: App,
  openExternal: (address: string) => void,
  developerTools: boolean,
): void {
  app.on("session-created", (created) => closeSession(created, developerTools));
  app.on("web-contents-created", (_event, contents) => closeContents(contents, openExternal));
}
