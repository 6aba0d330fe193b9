import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import type { ToWindow } from "../../electron/contracts/window.ts";
import { repositoryRoot } from "./shared.ts";

/** The shell's sources by name; what packs them runs on a developer's machine only. */
export function shellSources(): [string, string][] {
  const folder = join(repositoryRoot, "electron/hosts/desktop");
  const names = globSync("*.ts", { cwd: folder });
  expect(names).toContain("main.ts");
  return names.map((name) => [name, readFileSync(join(folder, name), "utf8")]);
}

/** What the page is told until the answer to `last`. */
export async function heard(page: Page, work: () => Promise<void>, last: number): Promise<ToWindow[]> {
  const told = page.evaluate(
    (id) =>
      new Promise<ToWindow[]>((resolve) => {
        const all: ToWindow[] = [];
        const bridge = Reflect.get(window, "pureecho") as {
          subscribe(listener: (message: ToWindow) => void): () => void;
        };
        const stop = bridge.subscribe((message) => {
          all.push(message);
          if (!("id" in message) || message.id !== id || message.type === "event") return;
          stop();
          resolve(all);
        });
      }),
    last,
  );
  // The listener stands as soon as the page has answered one more evaluation.
  await page.evaluate(() => null);
  await work();
  return told;
}

export async function askFromPage(
  page: Page,
  id: number,
  operation: string,
  request: unknown,
): Promise<ToWindow> {
  const answers = await heard(
    page,
    async () => {
      await page.evaluate(
        (message) => {
          const bridge = Reflect.get(window, "pureecho") as { send(message: unknown): void };
          bridge.send(message);
        },
        { type: "ask", id, operation, request },
      );
    },
    id,
  );
  return answers[answers.length - 1];
}
