import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readNifti, readReference } from "../../../electron/engine/read/index.ts";
import { picture } from "../../fixtures/dicom-bytes.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pureecho-nifti-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

interface Options {
  little?: boolean;
  sform?: number[][];
  qform?: { bcd: number[]; offset: number[] };
  slope?: number;
  intercept?: number;
  units?: number;
}

/** A NIfTI-1 file of 16-bit voxels 0, 1, 2 ... of `size` (i, j, k). */
function nifti(size: readonly number[], options: Options = {}): Buffer {
  const { little = true, sform, qform, slope = 0, intercept = 0, units = 2 } = options;
  const count = size.reduce((product, length) => product * length, 1);
  const bytes = Buffer.alloc(352 + 2 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setInt32(0, 348, little);
  view.setInt16(40, size.length, little);
  size.forEach((length, axis) => {
    view.setInt16(42 + 2 * axis, length, little);
  });
  view.setInt16(70, 4, little);
  view.setInt16(72, 16, little);
  [1, 2, 3, 4].forEach((step, axis) => {
    view.setFloat32(76 + 4 * axis, step, little);
  });
  view.setFloat32(108, 352, little);
  view.setFloat32(112, slope, little);
  view.setFloat32(116, intercept, little);
  view.setUint8(123, units);
  if (qform !== undefined) {
    view.setInt16(252, 1, little);
    [...qform.bcd, ...qform.offset].forEach((value, index) => {
      view.setFloat32(256 + 4 * index, value, little);
    });
  }
  if (sform !== undefined) {
    view.setInt16(254, 1, little);
    sform.flat().forEach((value, index) => {
      view.setFloat32(280 + 4 * index, value, little);
    });
  }
  bytes.write("n+1\0", 344, "latin1");
  for (let voxel = 0; voxel < count; voxel++) view.setInt16(352 + 2 * voxel, voxel, little);
  return bytes;
}

async function written(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

const real = (data: Float32Array): number[] => [...data].filter((_, index) => index % 2 === 0);

/** Voxels of 2 x 3 x 4 mm along RAS axes, the first at (10, 20, 30). */
const straight = [
  [2, 0, 0, 10],
  [0, 3, 0, 20],
  [0, 0, 4, 30],
];

test("RAS voxels are turned to axial LPS: x to the left, y to the back", async () => {
  const { image, geometry } = await readNifti(
    await written("ras.nii", nifti([2, 3, 2], { sform: straight })),
  );
  expect(image.shape).toEqual([2, 3, 2]);
  // i rises to the right and j to the front, so both are turned.
  expect(real(image.data)).toEqual([5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 7, 6]);
  expect(geometry).toMatchObject({
    orientation: "known",
    rowDirection: [1, 0, 0],
    columnDirection: [0, 1, 0],
    spacingMm: [2, 3],
    sliceSpacingMm: 4,
  });
  // The last i and j in RAS are (12, 26, 30): LPS (-12, -26, 30).
  expect(geometry.positions).toEqual([
    [-12, -26, 30],
    [-12, -26, 34],
  ]);
});

test("sagittal voxels become axial by exchanging axes", async () => {
  // i to the front, j to the head, k to the left (RAS -x)
  const sform = [
    [0, 0, -4, 0],
    [2, 0, 0, 0],
    [0, 3, 0, 0],
  ];
  const { image, geometry } = await readNifti(await written("sag.nii", nifti([2, 3, 4], { sform })));
  expect(image.shape).toEqual([3, 2, 4]);
  expect(geometry).toMatchObject({ spacingMm: [4, 2], sliceSpacingMm: 3, rowDirection: [1, 0, 0] });
  // x = k, y = 1 - i, z = j: value i + 2 j + 6 k
  expect(real(image.data).slice(0, 8)).toEqual([1, 7, 13, 19, 0, 6, 12, 18]);
});

test("a qform with a half turn, big-endian, gzip, scaling, metres", async () => {
  const turned = nifti([2, 1, 1], {
    little: false,
    qform: { bcd: [0, 0, 1], offset: [5, 6, 7] },
    slope: 2,
    intercept: -1,
  });
  const { image, geometry } = await readNifti(await written("q.nii.gz", gzipSync(turned)));
  expect(real(image.data)).toEqual([-1, 1]);
  expect(geometry.positions).toEqual([[-5, -6, 7]]);
  expect(geometry.spacingMm).toEqual([2, 3]);
  const metres = await readNifti(await written("m.nii", nifti([2, 1, 1], { sform: straight, units: 1 })));
  expect(metres.geometry.spacingMm).toEqual([2000, 3000]);
});

test("no code, no orientation: the order of the file", async () => {
  const { image, geometry, volumes } = await readNifti(await written("none.nii", nifti([2, 2, 1, 3])));
  expect(geometry.orientation).toBe("unknown");
  expect(real(image.data)).toEqual([0, 1, 2, 3]);
  expect(volumes).toBe(3);
});

test.each([
  ["too short", nifti([1]).subarray(0, 200), "DAMAGED"],
  ["pixels missing", nifti([4, 4, 4]).subarray(0, 360), "DAMAGED"],
  ["no gzip", Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(400)]), "DAMAGED"],
  ["axes of length zero", nifti([0, 4]), "DAMAGED"],
])("%s is refused", async (name, bytes, code) => {
  const path = await written(`${name.replaceAll(" ", "-")}.nii`, bytes);
  await expect(readNifti(path)).rejects.toMatchObject({ fault: { code, path } });
});

test("references: NIfTI follows the geometry it is compared with, DICOM folders are stacks", async () => {
  const path = await written("reference.nii", nifti([2, 3, 2], { sform: straight }));
  const inFile = await readReference(path);
  expect(real(inFile.image.data).slice(0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
  const { geometry } = await readNifti(path);
  expect(real((await readReference(path, geometry)).image.data).slice(0, 6)).toEqual([5, 4, 3, 2, 1, 0]);
  const series = join(folder, "series");
  await mkdir(series);
  for (const z of [2, 0, 1]) {
    const bytes = picture(1, 2, [z, 10 + z], {
      "00080018": ["UI", `1.2.${z}`],
      "00200032": ["DS", [0, 0, z]],
    });
    await writeFile(join(series, `${9 - z}.dcm`), bytes);
  }
  const stack = await readReference(series);
  expect(stack.image.shape).toEqual([3, 1, 2]);
  expect(real(stack.image.data)).toEqual([0, 10, 1, 11, 2, 12]);
  const other = picture(1, 2, [0, 0], { "0020000e": ["UI", "9.9"] });
  await writeFile(join(series, "other.dcm"), other);
  await expect(readReference(series)).rejects.toMatchObject({ fault: { code: "AMBIGUOUS" } });
  await expect(readReference(join(folder, "nowhere"))).rejects.toMatchObject({
    fault: { code: "NOT_FOUND" },
  });
});
