import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { repositoryRoot } from "../../support/shared.ts";

/**
 * Which rooms a room may import beside itself (CONTRIBUTING draws it). Packages are listed where only one room may
 * have them.
 */
const engine = (name: string): string => `electron/engine/${name}`;
const below: Record<string, readonly string[]> = {
  "electron/contracts": [],
  [engine("base")]: [],
  [engine("dataset")]: ["base"].map(engine),
  [engine("physics")]: ["base", "dataset"].map(engine),
  [engine("infer")]: ["base", "dataset"].map(engine),
  [engine("read")]: ["base", "dataset", "physics", "infer"].map(engine),
  [engine("write")]: ["base", "dataset", "physics", "infer"].map(engine),
  [engine("judge")]: ["base", "dataset", "physics", "infer"].map(engine),
  [engine("methods")]: ["base", "dataset", "physics", "infer", "read", "write", "judge"].map(engine),
  [engine("robust")]: ["base", "dataset", "physics", "infer", "read", "write", "judge", "methods"].map(
    engine,
  ),
  [engine("pipeline")]: [
    "base",
    "dataset",
    "physics",
    "infer",
    "read",
    "write",
    "judge",
    "methods",
    "robust",
  ].map(engine),
  [engine("batch")]: ["base", "dataset", "pipeline"].map(engine),
  "electron/hosts/engine": ["base", "pipeline", "batch"].map(engine),
  "electron/hosts/desk": [engine("base"), engine("pipeline"), "electron/hosts/engine"],
  "electron/hosts/web": [engine("base"), engine("pipeline"), "electron/hosts/engine", "electron/hosts/desk"],
  "electron/hosts/desktop": [
    engine("base"),
    engine("pipeline"),
    "electron/hosts/engine",
    "electron/hosts/desk",
  ],
  "electron/hosts/cli": [
    engine("base"),
    engine("pipeline"),
    engine("batch"),
    "electron/hosts/engine",
    "electron/hosts/desk",
    "electron/hosts/web",
  ],
  "renderer/bridge": [],
  "renderer/words": [],
  "renderer/viewport": ["renderer/words"],
  "renderer/state": ["renderer/bridge", "renderer/words", "renderer/viewport"],
  "renderer/forms": ["renderer/words", "renderer/state"],
  "renderer/pages": [
    "renderer/bridge",
    "renderer/words",
    "renderer/viewport",
    "renderer/state",
    "renderer/forms",
  ],
  renderer: ["renderer/pages", "renderer/state", "renderer/bridge", "renderer/words"],
};

const packages: readonly { name: RegExp; only: readonly string[] }[] = [
  { name: /^electron$/, only: ["electron/hosts/desktop"] },
  { name: /^onnxruntime-/, only: [engine("infer")] },
  { name: /^dicom-parser$/, only: [engine("read")] },
  { name: /^h5wasm/, only: [engine("read"), engine("write")] },
  {
    name: /^(react|react-dom|zustand)(\/|$)/,
    only: Object.keys(below).filter((room) => room.startsWith("renderer")),
  },
];

interface Import {
  file: string;
  room: string;
  target: string;
}

function roomOf(path: string): string | null {
  const folder = dirname(path);
  const rooms = Object.keys(below).filter((room) => folder === room || folder.startsWith(`${room}/`));
  return rooms.sort((a, b) => b.length - a.length)[0] ?? null;
}

function sources(folder: string): string[] {
  return readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

const imports: Import[] = [...sources("electron"), ...sources("renderer")].flatMap((file) => {
  const text = readFileSync(join(repositoryRoot, file), "utf8");
  const found = text.matchAll(/(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)["']([^"']+)["']/gm);
  return [...found].map(([, target]) => ({ file, room: roomOf(file) ?? "", target }));
});

describe("files", () => {
  it("stay short enough to be read", () => {
    const long = [...sources("electron"), ...sources("renderer"), ...sources("test")].filter(
      (file) => readFileSync(join(repositoryRoot, file), "utf8").split("\n").length > 401,
    );
    expect(long).toEqual([]);
  });
});

describe("imports run one way", () => {
  it("sees the house", () => {
    expect(imports.length).toBeGreaterThan(100);
    expect(imports.filter((one) => one.room === "").map((one) => one.file)).toEqual([]);
  });

  it("holds between rooms", () => {
    const wrong = imports.filter(({ file, room, target }) => {
      if (!target.startsWith(".")) return false;
      const path = relative(repositoryRoot, resolve(repositoryRoot, dirname(file), target));
      // The version: told by the engine, and put into the package.
      if (path === "package.json") return room !== engine("pipeline") && room !== "electron/hosts/desktop";
      const other = roomOf(path);
      if (other === room || other === "electron/contracts") return false;
      return other === null || !below[room].includes(other);
    });
    expect(wrong.map((one) => `${one.file} imports ${one.target}`)).toEqual([]);
  });

  it("lets contracts import zod only", () => {
    const wrong = imports.filter(
      (one) => one.room === "electron/contracts" && !/^(zod$|\.\/)/.test(one.target),
    );
    expect(wrong).toEqual([]);
  });

  it("keeps packages in their rooms", () => {
    const wrong = imports.filter(({ room, target }) =>
      packages.some(({ name, only }) => name.test(target) && !only.includes(room)),
    );
    expect(wrong.map((one) => `${one.file} imports ${one.target}`)).toEqual([]);
  });
});
