import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "vite";
import type { ComplexArray } from "../../electron/engine/base/complex.ts";
import { randomStream } from "../../electron/engine/base/random.ts";
import type { SamplingMask } from "../../electron/engine/dataset/dataset.ts";
import { simulatedCoils } from "../../electron/engine/methods/simulated-coils.ts";
import { fft2Centred } from "../../electron/engine/physics/fft.ts";
import { drawMask, parseMask } from "../../electron/engine/physics/masks.ts";
import { applyMask } from "../../electron/engine/physics/sense.ts";
import { readCfl, writeCfl } from "../support/cfl.ts";
import { nrmseAfterScale } from "../support/compare.ts";
import { repositoryRoot } from "../support/shared.ts";

/**
 * `npm run bench`: whole commands of BART (pics, ecalib) against whole commands of ours on the same files, alternating,
 * with one and with two threads set alike for both; the inner loop from the slope between two iteration counts. Prints
 * Markdown. Options: --sizes 256,320 --coils 8 --runs 7 --threads 1,2 --json FILE.
 */
const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "256,320,368" },
    coils: { type: "string", default: "8,16" },
    threads: { type: "string", default: "1,2" },
    runs: { type: "string", default: "7" },
    json: { type: "string" },
  },
});
const numbers = (text: string): number[] => text.split(",").map(Number);
const [few, many] = [10, 40];

/** Variables that would force a kernel of a BLAS or its threads are taken away from both. */
function environment(threads: number): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...rest } = process.env;
  return { ...rest, OMP_NUM_THREADS: String(threads), OPENBLAS_NUM_THREADS: String(threads) };
}

const pinned = existsSync("/usr/bin/taskset");
const timed = existsSync("/usr/bin/time");

interface Timing {
  /** Milliseconds of wall time and of CPU time (user and system, all threads). */
  readonly wall: number;
  readonly cpu: number;
}

/** Runs a command on as many cores as it has threads. */
function run(command: readonly string[], threads: number): Timing {
  const bound = pinned ? ["taskset", "-c", threads === 1 ? "0" : `0-${threads - 1}`, ...command] : command;
  const script = 'TIMEFORMAT="%3U %3S"; time "$@" > /dev/null';
  const begin = process.hrtime.bigint();
  const done = spawnSync("bash", ["-c", script, "bash", ...bound], {
    encoding: "utf8",
    env: environment(threads),
  });
  const wall = Number(process.hrtime.bigint() - begin) / 1e6;
  if (done.status !== 0) throw new Error(`${command.join(" ")} failed\n${done.stderr}`);
  const [user, system] = done.stderr.trim().split("\n").at(-1)!.split(" ").map(Number);
  return { wall, cpu: 1000 * (user + system) };
}

/** Largest resident set of a command, MB. */
function peakMemory(command: readonly string[]): number | null {
  if (!timed) return null;
  const done = spawnSync("/usr/bin/time", ["-f", "%M", ...command], {
    encoding: "utf8",
    env: environment(1),
  });
  return Number(done.stderr.trim().split("\n").at(-1)) / 1024;
}

interface Case {
  readonly size: number;
  readonly coils: number;
  readonly mask: "1-D" | "2-D";
  readonly method: "l2" | "wavelet" | "maps";
}

const folder = mkdtempSync(join(tmpdir(), "pureecho-bench-"));
const file = (name: string): string => join(folder, name);
function bart(...args: string[]): void {
  const done = spawnSync("bart", args, { encoding: "utf8" });
  if (done.error || done.status !== 0) {
    throw new Error(`bart ${args.join(" ")}: ${done.error?.message ?? done.stderr}`);
  }
}

