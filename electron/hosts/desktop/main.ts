/**
 * The desktop shell. It makes one window that has no network and no rights, gives it its files under a scheme of its own,
 * and hands its messages to the desk, which asks the engine process.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { app, type BrowserWindow, dialog, ipcMain, Menu, protocol, session, shell } from "electron";
import { faultLine } from "../../contracts/errors.ts";
import type { ToWindow } from "../../contracts/window.ts";
import { faultOf } from "../../engine/base/errors.ts";
import { dataFolderPath } from "../desk/data-folder.ts";
import { type Choose, Desk } from "../desk/desk.ts";
import { faultForWindow } from "../desk/plain-words.ts";
import { type Engine, startEngine } from "../engine/client.ts";
import { makeWindow } from "./app-window.ts";
import {
  checkoutEngine,
  checkShippedFiles,
  cleanEnvironment,
  type EnginePlace,
  packagedEngine,
} from "./engine-files.ts";
import { listenToWindow, tellWindow } from "./messages.ts";
import { closeEverything, closeSession } from "./policy.ts";
import { RestartBudget } from "./restarts.ts";
import { answerWindow, appScheme, windowAddress } from "./scheme.ts";
import { secondInstanceSchema, startFiles } from "./start-files.ts";

const shellFolder = import.meta.dirname;
const developerTools = !app.isPackaged;
/** Places the program was started with; the window finds them on its first screen. */
const given = new Set<string>();
const pageRestarts = new RestartBudget(3, 60_000);
let window: BrowserWindow | null = null;

function log(line: string): void {
  if (developerTools) process.stderr.write(`${line}\n`);
}

function openExternal(address: string): void {
  shell.openExternal(address).catch((error: unknown) => log(`a link was not opened: ${String(error)}`));
}

/** Asks the user for files or a folder; an empty list when the dialog was closed. */
const choose: Choose = async (what) => {
  if (window === null) return [];
  const answer = await dialog.showOpenDialog(window, {
    title:
      what === "export" ? "Export to folder" : what === "folder" ? "Open a folder" : "Open scans or raw data",
    properties:
      what === "files"
        ? ["openFile", "multiSelections"]
        : what === "folder"
          ? ["openDirectory"]
          : ["openDirectory", "createDirectory"],
  });
  return answer.canceled ? [] : answer.filePaths;
};

async function engineOfThisProgram(): Promise<{ engine: Engine; place: EnginePlace }> {
  const place = app.isPackaged ? packagedEngine(process.resourcesPath) : checkoutEngine(shellFolder);
  if (app.isPackaged) {
    await checkShippedFiles(
      join(process.resourcesPath, "engine"),
      join(shellFolder, "..", "engine-files.json"),
    );
    cleanEnvironment(process.env);
  }
  return { engine: startEngine({ node: place.node, script: place.script, onLog: log }), place };
}

/** Opens what the user gave to the running program; replaced when there is a desk to give it to. */
let openGiven = (paths: readonly string[]): void => {
  for (const path of paths) given.add(path);
};

async function start(dataFolder: string): Promise<void> {
  const { engine, place } = await engineOfThisProgram();
  const desk = new Desk({
    engine,
    host: "desktop",
    dataFolder,
    samplesFolder: place.samples,
    get folders() {
      return [...given].filter((path) => existsSync(path));
    },
    choose,
  });
  const contents = (): Electron.WebContents | null =>
    window === null || window.isDestroyed() ? null : window.webContents;
  const send = (message: ToWindow): void => tellWindow(contents(), message);
  desk.watch(send);
  listenToWindow(ipcMain, contents, {
    onMessage: (message) => void desk.handle(message, send),
    adopt: (paths) => desk.adopt(paths),
    onRefused: log,
  });

  const quarters = session.fromPartition("window", { cache: false });
  for (const one of [quarters, session.defaultSession]) closeSession(one, developerTools);
  quarters.protocol.handle("app", (request) => answerWindow(request, join(shellFolder, "..", "renderer")));

  const open = (): void => {
    const made = makeWindow(shellFolder, quarters, developerTools);
    window = made;
    made.on("closed", () => {
      window = null;
    });
    made.webContents.on("render-process-gone", (_event, details) => {
      log(`the page ended: ${details.reason}`);
      if (details.reason === "clean-exit") return;
      if (pageRestarts.take()) {
        made.webContents.reload();
        return;
      }
      dialog.showErrorBox("PureEcho", "The window ended again and again and is not opened any more.");
      app.quit();
    });
    made.loadURL(windowAddress).catch((error: unknown) => log(`the window was not loaded: ${String(error)}`));
  };
  open();
  openGiven = (paths) => {
    if (window === null) {
      for (const path of paths) given.add(path);
      open();
      return;
    }
    if (window.isMinimized()) window.restore();
    window.focus();
    if (paths.length === 0) return;
    desk.adopt(paths).then(
      (places) => send({ type: "opened", places }),
      (error: unknown) => log(`what was given was not opened: ${String(error)}`),
    );
  };

  app.on("activate", () => {
    if (window === null) open();
  });
  app.on("window-all-closed", () => {
    if (process.platform !== "darwin") app.quit();
  });
  let closed = false;
  app.on("will-quit", (event) => {
    if (closed) return;
    event.preventDefault();
    closed = true;
    // What the desk made is removed and the engine ends before the program does.
    void Promise.allSettled([desk.close(), engine.close()]).then(() => app.quit());
  });
}

app.enableSandbox();
protocol.registerSchemesAsPrivileged([appScheme]);
const dataFolder = dataFolderPath();
// Chromium's own profile lies in the one documented folder as well.
mkdirSync(join(dataFolder, "shell"), { recursive: true, mode: 0o700 });
app.setPath("userData", join(dataFolder, "shell"));

// Electron's arguments begin with the program, in a checkout followed by the folder that was started. Chromium may reorder the
// arguments that it passes to the first instance, so a second one sends its files itself.
const files = startFiles(process.argv.slice(app.isPackaged ? 1 : 2), process.cwd());
if (app.requestSingleInstanceLock({ files })) {
  closeEverything(app, openExternal, developerTools);
  openGiven(files);
  app.on("open-file", (event, path) => {
    event.preventDefault();
    openGiven(startFiles([path], "/"));
  });
  app.on("second-instance", (_event, _argv, folder, sent) => {
    const told = secondInstanceSchema.safeParse(sent);
    openGiven(told.success ? startFiles(told.data.files, folder) : []);
  });
  Menu.setApplicationMenu(
    process.platform === "darwin"
      ? Menu.buildFromTemplate([{ role: "appMenu" }, { role: "editMenu" }, { role: "windowMenu" }])
      : null,
  );
  app
    .whenReady()
    .then(() => start(dataFolder))
    .catch((error: unknown) => {
      const fault = faultForWindow(faultOf(error));
      log(faultLine(faultOf(error)));
      dialog.showErrorBox(
        "PureEcho cannot start",
        [faultLine(fault), fault.hint].filter((one) => one !== null).join("\n"),
      );
      app.exit(1);
    });
} else {
  app.quit();
}
