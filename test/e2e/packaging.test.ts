import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extractAll, listPackage } from "@electron/asar";
import { FuseState, FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sha256OfFile } from "../../electron/engine/base/hash.ts";
import { readModel } from "../../electron/engine/infer/model-folder.ts";
import { checkShippedFiles, shippedListSchema } from "../../electron/hosts/desktop/engine-files.ts";
import { stageEngine, type TargetSystem } from "../../electron/hosts/desktop/packing/stage-engine.ts";
import { startEngine } from "../../electron/hosts/engine/client.ts";
import { built, Desktop } from "../support/desktop.ts";
import { repositoryRoot } from "../support/shared.ts";
import { makeStubElectron } from "../support/stub-electron.ts";
import { describeWithTools } from "../support/tools.ts";

/** Files of a folder, hidden ones too, by path with forward slashes. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

const runs = process.platform === "linux" && process.arch === "x64";

/** Packs for this system against a stub of Electron, which has no program: all but Electron itself is as shipped. */
describe.skipIf(!runs)(`the package for Linux${runs ? "" : " (skipped: this is another system)"}`, () => {
  let folder = "";
  let unpacked = "";
  let resources = "";
  let engine = "";
  let archive = "";

  beforeAll(async () => {
    built("renderer", "engine", "desktop");
    folder = realpathSync(mkdtempSync(join(tmpdir(), "pureecho-package-")));
    mkdirSync(join(folder, "stub"));
    await makeStubElectron(join(folder, "stub"));
    const done = spawnSync(
      process.execPath,
      [
        join(repositoryRoot, "node_modules/electron-builder/cli.js"),
        ...["--linux", "dir", "--x64", "--publish", "never"],
        `-c.electronDist=${join(folder, "stub")}`,
        `-c.directories.output=${join(folder, "release")}`,
      ],
      { cwd: repositoryRoot, encoding: "utf8" },
    );
    if (done.status !== 0) throw new Error(`${done.stdout}${done.stderr}`);
    unpacked = join(folder, "release", "linux-unpacked");
    resources = join(unpacked, "resources");
    engine = join(resources, "engine");
    archive = join(folder, "archive");
    extractAll(join(resources, "app.asar"), archive);
  });
  afterAll(() => {
    if (folder !== "") rmSync(folder, { recursive: true, force: true });
  });

  it("line 14 (A): the archive holds the window and the shell, and nothing else", () => {
    const allowed = [
      /^package\.json$/,
      /^dist\/engine-files\.json$/,
      /^dist\/desktop\/(main\.js|preload\.cjs|LICENSES\.md)$/,
      /^dist\/renderer\/index\.html$/,
      /^dist\/renderer\/assets\/[\w.-]+\.(js|css|svg|png|wasm)$/,
    ];
    const files = filesBelow(archive);
    expect(files.filter((path) => !allowed.some((pattern) => pattern.test(path)))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([
        "dist/desktop/main.js",
        "dist/desktop/preload.cjs",
        "dist/renderer/index.html",
      ]),
    );
    // As listed by the archive itself: nothing hides in an unpacked part.
    expect(existsSync(join(resources, "app.asar.unpacked"))).toBe(false);
    expect(listPackage(join(resources, "app.asar"), { isPack: false }).join("\n")).not.toMatch(
      /node_modules|\.map|test/,
    );
    const manifest = JSON.parse(readFileSync(join(archive, "package.json"), "utf8")) as {
      main: string;
      devDependencies?: object;
    };
    expect(existsSync(join(archive, manifest.main))).toBe(true);
    expect(manifest.devDependencies).toBeUndefined();
    expect(statSync(join(resources, "app.asar")).size).toBeLessThan(6e6);
  });

  it("line 13 (A): the fuses are set", async () => {
    const { version: _version, ...wire } = await getCurrentFuseWire(join(unpacked, "pureecho"));
    const on = (option: FuseV1Options): boolean => wire[option] === FuseState.ENABLE;
    expect({
      runAsNode: on(FuseV1Options.RunAsNode),
      cookies: on(FuseV1Options.EnableCookieEncryption),
      nodeOptions: on(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
      inspect: on(FuseV1Options.EnableNodeCliInspectArguments),
      integrity: on(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
      onlyArchive: on(FuseV1Options.OnlyLoadAppFromAsar),
      snapshot: on(FuseV1Options.LoadBrowserProcessSpecificV8Snapshot),
      fileRights: on(FuseV1Options.GrantFileProtocolExtraPrivileges),
    }).toEqual({
      runAsNode: false,
      cookies: true,
      nodeOptions: false,
      inspect: false,
      integrity: true,
      onlyArchive: true,
      snapshot: false,
      fileRights: false,
    });
  });

  it("ships one language of Chromium and no source, map or test", () => {
    expect(readdirSync(join(unpacked, "locales"))).toEqual(["en-US.pak"]);
    expect(filesBelow(engine).filter((path) => /\.(map|ts|tsx)$|(^|\/)tests?\//.test(path))).toEqual([]);
  });

  it("ships ONNX Runtime for this system only, h5wasm, the kernels, the samples and a Node 24", () => {
    const files = filesBelow(engine);
    expect(files.filter((path) => path.includes("/napi-v6/"))).toEqual([
      "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1",
      "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
    ]);
    expect(files).toEqual(
      expect.arrayContaining([
        "node_modules/h5wasm/dist/node/hdf5_util.js",
        "dist/engine/kernels.wasm",
        "LICENSE",
        "NOTICE",
        "LICENSE.node",
      ]),
    );
    const samples = globSync("assets/samples/**/*", { cwd: repositoryRoot }).filter(
      (path) => !path.includes("samples/make") && statSync(join(repositoryRoot, path)).isFile(),
    );
    expect(files.filter((path) => path.startsWith("assets/samples/"))).toEqual(samples.sort());
    const models = globSync("models/*/model.json", { cwd: repositoryRoot });
    expect(files.filter((path) => path.endsWith("/model.json"))).toEqual(models.sort());
    expect(existsSync(join(repositoryRoot, "dist/package"))).toBe(false);
    const version = spawnSync(join(engine, "node"), ["--version"], { encoding: "utf8" }).stdout;
    expect(version).toMatch(/^v24\./);
    const weight = files.reduce((sum, path) => sum + statSync(join(engine, path)).size, 0);
    const weights = files.filter((path) => path.startsWith("models/"));
    const models_ = weights.reduce((sum, path) => sum + statSync(join(engine, path)).size, 0);
    expect(weight - models_).toBeLessThan(230e6);
  });

  it("line 14 (A): the hash list in the archive names every file beside it, and only those", async () => {
    const path = join(archive, "dist/engine-files.json");
    const list = shippedListSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    expect({ platform: list.platform, arch: list.arch }).toEqual({ platform: "linux", arch: "x64" });
    expect(Object.keys(list.files).sort()).toEqual(filesBelow(engine));
    for (const [name, { sha256, bytes }] of Object.entries(list.files)) {
      expect(statSync(join(engine, name)).size, name).toBe(bytes);
      expect(await sha256OfFile(join(engine, name)), name).toBe(sha256);
    }
    await checkShippedFiles(engine, path);
    for (const name of Object.keys(list.files).filter((one) => one.endsWith("/model.json"))) {
      const { manifest } = await readModel(join(engine, name, ".."));
      for (const file of manifest.files) {
        expect(list.files[name.replace("model.json", file.path)]).toEqual({
          sha256: file.sha256,
          bytes: file.bytes,
        });
      }
    }
  });

  it("the shipped Node runs the shipped engine: it reads a sample and tests its device", async () => {
    const running = startEngine({
      node: join(engine, "node"),
      script: join(engine, "dist/engine/engine.js"),
      environment: { PUREECHO_MODELS: join(engine, "models") },
    });
    try {
      const found = await running.ask("inspect", { paths: [join(engine, "assets/samples")] });
      expect(found.datasets.length).toBeGreaterThan(0);
      const { providers } = await running.ask("devices", { device: "cpu" });
      expect(providers.find((one) => one.id === "cpu")).toMatchObject({ usable: true });
    } finally {
      await running.close();
    }
  });

  it("the shipped command line reconstructs a sample without a checkout", () => {
    const out = join(folder, "out");
    const done = spawnSync(
      join(engine, "node"),
      [
        join(engine, "bin/pureecho.js"),
        ...["recon", join(engine, "assets/samples/phantom-2coil.h5")],
        ...["--method", "zero-filled", "--slices", "0:1", "--format", "npy", "--out", out, "--json"],
      ],
      { cwd: folder, encoding: "utf8", env: { PATH: "/nowhere", HOME: folder } },
    );
    expect(done.status, done.stderr).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({ selfCheck: { passed: true } });
    expect(existsSync(join(out, "image.npy"))).toBe(true);
  });

  describeWithTools(["chromium"], "started by the double of Electron", () => {
    const packaged = (): Desktop =>
      new Desktop({
        script: join(archive, "dist/desktop/main.js"),
        cwd: folder,
        environment: { DOUBLE_PACKAGED: "1", DOUBLE_RESOURCES: resources, NODE_OPTIONS: "" },
      });

    it("the packaged shell checks its engine's files and opens its window without developer tools", async () => {
      const desktop = packaged();
      try {
        const page = await desktop.page();
        expect(await page.title()).toContain("PureEcho");
        const { windows, recorded } = await desktop.ask("state");
        expect(windows[0].preferences).toMatchObject({ devTools: false });
        expect(recorded.filter((one) => one.what === "dialog.showErrorBox")).toEqual([]);
      } finally {
        await desktop.close();
      }
    });

    it("the packaged shell starts nothing when a file of the engine was changed", async () => {
      const library = join(engine, "dist/engine/engine.js");
      const before = readFileSync(library);
      appendFileSync(library, "\n");
      const desktop = packaged();
      try {
        expect(await desktop.exited).toBe(1);
        expect(desktop.log.join("")).toContain(
          "PureEcho cannot start: DAMAGED: engine.js: was changed since it was made",
        );
      } finally {
        writeFileSync(library, before);
        await desktop.close().catch(() => undefined);
      }
    });
  });
});

describe("what ships for other systems", () => {
  it.each([
    ["win32", "x64", "node.exe", ["DirectML.dll", "dxcompiler.dll", "dxil.dll", "onnxruntime.dll"]],
    ["darwin", "arm64", "node", ["libonnxruntime.1.30.0.dylib", "libonnxruntime.1.dylib"]],
    ["linux", "arm64", "node", ["libonnxruntime.so.1"]],
  ] as const)("for %s %s: only its own ONNX Runtime, its own Node", async (system, arch, node, libraries) => {
    built("renderer", "engine");
    const folder = mkdtempSync(join(tmpdir(), "pureecho-stage-"));
    const binary = join(folder, "some-node");
    writeFileSync(binary, "stands for the target's Node");
    process.env.PUREECHO_PACKAGE_NODE = binary;
    try {
      const { files } = await stageEngine(folder, system as TargetSystem, arch);
      const native = `node_modules/onnxruntime-node/bin/napi-v6/${system}/${arch}/`;
      expect(Object.keys(files).filter((path) => path.includes("/napi-v6/"))).toEqual(
        [...libraries, "onnxruntime_binding.node"].map((name) => native + name).sort(),
      );
      expect(files[node].bytes).toBe(statSync(binary).size);
    } finally {
      delete process.env.PUREECHO_PACKAGE_NODE;
      rmSync(folder, { recursive: true });
    }
  });

  it("no Intel Mac: ONNX Runtime has no build for it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pureecho-stage-"));
    await expect(stageEngine(folder, "darwin", "x64")).rejects.toThrow("nothing to ship at");
    rmSync(folder, { recursive: true });
  });
});
