import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";

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
