import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";

/** Debian's Chromium, or the one that PUREECHO_CHROMIUM names. */
const candidates = [process.env.PUREECHO_CHROMIUM ?? "", "/usr/bin/chromium", "/usr/bin/chromium-browser"];
const executable = candidates.find((path) => path !== "" && existsSync(path)) ?? null;
/** Only inside `describeWithTools(["chromium"], …)`. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executable ?? undefined,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What a page did that it must not do: breaches of its policy, errors, requests to elsewhere. */
export interface Watch {
  readonly violations: string[];
  readonly errors: string[];
  readonly outside: string[];
}

/** Watches a page from before its first request. `origin` is the only place it may ask. */
export async function watchPage(page: Page, origin: string): Promise<Watch> {
  const watch: Watch = { violations: [], errors: [], outside: [] };
  await page.exposeFunction("reportViolation", (text: string) => watch.violations.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      const report = (globalThis as unknown as { reportViolation: (text: string) => void }).reportViolation;
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  page.on("pageerror", (error) => watch.errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") watch.errors.push(message.text());
  });
  const allowed = [origin, origin.replace(/^http/, "ws"), "blob:", "data:"];
  page.on("request", (request) => {
    if (!allowed.some((start) => request.url().startsWith(start))) watch.outside.push(request.url());
  });
  return watch;
}

/** Saves a picture of the page where PUREECHO_SCREENSHOTS names a folder; for the eye, not judged. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env.PUREECHO_SCREENSHOTS;
  if (folder === undefined || folder === "") return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Whether one may press it without scrolling: its middle is in the window, and nothing lies above it. */
export function inSight(one: Locator): Promise<boolean> {
  return one.evaluate((node) => {
    const { x, y, width, height } = node.getBoundingClientRect();
    return node.contains(document.elementFromPoint(x + width / 2, y + height / 2));
  });
}

/** Grey levels of a canvas: how many there are, the one in the middle, and one outside of a phantom. */
export function greyLevels(canvas: Locator): Promise<{ levels: number; middle: number[]; corner: number[] }> {
  return canvas.evaluate((node) => {
    const drawn = node as HTMLCanvasElement;
    const context = drawn.getContext("2d");
    if (context === null) throw new Error("no context");
    const { data } = context.getImageData(0, 0, drawn.width, drawn.height);
    const levels = new Set<number>();
    for (let i = 0; i < data.length; i += 4) levels.add(data[i]);
    const at = (x: number, y: number): number[] => [
      ...context.getImageData(Math.floor(drawn.width * x), Math.floor(drawn.height * y), 1, 1).data,
    ];
    return { levels: levels.size, middle: at(0.5, 0.5), corner: at(0.1, 0.9) };
  });
}
