import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dtype, File, Module, ready } from "h5wasm/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { KspaceDataset } from "../../../electron/engine/dataset/dataset.ts";
import { fftCentred } from "../../../electron/engine/physics/fft.ts";
import { readoutIsSecondLast } from "../../../electron/engine/read/fastmri.ts";
import { openPaths } from "../../../electron/engine/read/index.ts";

let folder: string;

beforeAll(async () => {
  await ready;
  folder = await mkdtemp(join(tmpdir(), "pureecho-hdf5-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Fastmri {
  shape: number[];
  data: Float32Array;
  header?: string;
  mask?: Uint8Array;
}

const complex64 = (): Dtype =>
  ({
    compound_type: {
      nmembers: 2,
      members: ["r", "i"].map((name, index) => ({
        name,
        offset: 4 * index,
        type: Module.H5T_class_t.H5T_FLOAT.value,
        size: 4,
        signed: true,
        littleEndian: true,
        vlen: false,
        shape: [],
        maxshape: null,
        chunks: null,
        total_size: 1,
      })),
    },
  }) as Dtype;

function written(name: string, { shape, data, header, mask }: Fastmri): string {
  const path = join(folder, name);
  const file = new File(path, "w");
  const pairs = Array.from({ length: data.length / 2 }, (_, i) => [data[2 * i], data[2 * i + 1]]);
  const columns = new Map([
    ["r", Float32Array.from(pairs, (pair) => pair[0])],
    ["i", Float32Array.from(pairs, (pair) => pair[1])],
  ]);
  file.create_dataset({ name: "kspace", data: columns, shape, dtype: complex64() });
  if (header !== undefined) file.create_dataset({ name: "ismrmrd_header", data: header });
  if (mask !== undefined) file.create_dataset({ name: "mask", data: mask });
  file.create_attribute("acquisition", "TEST");
  file.close();
  return path;
}

function header(x: number, y: number, reconX = x): string {
  const space = (name: string, columns: number): string =>
    `<${name}><matrixSize><x>${columns}</x><y>${y}</y><z>1</z></matrixSize><fieldOfView_mm><x>${10 * columns}</x>` +
    `<y>${10 * y}</y><z>5</z></fieldOfView_mm></${name}>`;
  return (
    `<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD"><encoding>${space("encodedSpace", x)}` +
    `${space("reconSpace", reconX)}<trajectory>cartesian</trajectory></encoding></ismrmrdHeader>`
  );
}

/** Samples that are all different and none of them zero. */
const counted = (count: number): Float32Array => Float32Array.from({ length: 2 * count }, (_, i) => i + 1);

describe("fastMRI-style files", () => {
  test("the readout on the second-last axis, as the fastMRI project has it, is turned and said", async () => {
    const path = written("turned.h5", { shape: [2, 1, 4, 3], data: counted(24), header: header(4, 3) });
    const { datasets, refused } = await openPaths([path]);
    expect(refused).toEqual([]);
    const scan = datasets[0] as KspaceDataset;
    expect(scan.encoded.matrix).toEqual([3, 4]);
    expect(scan.warnings.map((warning) => warning.code)).toEqual(["TURNED"]);
    const { samples } = await scan.readKspace(1);
    expect(samples.shape).toEqual([1, 3, 4]);
    // [readout, phase] of slice 1 starts at 25; sample (ky 1, kx 2) is row 2, column 1 of the file.
    expect(samples.data[2 * (1 * 4 + 2)]).toBe(24 + 2 * (2 * 3 + 1) + 1);
  });

  test("oversampling is removed, zero lines are found, mask of lines", async () => {
    const data = counted(8 * 4);
    for (let row = 0; row < 8; row++) data.fill(0, 2 * (row * 4 + 1), 2 * (row * 4 + 2));
    const path = written("zeros.h5", { shape: [1, 1, 8, 4], data, header: header(8, 4, 4) });
    const scan = (await openPaths([path])).datasets[0] as KspaceDataset;
    expect(scan.encoded).toEqual({ matrix: [4, 4], fovMm: [40, 40] });
    expect(scan.mask).toEqual({ shape: [4], data: Uint8Array.from([1, 0, 1, 1]) });
    const line = Float32Array.from({ length: 16 }, (_, i) => data[2 * (i >> 1) * 4 + (i & 1)]);
    fftCentred(line, 8, 1, true);
    const cut = line.slice(2 * 2, 2 * 6);
    fftCentred(cut, 4, 1, false);
    const { samples } = await scan.readKspace(0);
    cut.forEach((value, index) => {
      expect(samples.data[index]).toBeCloseTo(value, 4);
    });
  });

  test("single-coil files have three axes", async () => {
    const path = written("single.h5", { shape: [2, 3, 4], data: counted(24), header: header(4, 3) });
    const scan = (await openPaths([path])).datasets[0] as KspaceDataset;
    expect([scan.slices, scan.coils, ...scan.encoded.matrix]).toEqual([2, 1, 3, 4]);
    expect((await scan.readKspace(1)).samples.data[0]).toBe(25);
  });

  test.each([
    [[640, 368], 640, false, { first: false, last: false }, true],
    [[368, 640], 640, false, { first: false, last: false }, false],
    // A square, complete file without a mask stands as [ky, kx].
    [[128, 128], 128, false, { first: false, last: false }, false],
    [[128, 128], 128, true, { first: false, last: false }, true],
    [[128, 128], 128, false, { first: false, last: true }, true],
    [[128, 128], 128, false, { first: true, last: false }, false],
    [[640, 368], null, false, { first: false, last: false }, true],
  ] as const)("lengths %j with %s encoded columns", (lengths, columns, mask, zeroLines, expected) => {
    expect(readoutIsSecondLast(lengths, columns, mask, zeroLines)).toBe(expected);
  });
});

describe("HDF5 that is not a scan", () => {
  test("is refused in words, and the HDF5 library prints nothing", async () => {
    const good = written("good.h5", {
      shape: [1, 1, 64, 48],
      data: counted(64 * 48),
      header: header(64, 48),
    });
    const cut = written("cut.h5", { shape: [1, 1, 64, 48], data: counted(64 * 48), header: header(64, 48) });
    await truncate(cut, 6000);
    const other = join(folder, "other.h5");
    const file = new File(other, "w");
    file.create_dataset({ name: "numbers", data: [1, 2, 3] });
    file.close();
    const matlab = join(folder, "variables.mat");
    // A user block of 512 bytes in front, as MATLAB writes it.
    const block = Buffer.from("MATLAB 7.3 MAT-file".padEnd(512));
    await writeFile(matlab, Buffer.concat([block, await readFile(other)]));
    const { datasets, refused } = await openPaths([good, cut, other, matlab]);
    expect(datasets).toHaveLength(1);
    expect(refused.map(({ path }) => path)).toEqual([cut, other, matlab]);
    expect(refused[0].code).toBe("DAMAGED");
    expect(refused[1]).toMatchObject({ code: "UNSUPPORTED", reason: expect.stringContaining("HDF5") });
    expect(refused[2].reason).toContain("MATLAB 7.3");
    const index = join(import.meta.dirname, "../../../electron/engine/read/index.ts");
    const script = `const { openPaths } = await import(${JSON.stringify(index)}); await openPaths([${JSON.stringify(cut)}]);`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    expect([child.status, child.stdout, child.stderr]).toEqual([0, "", ""]);
  });

  test("a file that was damaged is read anew when it comes again under the same name", async () => {
    const shape = [1, 1, 64, 48];
    const path = written("again.h5", { shape, data: counted(64 * 48), header: header(64, 48) });
    const good = await readFile(path);
    for (const at of [2048, 3000, 100, 800]) {
      const bad = Buffer.from(good);
      bad.fill(0xff, at, at + 200);
      await writeFile(path, bad);
      await openPaths([path]);
      await writeFile(path, good);
      const { datasets, refused } = await openPaths([path]);
      expect(refused).toEqual([]);
      expect((await (datasets[0] as KspaceDataset).readKspace(0)).samples.data[0]).toBe(1);
    }
  });

  test("a header that is no XML and one of a radial scan are refused", async () => {
    const shape = [1, 1, 4, 3];
    const broken = written("broken.h5", { shape, data: counted(12), header: "<ismrmrdHeader><encoding>" });
    const radial = written("radial.h5", {
      shape,
      data: counted(12),
      header: header(4, 3).replace("cartesian", "radial"),
    });
    const { refused } = await openPaths([broken, radial]);
    expect(refused.map(({ code }) => code)).toEqual(["DAMAGED", "UNSUPPORTED"]);
  });
});
