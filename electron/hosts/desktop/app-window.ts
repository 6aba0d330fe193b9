import { join } from "node:path";
import { BrowserWindow, type Session, type WebPreferences } from "electron";

/** What a page may do; every value is stated, so that a changed default of Electron cannot open a door. */
export function safePreferences(preload: string, quarters: Session, developerTools: boolean): WebPreferences {
  return {
    preload,
    session: quarters,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    webviewTag: false,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    navigateOnDragDrop: false,
    spellcheck: false,
    devTools: developerTools,
  };
}

/** Makes the one window; it is shown when its first picture is ready. */
export function makeWindow(shellFolder: string, quarters: Session, developerTools: boolean): BrowserWindow {
  const made = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 900,
    minHeight: 600,
    show: false,
    autoHideMenuBar: true,
    backgroundColor: "#101418",
    title: "PureEcho",
    webPreferences: safePreferences(join(shellFolder, "preload.cjs"), quarters, developerTools),
  });
  made.once("ready-to-show", () => made.show());
  return made;
}
