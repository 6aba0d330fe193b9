import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeFolder, produceAtomically, writeAtomically } from "../../../electron/engine/base/atomic-file.ts";
import { EchoError } from "../../../electron/engine/base/errors.ts";
import { sha256 } from "../../../electron/engine/base/hash.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pureecho-atomic-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("atomic files", () => {
  it("write, make folders, and return the hash of what lies on the disk", async () => {
    const path = join(folder, "a/b/c.txt");
    const hash = await writeAtomically(path, "echo");
    expect(hash).toBe(sha256("echo"));
    expect(readFileSync(path, "utf8")).toBe("echo");
    expect(readdirSync(join(folder, "a/b"))).toEqual(["c.txt"]);
  });

  it("keep the old file and leave no half one when producing fails", async () => {
    const path = join(folder, "kept.txt");
    writeFileSync(path, "before");
    const failing = produceAtomically(
      path,
      async (temporary) => {
        writeFileSync(temporary, "half");
        throw new Error("disk full");
      },
      async () => undefined,
    );
    await expect(failing).rejects.toMatchObject({
      fault: { code: "WRITE_FAILED", path, reason: "disk full" },
    });
    expect(readFileSync(path, "utf8")).toBe("before");
    expect(readdirSync(folder)).toEqual(["kept.txt"]);
  });

  it("refuse what was read back differently", async () => {
    const path = join(folder, "bad.txt");
    const failing = produceAtomically(
      path,
      async (temporary) => writeFileSync(temporary, "something"),
      async () => {
        throw new EchoError("WRITE_FAILED", "read back differently", { path });
      },
    );
    await expect(failing).rejects.toMatchObject({ fault: { code: "WRITE_FAILED" } });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("make folders one by one, and end where no folder can be made", async () => {
    await makeFolder(join(folder, "x/y/z"));
    await makeFolder(join(folder, "x/y/z"));
    expect(readdirSync(join(folder, "x/y"))).toEqual(["z"]);
    // Node's own recursive mkdir never returns here.
    if (process.platform === "linux") {
      await expect(makeFolder("/proc/none/deeper")).rejects.toMatchObject({
        fault: { code: "WRITE_FAILED" },
      });
    }
  });

  it("say that the folder cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(writeAtomically(join(folder, "file/x.txt"), "")).rejects.toMatchObject({
      fault: { code: "WRITE_FAILED", path: join(folder, "file"), reason: "is a file, not a folder" },
    });
  });
});
