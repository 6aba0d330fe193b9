import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import type { Commands } from "../e2e/electron-double/control.ts";
import { repositoryRoot } from "./shared.ts";

/** Builds the parts of `dist` that are older than their sources. */
export function built(...parts: ("renderer" | "engine" | "desktop")[]): void {
  const done = spawnSync(process.execPath, [join(repositoryRoot, "bin/build.js"), ...parts], {
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(done.stderr);
}

export interface DesktopOptions {
  /** Arguments of the program, such as files it is started with. */
  args?: readonly string[];
  /** Where the shell keeps its data; a folder of its own by default. */
  dataFolder?: string;
  cwd?: string;
  environment?: Record<string, string>;
  /** Main script; the build of this checkout by default. */
  script?: string;
}

/** The shell as built, running on the double of Electron, and the page in its window. */
export class Desktop {
  readonly process: ChildProcess;
  readonly dataFolder: string;
  readonly log: string[] = [];
  readonly exited: Promise<number | null>;
  #own: boolean;
  readonly #profile = mkdtempSync(join(tmpdir(), "pureecho-double-"));
  #next = 1;
  #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #browser: Browser | null = null;
  #browserPid: number | null = null;

  constructor(options: DesktopOptions = {}) {
    this.#own = options.dataFolder === undefined;
    this.dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), "pureecho-desktop-"));
    this.process = fork(
      options.script ?? join(repositoryRoot, "dist/desktop/main.js"),
      [...(options.args ?? [])],
      {
        cwd: options.cwd ?? repositoryRoot,
        execArgv: ["--import", join(repositoryRoot, "test/e2e/electron-double/register.ts")],
        env: {
          ...process.env,
          PUREECHO_DATA: this.dataFolder,
          DOUBLE_PROFILE: this.#profile,
          ...options.environment,
        },
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => this.log.push(text));
    }
    this.exited = new Promise((resolve) => this.process.once("exit", (code) => resolve(code)));
    this.process.on("message", (told: { id: number; value?: unknown; error?: string }) => {
      const waiting = this.#waiting.get(told.id);
      this.#waiting.delete(told.id);
      if (told.error !== undefined) waiting?.reject(new Error(told.error));
      else waiting?.resolve(told.value as never);
    });
    void this.exited.then(() => {
      for (const one of this.#waiting.values())
        one.reject(new Error(`the shell ended:\n${this.log.join("")}`));
    });
  }

  /** Asks the double: see `control.ts`. */
  ask<N extends keyof Commands>(
    name: N,
    ...[argument]: Parameters<Commands[N]>
  ): Promise<Awaited<ReturnType<Commands[N]>>> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      if (!this.process.connected) {
        reject(new Error(`the shell has ended:\n${this.log.join("")}`));
        return;
      }
      this.#waiting.set(id, { resolve: resolve as (value: never) => void, reject });
      this.process.send({ id, name, argument });
    });
  }

  /** Playwright's view of the shell's page, once it stands. */
  async page(): Promise<Page> {
    for (let tries = 0; ; tries++) {
      const { endpoint, windows, browser } = await this.ask("state");
      this.#browserPid = browser;
      if (endpoint !== null && windows.some((one) => one.shown)) {
        this.#browser ??= await chromium.connectOverCDP(endpoint);
        break;
      }
      if (tries > 300) throw new Error(`no window was shown:\n${this.log.join("")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const page = this.#browser
      .contexts()
      .flatMap((context) => context.pages())
      .find((one) => one.url().startsWith("https://bundle.app.invalid/"));
    if (page === undefined) throw new Error("the window has no page");
    return page;
  }

  /** The user closes the window, and with it the program; answers its exit code. */
  async close(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.connected) {
      await this.ask("closeWindow").catch(() => undefined);
    }
    const code = await Promise.race([
      this.exited,
      new Promise<"late">((resolve) => setTimeout(() => resolve("late"), 10_000)),
    ]);
    if (code === "late") {
      this.process.kill("SIGKILL");
      if (this.#browserPid !== null) process.kill(this.#browserPid, "SIGKILL");
    }
    // The browser's processes end a moment after their parent, and write until then.
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    if (this.#own) await rm(this.dataFolder, { recursive: true, force: true });
    if (code === "late") throw new Error(`the shell did not end:\n${this.log.join("")}`);
    return code;
  }
}

/** One shell, as built, and its page for all tests of a block; both stand once the tests run. */
export function oneDesktop(): { readonly desktop: Desktop; readonly page: Page } {
  let started: { desktop: Desktop; page: Page } | null = null;
  let desktop: Desktop | null = null;
  beforeAll(async () => {
    built("renderer", "engine", "desktop");
    desktop = new Desktop();
    started = { desktop, page: await desktop.page() };
  });
  afterAll(async () => {
    await desktop?.close();
  });
  const one = (): { desktop: Desktop; page: Page } => {
    if (started === null)
      throw new Error("the shell starts before the first test, not while tests are named");
    return started;
  };
  return {
    get desktop() {
      return one().desktop;
    },
    get page() {
      return one().page;
    },
  };
}
