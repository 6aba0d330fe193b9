import { mkdtempSync, rmSync, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EchoError } from "../../../electron/engine/base/errors.ts";
import { dataFolderPath, privateFolder } from "../../../electron/hosts/desk/data-folder.ts";
import { fileNameOf } from "../../../electron/hosts/desk/exporting.ts";
import { faultForWindow, withoutPaths } from "../../../electron/hosts/desk/plain-words.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "desk-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("words for the window", () => {
  it("takes absolute paths out of every field and leaves the rest", () => {
    const fault = new EchoError("DAMAGED", "cannot parse /home/jane doe/scans/x y.h5 at byte 4", {
      path: "/home/jane doe/scans/x y.h5",
      where: "/dataset/data",
      hint: "see C:\\Users\\jane\\x.h5 or /home/jane doe/scans/deep er/y.h5 or /tmp/abc/def",
    }).fault;
    expect(faultForWindow(fault, ["/home/jane doe/scans", "/home/jane doe/scans/deep er/y.h5"])).toEqual({
      code: "DAMAGED",
      path: "x y.h5",
      where: "/dataset/data",
      reason: "cannot parse x y.h5 at byte 4",
      hint: "see x.h5 or y.h5 or def",
    });
    expect(withoutPaths(`${homedir()}/deep/secret.dcm failed`)).toBe("secret.dcm failed");
    expect(withoutPaths("1 mm/px, 3/4, kspace and/or mask")).toBe("1 mm/px, 3/4, kspace and/or mask");
  });

  it("makes file names that every system takes", () => {
    expect(fileNameOf("Dœ, John: T1/../../etc sense")).toBe("D-John-T1-..-..-etc-sense");
    expect(fileNameOf("...")).toBe("result");
    expect(fileNameOf("a".repeat(300))).toHaveLength(80);
  });
});

describe("data folder", () => {
  it("follows PUREECHO_DATA, then the system", () => {
    expect(dataFolderPath({ PUREECHO_DATA: "/somewhere/else" }, "linux")).toBe("/somewhere/else");
    expect(dataFolderPath({ XDG_DATA_HOME: "/xdg" }, "linux")).toBe("/xdg/pureecho");
    expect(dataFolderPath({ XDG_DATA_HOME: "relative" }, "linux")).toBe(
      join(homedir(), ".local/share/pureecho"),
    );
    expect(dataFolderPath({}, "darwin")).toBe(join(homedir(), "Library/Application Support/PureEcho"));
    expect(dataFolderPath({ LOCALAPPDATA: "/local" }, "win32")).toBe(join("/local", "PureEcho"));
  });

  it("narrows a folder that was open to others", async () => {
    await mkdir(join(folder, "wide"), { mode: 0o755 });
    await privateFolder(join(folder, "wide"));
    expect(statSync(join(folder, "wide")).mode & 0o777).toBe(0o700);
  });
});
