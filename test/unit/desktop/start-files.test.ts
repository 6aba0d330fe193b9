import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFiles } from "../../../electron/hosts/desktop/start-files.ts";

describe("files the program is started with", () => {
  let folder = "";
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "pureecho-start-")));
    mkdirSync(join(folder, "study"));
    writeFileSync(join(folder, "scan.h5"), "x");
    symlinkSync(join(folder, "scan.h5"), join(folder, "again.h5"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("security line 15 (D): are taken from the starter's folder, once each, by their true path", () => {
    expect(startFiles(["scan.h5", join(folder, "study"), "again.h5", "./scan.h5"], folder)).toEqual([
      join(folder, "scan.h5"),
      join(folder, "study"),
    ]);
  });

  it("security line 15 (D): switches, addresses, devices and what is not there are left out", () => {
    const args = [
      "--no-sandbox",
      "-x",
      "",
      "https://example.org/scan.h5",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "none.h5",
      "scan.h5\0",
      "/dev/null",
    ];
    expect(startFiles(args, folder)).toEqual([]);
  });
});
