import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../../electron/engine/base/hash.ts";
import {
  checkShippedFiles,
  cleanEnvironment,
  packagedEngine,
} from "../../../electron/hosts/desktop/engine-files.ts";

describe("the engine's files in a package", () => {
  let folder = "";
  let root = "";
  const listPath = (): string => join(folder, "engine-files.json");
  const content: Record<string, string> = {
    node: "program",
    "dist/engine/engine.js": "engine",
    "models/m/net.onnx": "weights",
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pureecho-shipped-"));
    root = join(folder, "engine");
    const files: Record<string, { sha256: string; bytes: number }> = {};
    for (const [name, text] of Object.entries(content)) {
      mkdirSync(join(root, name, ".."), { recursive: true });
      writeFileSync(join(root, name), text);
      files[name] = { sha256: sha256(text), bytes: text.length };
    }
    writeFileSync(listPath(), JSON.stringify({ version: 1, platform: "linux", arch: "x64", files }));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const fault = async (): Promise<object> => {
    try {
      await checkShippedFiles(root, listPath());
    } catch (error) {
      return (error as { fault: object }).fault;
    }
    return {};
  };

  it("pass when they are exactly those of the list", async () => {
    await expect(checkShippedFiles(root, listPath())).resolves.toBeUndefined();
  });
  it("security line 14 (D): a changed byte stops the start", async () => {
    writeFileSync(join(root, "node"), "prog7am");
    expect(await fault()).toMatchObject({ code: "DAMAGED", path: join(root, "node") });
  });
  it("security line 14 (D): a file that was added stops the start", async () => {
    mkdirSync(join(root, "node_modules"));
    writeFileSync(join(root, "node_modules", "extra.js"), "");
    expect(await fault()).toMatchObject({
      reason: "does not belong to PureEcho",
      path: join(root, "node_modules/extra.js"),
    });
  });
  it("security line 14 (D): a missing file and one replaced by a link to nowhere stop the start", async () => {
    rmSync(join(root, "dist/engine/engine.js"));
    expect(await fault()).toMatchObject({ reason: "is missing" });
    symlinkSync(join(folder, "nowhere"), join(root, "dist/engine/engine.js"));
    expect(await fault()).toMatchObject({ reason: "is missing" });
  });
  it("security line 14 (D): weights of another size stop the start; their content is hashed when they are loaded", async () => {
    appendFileSync(join(root, "models/m/net.onnx"), "more");
    expect(await fault()).toMatchObject({ code: "DAMAGED", path: join(root, "models/m/net.onnx") });
    writeFileSync(join(root, "models/m/net.onnx"), "WEIGHTS");
    expect(await fault()).toEqual({});
  });
  it("lie beside the archive, with the target's own Node", () => {
    expect(packagedEngine("/r", "linux").node).toBe(join("/r", "engine", "node"));
    expect(packagedEngine("/r", "win32").node).toBe(join("/r", "engine", "node.exe"));
  });
  it("run without switches from the environment", () => {
    const environment = { NODE_OPTIONS: "--require evil", ELECTRON_RUN_AS_NODE: "1", PATH: "/bin" };
    cleanEnvironment(environment);
    expect(environment).toEqual({ PATH: "/bin" });
  });
});