/** The phantom of BART seen by made coils, noise 0.01 per real component where the 99th percentile of its RSS is 1. */
function makeSamples(size: number, coils: number): ComplexArray {
  bart("phantom", "-x", String(size), file("object"));
  const object = readCfl(file("object"));
  const maps = simulatedCoils(coils, size, size, 1);
  writeCfl(file("maps"), maps);
  const sorted = object.data.filter((_, i) => i % 2 === 0).sort();
  const unit = sorted[Math.floor(0.99 * sorted.length)];
  const samples: ComplexArray = { shape: maps.shape, data: new Float32Array(maps.data.length) };
  for (let i = 0; i < maps.data.length; i++) samples.data[i] = 0;
  const plane = 2 * size * size;
  for (let coil = 0; coil < coils; coil++) {
    const noise = randomStream(1, "bench.noise", coil);
    const image = samples.data.subarray(coil * plane, (coil + 1) * plane);
    for (let i = 0; i < plane; i += 2) {
      const value = object.data[i] / unit;
      image[i] = value * maps.data[coil * plane + i];
      image[i + 1] = value * maps.data[coil * plane + i + 1];
    }
    fft2Centred({ shape: [size, size], data: image }, false);
    for (let i = 0; i < plane; i++) image[i] += 0.01 * noise.normal();
  }
  return samples;
}

function maskOf(kind: Case["mask"], size: number): SamplingMask {
  if (kind === "1-D") return drawMask(parseMask("equispaced:4:24:0"), size, size, 0);
  const n = String(size);
  bart("poisson", "-Y", n, "-Z", n, "-y", "1.9", "-z", "1.9", "-C", "24", "-s", "1", file("poisson"));
  const points = readCfl(file("poisson")).data;
  return {
    shape: [size, size],
    data: Uint8Array.from({ length: size * size }, (_, i) => (points[2 * i] !== 0 ? 1 : 0)),
  };
}

function writeMasked(samples: ComplexArray, mask: SamplingMask): void {
  const [coils, size] = samples.shape;
  const kept = { shape: samples.shape, data: samples.data.slice() };
  const plane = 2 * size * size;
  for (let coil = 0; coil < coils; coil++) {
    const part = kept.data.subarray(coil * plane, (coil + 1) * plane);
    applyMask({ shape: [size, size], data: part }, mask);
  }
  writeCfl(file("samples"), kept);
}

const entries = ["sense-command", "maps-command"];

/** Bundles our commands as the engine is bundled in a package: BART is compiled too. */
async function bundleOurs(): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    root: repositoryRoot,
    build: {
      ssr: true,
      outDir: folder,
      emptyOutDir: false,
      target: "node24",
      minify: false,
      rolldownOptions: {
        input: entries.map((name) => `test/bench/${name}.ts`),
        output: { format: "es", entryFileNames: "[name].js" },
      },
    },
    ssr: { target: "node", noExternal: true },
  });
  writeFileSync(file("package.json"), '{ "type": "module" }\n');
  copyFileSync(join(repositoryRoot, "electron/engine/physics/kernels/kernels.wasm"), file("kernels.wasm"));
}

function commands(method: Case["method"], iterations: number): { theirs: string[]; ours: string[] } {
  const n = String(iterations);
  if (method === "maps") {
    return {
      theirs: ["bart", "ecalib", "-m1", "-r24", file("samples"), file("theirs")],
      ours: [process.execPath, file("maps-command.js"), file("samples"), file("ours")],
    };
  }
  const inputs = [file("samples"), file("maps")];
  const l2 = method === "l2";
  return {
    theirs: [
      "bart",
      "pics",
      ...(l2 ? ["-l2", "-r", "0.01"] : ["-R", "W:3:0:0.01"]),
      ...["-w", "1", "-i", n, ...inputs, file("theirs")],
    ],
    ours: [
      process.execPath,
      file("sense-command.js"),
      ...inputs,
      file("ours"),
      "0.01",
      n,
      ...(l2 ? [] : ["0.01"]),
    ],
  };
}

const smallest = (all: readonly number[]): number => Math.min(...all);
const middle = (all: readonly number[]): number => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

/** Milliseconds; `cpu` counts user and system time of all threads. */
interface Side {
  readonly min: number;
  readonly median: number;
  readonly cpu: number;
  /** Null where nothing iterates. */
  readonly perIteration: number | null;
  readonly cpuPerIteration: number | null;
  readonly peakMb: number | null;
}

interface Row extends Case {
  readonly threads: number;
  readonly iterations: number;
  readonly theirs: Side;
  readonly ours: Side;
  /** `|theirs - f ours| / |theirs|` for l2 at the larger iteration count; wavelets are not made to agree. */
  readonly difference: number | null;
}

