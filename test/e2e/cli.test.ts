import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordSchema } from "../../electron/contracts/record.ts";
import { pureecho } from "../support/cli.ts";
import { writeTestScan } from "../support/scan.ts";

let folder = "";
let scan = "";

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pureecho-cli-"));
  scan = await writeTestScan(folder, { coils: 4, rows: 48, columns: 40, slices: 2 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const out = (name: string): string => join(folder, name);

describe("the command line", () => {
  it("inspects files and folders, and refuses in words", async () => {
    const bad = join(folder, "bad");
    mkdirSync(bad);
    writeFileSync(join(bad, "noise.bin"), Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]));
    const found = await pureecho(["inspect", scan, bad, "--json"]);
    expect(found.code).toBe(0);
    const { datasets, refused } = found.json() as {
      datasets: Record<string, unknown>[];
      refused: Record<string, unknown>[];
    };
    expect(datasets).toHaveLength(1);
    expect(datasets[0]).toMatchObject({
      kind: "kspace",
      coils: 4,
      matrix: [48, 40],
      shape: [2, 4, 48, 40],
      synthetic: true,
    });
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ path: join(bad, "noise.bin") });
    const nothing = await pureecho(["inspect", bad]);
    expect(nothing.code).toBe(3);
    expect(nothing.stdout).toContain("refused: UNKNOWN_FORMAT");
  });

  it("reconstructs, writes what was asked for and a record that repeats in bits", async () => {
    const done = await pureecho([
      ...["recon", scan, "--method", "sense", "--mask", "equispaced:2:12:0", "--reference", "full"],
      ...["--set", "lambda=0.005", "--set", "iterations=12", "--seed", "5", "--out", out("sense")],
      ...["--format", "npy,png,nifti,dicom,hdf5,report", "--json"],
    ]);
    expect(done.stderr).not.toContain("INTERNAL");
    expect(done.code).toBe(0);
    const answer = done.json() as {
      outputs: { format: string; path: string; sha256: string }[];
      record: string;
      pixelsSha256: string;
      metrics: { psnr: number };
      residual: number[];
      selfCheck: { passed: boolean };
    };
    expect(new Set(answer.outputs.map((one) => one.format))).toEqual(
      new Set(["npy", "png", "nifti", "dicom", "hdf5", "report"]),
    );
    for (const one of answer.outputs) expect(existsSync(one.path), one.path).toBe(true);
    expect(answer.selfCheck.passed).toBe(true);
    expect(answer.residual).toHaveLength(2);
    expect(answer.metrics.psnr).toBeGreaterThan(25);
    const record = recordSchema.parse(JSON.parse(readFileSync(answer.record, "utf8")));
    expect(record.options).toMatchObject({ lambda: 0.005, iterations: 12 });
    expect(record.result.pixelsSha256).toBe(answer.pixelsSha256);
    expect(
      readdirSync(out("sense"), { recursive: true, encoding: "utf8" }).filter((name) =>
        name.endsWith(".part"),
      ),
    ).toEqual([]);

    const again = await pureecho(["rerun", answer.record, "--json"]);
    expect(again.code).toBe(0);
    expect(again.json()).toMatchObject({ same: "bits", largestDifference: 0 });

    const judged = await pureecho(["judge", out("sense"), "--reference", out("sense"), "--json"]);
    expect(judged.code).toBe(0);
    expect(judged.json()).toMatchObject({ nmse: 0, nrmse: 0, ssim: 1, n: 2 });
  });

  it("says that a rerun differs when the recorded pixels are not those", async () => {
    const made = await pureecho([
      "recon",
      scan,
      "--method",
      "zero-filled",
      "--out",
      out("changed"),
      "--format",
      "npy",
      "--json",
    ]);
    const { record } = made.json() as { record: string };
    const kept = JSON.parse(readFileSync(record, "utf8"));
    kept.result.pixelsSha256 = "0".repeat(64);
    kept.job.mask = "equispaced:3:8:0";
    writeFileSync(record, JSON.stringify(kept));
    const again = await pureecho(["rerun", record, "--json"]);
    expect(again.code).toBe(1);
    expect(again.json()).toMatchObject({ same: "differs" });
  });

  it("answers mistakes with code, place, cause and the exit code of the contract", async () => {
    const cases: [string[], number, string][] = [
      [["recon", scan, "--method", "magic-wand"], 2, "USAGE"],
      [["recon", scan, "--method", "sense", "--set", "lambda=-1"], 2, "lambda"],
      [["recon", scan, "--method", "sense", "--set", "colour=red"], 2, "colour"],
      [["recon", scan, "--method", "sense", "--mask", "diagonal:3"], 2, "USAGE"],
      [["recon", scan, "--method", "sense", "--slices", "0:9"], 2, "slices"],
      [["recon", join(folder, "nowhere.h5"), "--method", "sense"], 3, "NOT_FOUND"],
      [["recon", scan, "--method", "zero-filled", "--out", join(scan, "below-a-file")], 5, "WRITE_FAILED"],
      [["recon", scan], 2, "--method"],
      [["no-such-command"], 2, "no-such-command"],
    ];
    for (const [args, code, word] of cases) {
      const done = await pureecho([
        ...args,
        ...(args.includes("--out") ? [] : args[0] === "recon" ? ["--out", out("refused")] : []),
      ]);
      expect(done.code, args.join(" ")).toBe(code);
      expect(done.stderr, args.join(" ")).toContain(word);
    }
    const told = await pureecho([
      "recon",
      join(folder, "nowhere.h5"),
      "--method",
      "sense",
      "--json",
      "--out",
      out("refused"),
    ]);
    expect(told.json()).toMatchObject({
      error: { code: "NOT_FOUND", path: join(folder, "nowhere.h5"), where: null },
    });
    expect(existsSync(out("refused"))).toBe(false);
  });

  it("tells the parser's complaints as every other error, with --json too", async () => {
    for (const args of [["bogus"], ["recon", scan, "--method", "sense", "--slices", "x"], []]) {
      const done = await pureecho([...args, "--json"]);
      expect(done.code).toBe(2);
      expect(done.json()).toMatchObject({ error: { code: "USAGE" } });
      expect(done.stderr).toContain("USAGE: ");
    }
  });

  it("ends serve when it cannot start, the engine with it", async () => {
    const done = await pureecho(["serve", join(folder, "nowhere")]);
    expect(done.code).toBe(3);
    expect(done.stderr).toContain("NOT_FOUND");
    expect((await pureecho(["serve", "--port", "99999"])).code).toBe(2);
  });

  it("ends with 130 when it is interrupted, and leaves nothing behind", async () => {
    const long = await writeTestScan(join(folder, "long"), { coils: 8, rows: 128, columns: 128, slices: 4 });
    const done = await pureecho(
      [
        ...["recon", long, "--method", "sense", "--mask", "equispaced:3:16:0"],
        // With every line, or with a lambda, sense would be done long before the last iteration.
        ...["--set", "iterations=1000", "--set", "tolerance=0", "--set", "lambda=0"],
        ...["--out", out("cancelled")],
      ],
      {
        onStart: (child) => {
          child.stderr?.on("data", (text: string) => {
            if (text.includes("sense:")) child.kill("SIGINT");
          });
        },
      },
    );
    expect(done.code).toBe(130);
    expect(done.stderr).toContain("CANCELLED");
    expect(existsSync(out("cancelled"))).toBe(false);
  });

  it("lists methods, models and devices", async () => {
    const methods = await pureecho(["methods", "--json"]);
    expect((methods.json() as { methods: { id: string }[] }).methods.map((one) => one.id)).toEqual(
      expect.arrayContaining(["zero-filled", "sense"]),
    );
    const told = await pureecho(["methods"]);
    expect(told.stdout).toMatch(/--set lambda=0\.01 0 to 100/);
    const models = await pureecho(["models"], { environment: { PUREECHO_MODELS: folder } });
    expect(models.code).toBe(0);
    expect(models.stdout).toContain("No trained model is installed");
    const devices = await pureecho(["devices", "--json", "--device", "cpu"]);
    expect(devices.code).toBe(0);
    expect(devices.json()).toMatchObject({ providers: [{ id: "cpu", usable: true }] });
  });

  it("simulates k-space that it reads back", async () => {
    const made = await pureecho([
      ...["recon", scan, "--method", "zero-filled", "--out", out("source"), "--format", "nifti", "--json"],
    ]);
    const { outputs } = made.json() as { outputs: { path: string }[] };
    for (const format of ["ismrmrd", "fastmri"]) {
      const done = await pureecho([
        ...[
          "simulate",
          outputs[0].path,
          "--coils",
          "3",
          "--noise",
          "0.005",
          "--format",
          format,
          "--out",
          out(format),
          "--json",
        ],
      ]);
      expect(done.stderr).not.toContain("INTERNAL");
      expect(done.code).toBe(0);
      const raw = (done.json() as { outputs: { path: string }[] }).outputs[0].path;
      const found = await pureecho(["inspect", raw, "--json"]);
      expect((found.json() as { datasets: unknown[] }).datasets[0]).toMatchObject({
        kind: "kspace",
        coils: 3,
        synthetic: true,
      });
    }
  });
});

/** The Node that the machine has, when it is older than the pinned one: 20 on Debian machines that follow NodeSource. */
const olderNode = (process.env.PATH ?? "")
  .split(":")
  .map((one) => join(one, "node"))
  .find((path) => existsSync(path) && !path.includes("node_modules"));

describe("bin/pureecho.js", () => {
  it("runs itself with the pinned Node from another folder, an older Node first on PATH", async () => {
    if (olderNode === undefined) throw new Error("this machine has no Node of its own");
    const link = join(folder, "bin");
    mkdirSync(link);
    symlinkSync(olderNode, join(link, "node"));
    const done = await pureecho(["--version"], {
      cwd: tmpdir(),
      node: olderNode,
      environment: { PATH: `${link}:/usr/bin:/bin` },
    });
    expect(done.stderr).toBe("");
    expect(done.code).toBe(0);
    expect(done.stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
