import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { preloadBridgeKeys } from "../../electron/contracts/bridge-api.ts";
import type { FromWindow } from "../../electron/contracts/window.ts";
import { oneDesktop } from "../support/desktop.ts";
import { shellSources } from "../support/shell.ts";
import { describeWithTools } from "../support/tools.ts";
import { safePreferences } from "./electron-double/safe-preferences.ts";

/** Numbers are those of the checklist in the tests' README; D is shown with the double, S by reading the sources. */
describeWithTools(["chromium"], "security of the desktop shell", () => {
  const shell = oneDesktop();

  it("line 1 (D): the window has none of Node and all of the sandbox, and the double refuses anything less", async () => {
    const { windows, persistent, spellChecker } = await shell.desktop.ask("state");
    expect(windows).toHaveLength(1);
    const safe: Record<string, unknown> = windows[0].preferences;
    expect(safe).toMatchObject(safePreferences);
    // What a page keeps is gone with the program.
    expect({ persistent, spellChecker }).toEqual({ persistent: false, spellChecker: false });
    for (const name of Object.keys(safe).filter((key) => key !== "preload" && key !== "spellcheck")) {
      const unsafe = { ...safe, [name]: !safe[name], devTools: name === "devTools" };
      expect(await shell.desktop.ask("refuses", { preferences: unsafe, packaged: true })).toContain(name);
      const unstated: Record<string, unknown> = { ...safe, devTools: false };
      delete unstated[name];
      expect(await shell.desktop.ask("refuses", { preferences: unstated, packaged: true })).toContain(name);
    }
    expect(
      await shell.desktop.ask("refuses", {
        preferences: { ...safe, enableBlinkFeatures: "X" },
        packaged: false,
      }),
    ).toContain("enableBlinkFeatures");
  });

  it("line 2 (D): the sandbox is switched on for every page before the program is ready", async () => {
    expect((await shell.desktop.ask("state")).sandbox).toBe(true);
  });

  it("line 3 (D): the page sees the frozen bridge and nothing of Node or Electron", async () => {
    const seen = await shell.page.evaluate(() => {
      const bridge = Reflect.get(window, "pureecho") as object;
      const property = Object.getOwnPropertyDescriptor(window, "pureecho");
      return {
        globals: ["require", "process", "module", "Buffer", "ipcRenderer", "electron", "__dirname"].filter(
          (name) => name in window,
        ),
        double: Object.getOwnPropertyNames(window).filter((name) => name.startsWith("double")),
        keys: Object.keys(bridge).sort(),
        kinds: Object.values(bridge).map((value) => typeof value),
        frozen: Object.isFrozen(bridge),
        replaceable: property?.writable === true || property?.configurable === true,
      };
    });
    expect(seen).toEqual({
      globals: [],
      double: [],
      keys: [...preloadBridgeKeys],
      kinds: ["function", "function", "function"],
      frozen: true,
      replaceable: false,
    });
  });

  it("line 3 (D): a listener gets the message alone, not the event that came with it", async () => {
    const counts = await shell.page.evaluate(
      () =>
        new Promise<number[]>((resolve) => {
          const bridge = Reflect.get(window, "pureecho") as {
            send(message: FromWindow): void;
            subscribe(listener: (...all: unknown[]) => void): () => void;
          };
          const stop = bridge.subscribe((...all) => {
            stop();
            resolve([all.length, Object.keys(all[0] as object).length]);
          });
          bridge.send({ type: "ask", id: 900_001, operation: "welcome", request: {} });
        }),
    );
    expect(counts).toEqual([1, 3]);
  });

  it("line 4 (D): scripts in the markup and put into the page do not run, nor does eval", async () => {
    const ran = await shell.page.evaluate(async () => {
      const refused: string[] = [];
      document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
      const script = document.createElement("script");
      script.textContent = "window.injected = true";
      document.head.append(script);
      const style = document.createElement("style");
      style.textContent = "body { --injected: 1 }";
      document.head.append(style);
      const foreign = document.createElement("script");
      foreign.src = "https://example.org/x.js";
      document.head.append(foreign);
      // What the debugger itself evaluates may use eval; what runs later is the page's own.
      await new Promise((resolve) => setTimeout(resolve, 200));
      let evaluated = true;
      try {
        // biome-ignore lint/security/noGlobalEval: that it is refused is what is tested
        globalThis.eval("1");
      } catch {
        evaluated = false;
      }
      const { injected } = window as { injected?: boolean };
      return { injected: injected ?? false, evaluated, refused: refused.sort() };
    });
    expect(ran.injected).toBe(false);
    expect(ran.evaluated).toBe(false);
    expect(ran.refused).toEqual(expect.arrayContaining(["script-src-elem", "style-src-elem"]));
  });

  it("lines 5 and 6 (D): the scheme is the only source of files, and answers as Chromium asks", async () => {
    const { schemes } = await shell.desktop.ask("state");
    expect(schemes).toEqual({ app: { standard: true, secure: true, supportFetchAPI: true } });
    expect(await shell.page.evaluate(() => window.isSecureContext)).toBe(true);
    for (const [url, method, status] of [
      ["app://bundle/", "GET", 200],
      ["app://bundle/..%2f..%2fpackage.json", "GET", 403],
      ["app://other/", "GET", 403],
      ["app://bundle/", "POST", 405],
    ] as const) {
      const answer = await shell.desktop.ask("fetch", { url, method });
      expect(answer.status).toBe(status);
      expect(answer.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(answer.headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  it("line 5 (S): no page is loaded from a file or another address", () => {
    for (const [name, text] of shellSources()) {
      expect(text, name).not.toMatch(/loadFile|["'`]file:/);
      for (const [, address] of text.matchAll(/loadURL\(([^)]*)\)/g)) expect(address).toBe("windowAddress");
    }
  });

  it.each([
    "media",
    "geolocation",
    "notifications",
    "clipboard-read",
    "usb",
    "hid",
    "serial",
    "fileSystem",
    "midi",
    "pointerLock",
    "openExternal",
  ])("line 7 (D): %s is denied in every session", async (permission) => {
    for (const of of ["window", "default"] as const) {
      expect(await shell.desktop.ask("permission", { of, permission })).toEqual({
        request: false,
        check: false,
        device: false,
        display: null,
      });
    }
  });

  it("line 8 (D): a page cannot lead the window elsewhere", async () => {
    await shell.page.evaluate(() => {
      location.href = "https://example.org/";
    });
    await expect
      .poll(async () => (await shell.desktop.ask("state")).prevented)
      .toContainEqual({ event: "will-frame-navigate", url: "https://example.org/" });
    expect((await shell.desktop.ask("state")).url).toBe("app://bundle/");
    expect(await shell.page.evaluate(() => typeof Reflect.get(window, "pureecho"))).toBe("object");
    for (const url of ["https://example.org/", "file:///etc/passwd", "app://other/", "data:text/html,x"]) {
      expect(await shell.desktop.ask("emit", { event: "will-navigate", url })).toBe(true);
      expect(await shell.desktop.ask("emit", { event: "will-frame-navigate", url })).toBe(true);
      expect(await shell.desktop.ask("emit", { event: "will-redirect", url })).toBe(true);
    }
    expect(await shell.desktop.ask("emit", { event: "will-navigate", url: "app://bundle/" })).toBe(false);
    expect(await shell.desktop.ask("emit", { event: "will-redirect", url: "app://bundle/" })).toBe(true);
    expect(await shell.desktop.ask("emit", { event: "will-attach-webview", url: "app://bundle/" })).toBe(
      true,
    );
  });

  it("line 8 (D): nothing is downloaded, in any session", async () => {
    for (const of of ["window", "default"] as const)
      expect(await shell.desktop.ask("download", of)).toBe(true);
  });

  it("lines 8 and 9 (D): no new window, and only links to the papers reach the user's browser", async () => {
    const urls = [
      "https://doi.org/10.1002/mrm.1241",
      "http://doi.org/",
      "https://user:pw@doi.org/",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "smb://server/x",
      "app://bundle/",
      "https://example.org/",
    ];
    for (const url of urls) expect(await shell.desktop.ask("windowOpen", url)).toBe("deny");
    await shell.page.evaluate(() => window.open("https://example.org/popup"));
    const { recorded } = await shell.desktop.ask("state");
    expect(recorded.filter((one) => one.what === "shell.openExternal").map((one) => one.args)).toEqual([
      ["https://doi.org/10.1002/mrm.1241"],
    ]);
  });

  it("line 12 (D): nothing of the window reaches the network", async () => {
    const tried = await shell.page.evaluate(async () => {
      const failed = (work: Promise<unknown>): Promise<boolean> =>
        work.then(
          () => false,
          () => true,
        );
      const socket = new Promise((resolve, reject) => {
        const one = new WebSocket("wss://example.org/");
        one.onopen = resolve;
        one.onerror = () => reject(new Error("refused"));
      });
      const picture = new Promise((resolve, reject) => {
        const one = new Image();
        one.onload = resolve;
        one.onerror = () => reject(new Error("refused"));
        one.src = "http://127.0.0.1:9/x.png";
      });
      return Promise.all([
        failed(fetch("https://example.org/")),
        failed(fetch("http://127.0.0.1:9/")),
        failed(socket),
        failed(picture),
      ]);
    });
    expect(tried).toEqual([true, true, true, true]);
    for (const url of ["https://example.org/", "ws://127.0.0.1/", "ftp://x/", "file:///etc/passwd"]) {
      expect(await shell.desktop.ask("passes", url)).toBe(false);
    }
    expect(await shell.desktop.ask("passes", "app://bundle/assets/a.js")).toBe(true);
    expect((await shell.desktop.ask("state")).outside).toEqual([]);
  });

  it("line 13 (S): the sources set no switch of Chromium and start no debugging", () => {
    for (const [name, text] of shellSources()) {
      expect(text, name).not.toMatch(/commandLine|no-sandbox|remote-debugging|openDevTools|inspect-brk/);
    }
  });

  it("line 16 (S): crash reports are not started", () => {
    for (const [name, text] of shellSources()) expect(text, name).not.toContain("crashReporter");
  });

  it("line 16 (D): what the shell keeps is its owner's alone", () => {
    if (process.platform === "win32") return;
    expect(statSync(join(shell.desktop.dataFolder, "shell")).mode & 0o077).toBe(0);
  });

  it("everything of Electron that the shell imports is in the double", async () => {
    const asked = new Map<string, Set<string>>();
    for (const [name, text] of shellSources()) {
      if (name === "preload.ts") continue;
      for (const [, names] of text.matchAll(/import (?!type)\{([^}]*)\} from "electron"/g)) {
        for (const one of names.split(",").map((part) => part.trim())) {
          if (one === "" || one.startsWith("type ")) continue;
          const members = asked.get(one) ?? new Set();
          for (const [, member] of text.matchAll(new RegExp(`\\b${one}\\s*\\.(\\w+)`, "g")))
            members.add(member);
          asked.set(one, members);
        }
      }
    }
    expect([...asked.keys()].sort()).toEqual(
      ["BrowserWindow", "Menu", "app", "dialog", "ipcMain", "protocol", "session", "shell"].sort(),
    );
    for (const [name, members] of asked) {
      for (const member of members) {
        expect(await shell.desktop.ask("has", { name, member }), `${name}.${member}`).toBe(true);
      }
    }
    expect(await shell.desktop.ask("has", { name: "app", member: "getGPUInfo" })).toBe(false);
  });
});
