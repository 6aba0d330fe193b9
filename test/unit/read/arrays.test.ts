import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ComplexArray } from "../../../electron/engine/base/complex.ts";
import type { KspaceDataset } from "../../../electron/engine/dataset/dataset.ts";
import {
  openPaths,
  readComplexNpy,
  readMaps,
  readMaskFile,
  readNpySlice,
  summaryOf,
} from "../../../electron/engine/read/index.ts";
import { describeShared, sharedData } from "../../support/shared.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pureecho-arrays-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function npy(descr: string, shape: readonly number[], data: ArrayBufferView, fortran = false): Buffer {
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${axes}), }`;
  const head = Buffer.alloc(10);
  head.write("\x93NUMPY\x01\x00", "latin1");
  head.writeUInt16LE(text.length + 1, 8);
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return Buffer.concat([head, Buffer.from(`${text}\n`), bytes]);
}

async function written(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function writtenCfl(stem: string, dimensions: readonly number[], data: Float32Array): Promise<string> {
  await written(`${stem}.hdr`, `# Dimensions\n${dimensions.join(" ")} \n# Creator\nBART\n`);
  return written(`${stem}.cfl`, Buffer.from(data.buffer));
}

describe("npy", () => {
  test("numbers of every kind become complex, in either byte order", async () => {
    const values = [0, 1, 200, 5];
    const cases: [string, ArrayBufferView][] = [
      ["|u1", Uint8Array.from(values)],
      ["|b1", Uint8Array.from([0, 1, 1, 1])],
      ["<u2", Uint16Array.from(values)],
      ["<i4", Int32Array.from(values)],
      ["<i8", BigInt64Array.from(values.map(BigInt))],
      ["<f4", Float32Array.from(values)],
      ["<f8", Float64Array.from(values)],
      [">f4", Buffer.from(Float32Array.from(values).buffer).swap32()],
      [">u2", Buffer.from(Uint16Array.from(values).buffer).swap16()],
    ];
    for (const [descr, data] of cases) {
      const array = await readComplexNpy(await written("kind.npy", npy(descr, [2, 2], data)));
      expect(array.shape, descr).toEqual([2, 2]);
      const wanted = descr === "|b1" ? [0, 1, 1, 1] : values;
      expect([...array.data], descr).toEqual(wanted.flatMap((value) => [value, 0]));
    }
    const double = await readComplexNpy(
      await written("c16.npy", npy("<c16", [1], Float64Array.from([0.5, -2]))),
    );
    expect([...double.data]).toEqual([0.5, -2]);
  });

  test("Fortran order is turned, one slice is read alone", async () => {
    const fortran = npy("<f4", [2, 3], Float32Array.from([1, 4, 2, 5, 3, 6]), true);
    const path = await written("fortran.npy", fortran);
    expect([...(await readComplexNpy(path)).data]).toEqual([1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0]);
    expect([...(await readNpySlice(path, 1)).data]).toEqual([4, 0, 5, 0, 6, 0]);
    const rows = await written(
      "rows.npy",
      npy("<c8", [2, 1, 2], Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8])),
    );
    expect(await readNpySlice(rows, 1)).toEqual({ shape: [1, 2], data: Float32Array.from([5, 6, 7, 8]) });
    await expect(readNpySlice(rows, 2)).rejects.toMatchObject({ fault: { code: "USAGE" } });
  });

  test.each([
    ["a shape larger than the file", npy("<c8", [1000, 1000, 1000], new Float32Array(2)), "DAMAGED"],
    ["a header that is cut", npy("<f4", [1], new Float32Array(1)).subarray(0, 30), "DAMAGED"],
    ["objects", npy("|O8", [1], new Float32Array(2)), "UNSUPPORTED"],
    ["nothing but the magic", Buffer.from("\x93NUMPY\x01\x00", "latin1"), "DAMAGED"],
  ])("%s is refused", async (_name, bytes, code) => {
    const path = await written("bad.npy", bytes);
    await expect(readComplexNpy(path)).rejects.toMatchObject({ fault: { code, path } });
  });

  test("a missing file is told from a damaged one", async () => {
    await expect(readComplexNpy(join(folder, "none.npy"))).rejects.toMatchObject({
      fault: { code: "NOT_FOUND" },
    });
  });
});

