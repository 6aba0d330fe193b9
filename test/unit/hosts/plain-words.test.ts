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

  it.each([
    ["EACCES: open '/data/Smith^John/x.h5'", "EACCES: open 'x.h5'"],
    ["cannot read /scratch/Smith^John", "cannot read Smith^John"],
    ["in /nfs/site/Smith^John/x.h5, byte 4", "in x.h5, byte 4"],
    ["open:/data/Smith^John/x.h5", "open:x.h5"],
    ["--out=/data/Smith,John/(new)/x.h5", "--out=x.h5"],
    ["ENOENT: open '/data/Smith John/x y.h5'", "ENOENT: open 'x y.h5'"],
    ["open '/data/O'Brien, Ann/x.h5', '/data/O'Brien, Ann/y.h5'", "open 'x.h5', 'y.h5'"],
    ['"D:\\scans\\Smith John\\x.h5" is damaged', '"x.h5" is damaged'],
    ["E:/scans/Smith^John/x.h5 is damaged", "x.h5 is damaged"],
    ["\\\\server\\share\\Smith^John\\x.h5", "x.h5"],
    ["//server/share/Smith^John/x.h5", "x.h5"],
    ["file:///data/Smith^John/x.h5", "x.h5"],
    ["/Données/Müller/x.h5 fehlt", "x.h5 fehlt"],
    ["/data/Smith^John/x.h5:/dataset/data", "x.h5:/dataset/data"],
    ["/dataset/Smith^John/x.h5 and /kspace_old/Smith/x.h5", "x.h5 and x.h5"],
    ["/dataset/data/Smith/x.h5 and /dataset/Smith", "x.h5 and Smith"],
  ])("takes the folders out of %s", (text, plain) => expect(withoutPaths(text)).toBe(plain));

  it.each([
    "/dataset/data[3]",
    "'/dataset/xml' is missing, or is not in /dataset/data.",
    "/dataset/image_0/data",
    "/kspace, /mask and /reconstruction_rss",
    "/kspace[2]",
    "1 mm/px at R/L and 3/4, k-space/mask",
    "see https://doi.org/10.1002/mrm.1241 and http://127.0.0.1:8080/a/b",
    "/ alone, and /data",
  ])("leaves %s as it is", (text) => expect(withoutPaths(text)).toBe(text));

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
