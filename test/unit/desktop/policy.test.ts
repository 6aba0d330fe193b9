import { describe, expect, it } from "vitest";
import { mayLoad, mayOpenExternally } from "../../../electron/hosts/desktop/policy.ts";
import { RestartBudget } from "../../../electron/hosts/desktop/restarts.ts";

describe("what may leave the window", () => {
  it.each(["https://doi.org/10.1002/mrm.21391", "https://arxiv.org/abs/1811.08839"])(
    "security line 9 (D): %s opens in the user's browser",
    (url) => expect(mayOpenExternally(url)).toBe(true),
  );
  it.each([
    "http://doi.org/",
    "https://doi.org:8443/",
    "https://doi.org.evil.example/",
    "https://evil.example/doi.org",
    "https://www.doi.org/",
    "https://user@doi.org/",
    "https://user:pw@doi.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "smb://server/share",
    "ms-msdt:/id",
    "data:text/html,x",
    "not an address",
    "",
  ])("security line 9 (D): %s does not", (url) => expect(mayOpenExternally(url)).toBe(false));

  it("security line 12 (D): nothing but the window's own addresses loads", () => {
    for (const url of [
      "app://bundle/",
      "app://bundle/assets/a.js",
      "blob:app://bundle/1",
      "data:image/png,",
    ]) {
      expect(mayLoad(url, false)).toBe(true);
    }
    for (const url of [
      "http://127.0.0.1/",
      "https://example.org/",
      "ws://example.org/",
      "ftp://x/",
      "file:///etc/passwd",
      "app://other/",
      "devtools://devtools/bundled/x.html",
      "chrome://gpu/",
    ]) {
      expect(mayLoad(url, false)).toBe(false);
    }
    expect(mayLoad("devtools://devtools/bundled/x.html", true)).toBe(true);
  });
});

describe("restarts", () => {
  it("security line 17 (D): are bounded within a time, and allowed again after it", () => {
    const budget = new RestartBudget(2, 1000);
    expect([budget.take(0), budget.take(10), budget.take(20), budget.take(999)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(budget.take(1000)).toBe(true);
    expect(budget.take(1001)).toBe(false);
  });
});
