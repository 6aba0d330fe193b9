import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { ToWindow } from "../../electron/contracts/window.ts";
import { channels } from "../../electron/hosts/desktop/channels.ts";
import { Desktop, oneDesktop } from "../support/desktop.ts";
import { askFromPage, heard, shellSources } from "../support/shell.ts";
import { describeWithTools } from "../support/tools.ts";

/** Numbers are those of the checklist in the tests' README; D is shown with the double, S by reading the sources. */
describeWithTools(["chromium"], "what the desktop shell hears", () => {
  const shell = oneDesktop();

  it("line 10 (D): a message counts only from the top frame of our own page", async () => {
    for (const from of ["frame", "foreign", "gone"] as const) {
      const refused = await shell.desktop.ask("deliver", {
        from,
        kind: "invoke",
        channel: channels.adopt,
        args: [["/etc/hostname"]],
      });
      expect(refused.error).toContain("FORBIDDEN: this page may not ask");
    }
    const answers = await heard(
      shell.page,
      async () => {
        for (const from of ["frame", "foreign", "gone"] as const) {
          const asked = { type: "ask", id: 900_100, operation: "welcome", request: {} };
          await shell.desktop.ask("deliver", { from, kind: "send", channel: channels.ask, args: [asked] });
        }
        const asked = { type: "ask", id: 900_101, operation: "welcome", request: {} };
        await shell.desktop.ask("deliver", {
          from: "page",
          kind: "send",
          channel: channels.ask,
          args: [asked],
        });
      },
      900_101,
    );
    expect(answers.map((one) => ("id" in one ? one.id : null))).not.toContain(900_100);
  });

  it("line 10 (D): a message that is not in the agreed form is dropped", async () => {
    const ask = { type: "ask", id: 900_200, operation: "welcome", request: {} };
    const bad: unknown[][] = [
      [],
      ["welcome"],
      [{ ...ask, extra: 1 }],
      [{ ...ask, id: "1" }],
      [{ ...ask, id: -1 }],
      [{ ...ask, operation: "x".repeat(33) }],
      [ask, ask],
      [{ type: "quit", id: 900_200 }],
    ];
    const answers = await heard(
      shell.page,
      async () => {
        for (const args of bad) {
          await shell.desktop.ask("deliver", { from: "page", kind: "send", channel: channels.ask, args });
        }
        await shell.desktop.ask("deliver", {
          from: "page",
          kind: "send",
          channel: channels.ask,
          args: [{ ...ask, id: 900_201 }],
        });
      },
      900_201,
    );
    expect(answers.map((one) => ("id" in one ? one.id : null))).not.toContain(900_200);
    const tooMany = Array.from({ length: 10_001 }, () => "/x");
    for (const args of [[["relative.h5"]], [[]], [[1]], [tooMany], [["/x"], 1], [`/${"x".repeat(5000)}`]]) {
      const refused = await shell.desktop.ask("deliver", {
        from: "page",
        kind: "invoke",
        channel: channels.adopt,
        args,
      });
      expect(refused.error).toContain("FORBIDDEN: the message is not in the agreed form");
    }
  });

  it("line 10 (S): messages are received in one file only", () => {
    for (const [name, text] of shellSources()) {
      if (name === "messages.ts" || name === "preload.ts") continue;
      expect(text, name).not.toMatch(/\bipc(Main)?\s*\.\s*(on|once|handle|handleOnce|addListener)\b/);
    }
  });

  it("line 11 (D): the page names no path: neither in a question nor by a file it made itself", async () => {
    const told = await askFromPage(shell.page, 900_300, "open", { handles: ["/etc/passwd"] });
    expect(told).toMatchObject({ type: "failed", fault: { code: "USAGE" } });
    const places = await shell.page.evaluate(() => {
      const bridge = Reflect.get(window, "pureecho") as { adopt(files: File[]): Promise<unknown[]> };
      return bridge.adopt([new File(["x"], "/etc/passwd")]);
    });
    expect(places).toEqual([]);
    const refused = await shell.page.evaluate(async () => {
      const bridge = Reflect.get(window, "pureecho") as { adopt(files: unknown[]): Promise<unknown[]> };
      return bridge.adopt(["/etc/passwd"]).then(
        () => "taken",
        (error: Error) => error.message,
      );
    });
    expect(refused).toContain("getPathForFile");
  });

  it("line 15 (D): a second start goes to the first and ends", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pureecho-second-"));
    writeFileSync(join(folder, "scan.h5"), "x");
    const opened = shell.page.evaluate(
      () =>
        new Promise<ToWindow>((resolve) => {
          const bridge = Reflect.get(window, "pureecho") as {
            subscribe(listener: (message: ToWindow) => void): () => void;
          };
          const stop = bridge.subscribe((message) => {
            if (message.type !== "opened") return;
            stop();
            resolve(message);
          });
        }),
    );
    const second = new Desktop({
      dataFolder: shell.desktop.dataFolder,
      args: ["scan.h5", "--evil", "https://example.org/x.h5"],
      cwd: folder,
    });
    expect(await second.close()).toBe(0);
    await expect.poll(async () => (await shell.desktop.ask("state")).windows[0].focused).toBe(1);
    const { places } = (await opened) as Extract<ToWindow, { type: "opened" }>;
    expect(places).toMatchObject([{ name: "scan.h5", kind: "file" }]);
    expect(JSON.stringify(places)).not.toContain(folder);
    // It is no scan: the window says so instead of opening it.
    await shell.page.getByRole("region", { name: "1 file was refused" }).waitFor();
    rmSync(folder, { recursive: true });
  });

  it("line 16 (D): an error that reaches the page names no folder", async () => {
    const refused = await shell.desktop.ask("deliver", {
      from: "page",
      kind: "invoke",
      channel: channels.adopt,
      args: [["/srv/scans/Jane Doe/scan.h5"]],
    });
    expect(refused.error).toContain("NOT_FOUND");
    expect(refused.error).not.toMatch(/home|someone|Jane/);
  });
});
