import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerWindow, appScheme, isWindowAddress } from "../../../electron/hosts/desktop/scheme.ts";

describe("the shell's own scheme", () => {
  let outer = "";
  let folder = "";
  beforeAll(() => {
    outer = mkdtempSync(join(tmpdir(), "pureecho-scheme-"));
    folder = join(outer, "renderer");
    mkdirSync(join(folder, "assets"), { recursive: true });
    writeFileSync(join(folder, "index.html"), "<!doctype html>");
    writeFileSync(join(folder, "assets", "a.js"), "1");
    writeFileSync(join(folder, "notes.txt"), "not served");
    writeFileSync(join(outer, "secret.js"), "secret");
    symlinkSync(join(outer, "secret.js"), join(folder, "link.js"));
  });
  afterAll(() => rmSync(outer, { recursive: true }));
  const get = (path: string, method = "GET") => answerWindow({ url: `app://bundle${path}`, method }, folder);

  it("security line 6 (D): is standard, secure and can be fetched, and nothing more", () => {
    expect(appScheme).toStrictEqual({
      scheme: "app",
      privileges: { standard: true, secure: true, supportFetchAPI: true },
    });
  });

  it("serves the window's files with their kind", async () => {
    const page = await get("/");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toBe("<!doctype html>");
    expect((await get("/assets/a.js?v=1#x")).headers.get("content-type")).toBe(
      "text/javascript; charset=utf-8",
    );
    expect((await get("/assets/b.js")).status).toBe(404);
  });

  it.each([
    "/..%2fsecret.js",
    "/assets/..%2f..%2fsecret.js",
    "/%2e%2e%2fsecret.js",
    "/..%5csecret.js",
    "/assets\\..\\..\\secret.js",
    "/%00index.html",
    "/index.html%00.js",
    "//etc/passwd",
    "/%2fetc/passwd",
    "/C:%5cWindows%5cwin.ini",
    "/%252e%252e/secret.js",
    "/%zz",
    "/link.js",
    "/notes.txt",
    "/assets",
  ])("security line 5 (D): refuses %s", async (path) => {
    const answer = await get(path);
    expect([403, 404]).toContain(answer.status);
    expect(await answer.text()).not.toContain("secret");
  });

  it("security line 5 (D): keeps dots that the address itself folds away inside of the folder", async () => {
    expect((await get("/../secret.js")).status).toBe(404);
    expect((await get("/%2e%2e/secret.js")).status).toBe(404);
  });

  it.each([
    "app://other/",
    "app://bundle.evil/",
    "app://bundle:80/",
    "app://me@bundle/",
    "app://me:pw@bundle/",
    "https://bundle/",
    "file:///index.html",
  ])("security line 5 (D): does not know %s", async (url) => {
    expect(isWindowAddress(url)).toBe(false);
    expect((await answerWindow({ url, method: "GET" }, folder)).status).toBe(403);
  });

  it.each(["POST", "PUT", "HEAD", "OPTIONS", "get"])("security line 5 (D): refuses %s", async (method) => {
    expect((await get("/", method)).status).toBe(405);
  });

  it("security line 4 (D): every answer has the policy, refusals too", async () => {
    for (const answer of [
      await get("/"),
      await get("/link.js"),
      await get("/none.js"),
      await get("/", "POST"),
    ]) {
      const policy = new Map(
        (answer.headers.get("content-security-policy") ?? "").split("; ").map((part) => {
          const [name, ...values] = part.split(" ");
          return [name, values.join(" ")];
        }),
      );
      expect(Object.fromEntries(policy)).toStrictEqual({
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob: data:",
        "connect-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
      });
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});