function measure(one: Case, threads: number, runs: number): Row {
  const all = { theirsFew: [], theirsMany: [], oursFew: [], oursMany: [] } as Record<string, Timing[]>;
  const iterates = one.method !== "maps";
  const [short, long] = [commands(one.method, few), commands(one.method, many)];
  for (let i = 0; i <= runs; i++) {
    const round: [string, string[]][] = [
      ["theirsMany", long.theirs],
      ["oursMany", long.ours],
    ];
    if (iterates) round.push(["theirsFew", short.theirs], ["oursFew", short.ours]);
    for (const [name, command] of round) {
      const timing = run(command, threads);
      // The first round only warms the file cache.
      if (i > 0) all[name].push(timing);
    }
  }
  const side = (name: "theirs" | "ours"): Side => {
    const [f, m] = [all[`${name}Few`], all[`${name}Many`]];
    const walls = m.map(({ wall }) => wall);
    const least = (timings: Timing[], kind: keyof Timing): number =>
      smallest(timings.map((timing) => timing[kind]));
    const slope = (kind: keyof Timing): number | null =>
      iterates ? (least(m, kind) - least(f, kind)) / (many - few) : null;
    return {
      min: smallest(walls),
      median: middle(walls),
      cpu: least(m, "cpu"),
      perIteration: slope("wall"),
      cpuPerIteration: slope("cpu"),
      peakMb: peakMemory(long[name]),
    };
  };
  const [theirs, ours] = [side("theirs"), side("ours")];
  const difference =
    one.method === "l2"
      ? nrmseAfterScale(readCfl(file("theirs")).data, readCfl(file("ours")).data).nrmse
      : null;
  return { ...one, threads, iterations: many, theirs, ours, difference };
}

function print(row: Row): void {
  const { size, coils, mask, method, threads, theirs, ours, difference } = row;
  const ms = (side: Row["ours"]): string => `${side.min.toFixed(0)} / ${side.median.toFixed(0)}`;
  const mb = (side: Row["ours"]): string => (side.peakMb === null ? "-" : side.peakMb.toFixed(0));
  const pair = (a: number | null, b: number | null): string =>
    a === null || b === null ? "-" : `${a.toFixed(2)} / ${b.toFixed(2)}`;
  const cells = [
    `${coils} x ${size}²`,
    `${method} ${mask}`,
    threads,
    ms(theirs),
    ms(ours),
    (ours.min / theirs.min).toFixed(2),
    `${theirs.cpu.toFixed(0)} / ${ours.cpu.toFixed(0)}`,
    pair(theirs.perIteration, ours.perIteration),
    pair(theirs.cpuPerIteration, ours.cpuPerIteration),
    `${mb(theirs)} / ${mb(ours)}`,
    difference === null ? "-" : difference.toExponential(1),
  ];
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

try {
  const version = spawnSync("bart", ["version"], { encoding: "utf8" }).stdout?.trim();
  if (!version) throw new Error("the bench needs bart on PATH");
  process.stdout.write(
    `bart ${version}, Node ${process.versions.node}, ${cpus()[0].model}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}\n` +
      `whole commands, ${many} iterations, min / median of ${values.runs}, ms; per iteration from ${few} and ${many} iterations\n\n` +
      "| problem | method | threads | BART | ours | ratio | CPU BART / ours | per iteration BART / ours | CPU per iteration | peak MB | NRMSE |\n" +
      `|${" --- |".repeat(11)}\n`,
  );
  await bundleOurs();
  const rows: Row[] = [];
  for (const size of numbers(values.sizes)) {
    for (const coils of numbers(values.coils)) {
      const samples = makeSamples(size, coils);
      for (const mask of ["1-D", "2-D"] as const) {
        writeMasked(samples, maskOf(mask, size));
        // Maps come from the central lines, which both masks have.
        const methods = mask === "1-D" ? (["maps", "l2", "wavelet"] as const) : (["l2", "wavelet"] as const);
        for (const method of methods) {
          for (const threads of numbers(values.threads)) {
            const row = measure({ size, coils, mask, method }, threads, Number(values.runs));
            rows.push(row);
            print(row);
          }
        }
      }
    }
  }
  process.stdout.write(`\nload at the end ${loadavg()[0].toFixed(1)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(rows, null, 2)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
