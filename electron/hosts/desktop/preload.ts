/**
 * Runs sandboxed, in a world of its own, before the page: puts the three functions of `PreloadBridge` into the window.
 * Only `electron` can be required here, so everything else is bundled in.
 */
import { contextBridge, ipcRenderer, webUtils } from "electron";
import { type PreloadBridge, preloadBridgeName } from "../../contracts/bridge-api.ts";
import type { Place, ToWindow } from "../../contracts/window.ts";
import { channels } from "./channels.ts";

const bridge: PreloadBridge = {
  send(message) {
    ipcRenderer.send(channels.ask, message);
  },
  subscribe(listener) {
    // The event object stays here: it would hand the page the sender and with it the whole of IPC.
    const forward = (_event: unknown, message: ToWindow): void => listener(message);
    ipcRenderer.on(channels.tell, forward);
    return () => {
      ipcRenderer.removeListener(channels.tell, forward);
    };
  },
  async adopt(files) {
    // Files that a page made itself have no path and are left out.
    const paths = files.map((file) => webUtils.getPathForFile(file)).filter((path) => path !== "");
    return paths.length === 0 ? [] : ((await ipcRenderer.invoke(channels.adopt, paths)) as Place[]);
  },
};

contextBridge.exposeInMainWorld(preloadBridgeName, Object.freeze(bridge));