describe("maps and masks", () => {
  const maps = Float32Array.from({ length: 2 * 2 * 3 * 4 }, (_, i) => i);

  test("npy [coil, y, x] and BART's readout, phase, 1, coil are the same", async () => {
    const fromNpy = await readMaps(await written("maps.npy", npy("<c8", [2, 3, 4], maps)), 2, 3, 4);
    const fromCfl = await readMaps(await writtenCfl("maps", [4, 3, 1, 2, 1, 1], maps), 2, 3, 4);
    expect(fromNpy).toEqual({ shape: [2, 3, 4], data: maps });
    expect(fromCfl).toEqual(fromNpy);
  });

  test("a wrong shape names both; several sets are refused", async () => {
    const path = await written("maps.npy", npy("<c8", [2, 3, 4], maps));
    await expect(readMaps(path, 2, 4, 3)).rejects.toMatchObject({
      fault: { code: "SHAPE_MISMATCH", reason: expect.stringMatching(/2 x 3 x 4.*2 x 4 x 3/) },
    });
    const sets = await writtenCfl("sets", [4, 3, 1, 1, 2], maps);
    await expect(readMaps(sets, 1, 3, 4)).rejects.toMatchObject({ fault: { code: "UNSUPPORTED" } });
  });

  test("masks of lines and of points; anything but zeros and ones is refused", async () => {
    const lines = await written("lines.npy", npy("|u1", [4], Uint8Array.from([1, 0, 0, 1])));
    expect(await readMaskFile(lines)).toEqual({ shape: [4], data: Uint8Array.from([1, 0, 0, 1]) });
    const points = await written("points.npy", npy("|b1", [2, 2], Uint8Array.from([1, 0, 0, 1])));
    expect(await readMaskFile(points)).toMatchObject({ shape: [2, 2] });
    const half = await written("half.npy", npy("<f4", [2], Float32Array.from([1, 0.5])));
    await expect(readMaskFile(half)).rejects.toMatchObject({ fault: { code: "DAMAGED" } });
  });
});

describe("arrays as scans", () => {
  const samples = new Float32Array(2 * 2 * 2 * 4 * 3).fill(1);
  samples.fill(0, 2 * 3, 4 * 3); // line 1 of coil 0 of slice 0
  samples.fill(0, 2 * 3 * 5, 2 * 3 * 6); // line 1 of coil 1 of slice 0

  test("complex [slice, coil, ky, kx] is k-space and its missing lines are found, slice by slice", async () => {
    const path = await written("kspace.npy", npy("<c8", [2, 2, 4, 3], samples));
    const { datasets } = await openPaths([path]);
    const scan = datasets[0] as KspaceDataset;
    expect(summaryOf(scan)).toMatchObject({
      kind: "kspace",
      shape: [2, 2, 4, 3],
      spacingMm: null,
      orientation: "unknown",
      acceleration: 4 / 3,
    });
    expect((await scan.readKspace(0)).mask).toEqual({ shape: [4], data: Uint8Array.from([1, 0, 1, 1]) });
    expect((await scan.readKspace(1)).mask.data).toEqual(Uint8Array.from([1, 1, 1, 1]));
    await expect(scan.readKspace(2)).rejects.toMatchObject({ fault: { code: "USAGE" } });
  });

  test("BART slices lie in dimension 13; both files are one dataset", async () => {
    const dimensions = [3, 4, 1, 2, ...new Array<number>(9).fill(1), 2, 1, 1];
    const path = await writtenCfl("scan", dimensions, samples);
    const { datasets, refused } = await openPaths([path, path.replace(".cfl", ".hdr")]);
    expect(refused).toEqual([]);
    expect(datasets).toHaveLength(1);
    const scan = datasets[0] as KspaceDataset;
    expect([scan.slices, scan.coils, ...scan.encoded.matrix]).toEqual([2, 2, 4, 3]);
    expect((await scan.readKspace(0)).samples.data).toEqual(samples.subarray(0, 48));
    await writtenCfl("volume", [3, 4, 2, 2], samples.slice(0, 96));
    const volume = await openPaths([join(folder, "volume.cfl")]);
    expect(volume.refused[0]).toMatchObject({ code: "UNSUPPORTED" });
    await written("liar.hdr", "# Dimensions\n100 100 1 8\n");
    await written("liar.cfl", Buffer.alloc(16));
    expect((await openPaths([join(folder, "liar.cfl")])).refused[0]).toMatchObject({ code: "DAMAGED" });
  });
});

function bytesOf({ data }: ComplexArray): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

describeShared("brain16 in its four forms", () => {
  test("ISMRMRD, fastMRI-style, npy and BART give the same k-space", async () => {
    const names = ["brain16_ismrmrd.h5", "brain16_fastmri_like.h5", "brain16.npy", "brain16.cfl"];
    const scans = await Promise.all(
      names.map(async (name) => {
        const { datasets } = await openPaths([sharedData(`raw/brain16/${name}`)]);
        return datasets[0] as KspaceDataset;
      }),
    );
    const [first, ...others] = await Promise.all(scans.map((scan) => scan.readKspace(0)));
    expect(first.samples.shape).toEqual([16, 128, 128]);
    for (const other of others) {
      expect(Buffer.compare(bytesOf(other.samples), bytesOf(first.samples))).toBe(0);
      expect(other.mask).toEqual(first.mask);
    }
    expect(scans[0].recon).toEqual({ matrix: [128, 128], fovMm: [256, 256] });
    expect(scans[1].recon).toEqual(scans[0].recon);
    expect(new Set(scans.map((scan) => scan.id)).size).toBe(4);
  });
});
