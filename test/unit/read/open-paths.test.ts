import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { datasetSummarySchema, refusalSchema } from "../../../electron/contracts/dataset.ts";
import { openPaths, summaryOf } from "../../../electron/engine/read/index.ts";
import { picture } from "../../fixtures/dicom-bytes.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pureecho-open-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

function padded(start: string, length = 1200): Buffer {
  return Buffer.concat([Buffer.from(start, "latin1"), Buffer.alloc(length, 1)]);
}

test.each([
  ["photo.jpg", padded("\xff\xd8\xff\xe0"), /JPEG/],
  ["picture.dcm", padded("\x89PNG\r\n\x1a\n"), /PNG/],
  ["scan.zip", padded("PK\x03\x04"), /zip archive.*unpack/],
  ["data.npz", padded("PK\x03\x04"), /NumPy archive/],
  ["old.mat", padded("MATLAB 5.0 MAT-file"), /MATLAB 5/],
  ["paper.pdf", padded("%PDF-1.7"), /PDF/],
  ["scan.tar.gz", padded("\x1f\x8b"), /gzip/],
  ["second.nii", padded("\x1c\x02\0\0n+2\0"), /NIfTI-2/],
  ["tar", Buffer.concat([Buffer.alloc(257), Buffer.from("ustar"), Buffer.alloc(300)]), /tar/],
])("%s is refused by what it looks like", async (name, bytes, reason) => {
  const { datasets, refused } = await openPaths([await written(name, bytes)]);
  expect(datasets).toEqual([]);
  expect(refused).toHaveLength(1);
  expect(refused[0]).toMatchObject({ code: "UNSUPPORTED", reason: expect.stringMatching(reason) });
  expect(refused[0].reason).toMatch(/recognised as .*does not open yet/);
  refusalSchema.parse(refused[0]);
});

test("NIfTI and twix are told by content whatever their names", async () => {
  const nifti = Buffer.alloc(354);
  nifti.writeInt32LE(348, 0);
  [2, 1, 1].forEach((length, axis) => {
    nifti.writeInt16LE(length, 40 + 2 * axis);
  });
  nifti.writeInt16LE(2, 70);
  nifti.write("SYNTHETIC", 148);
  nifti.write("n+1\0", 344, "latin1");
  const twix = Buffer.alloc(11_000);
  twix.writeUInt32LE(1, 4);
  twix.writeUInt32LE(358, 8);
  twix.writeUInt32LE(10_240, 16);
  const paths = [await written("a.bin", nifti), await written("b.bin", twix)];
  const { datasets, refused } = await openPaths(paths);
  expect(datasets.map(summaryOf)).toMatchObject([{ format: "nifti", shape: [1, 1, 1], synthetic: true }]);
  expect(refused[0].reason).toContain("Siemens raw data (twix)");
});

test("empty, unknown, missing and unreadable files each have their code", async () => {
  const empty = await written("empty.dat", "");
  const noise = await written(
    "noise.xyz",
    Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 31 + 3) & 255)),
  );
  const closed = await written("closed.dcm", "secret");
  await chmod(closed, 0);
  const { refused } = await openPaths([empty, noise, join(folder, "nowhere"), closed]);
  const codes = new Map(refused.map(({ path, code }) => [path, code]));
  expect(codes.get(empty)).toBe("DAMAGED");
  expect(codes.get(noise)).toBe("UNKNOWN_FORMAT");
  expect(codes.get(join(folder, "nowhere"))).toBe("NOT_FOUND");
  // Root may read everything.
  expect(codes.get(closed)).toBe(process.getuid?.() === 0 ? "UNKNOWN_FORMAT" : "NOT_READABLE");
});

test("folders are walked in the order of names, one bad file stops nothing, copies keep ids apart", async () => {
  const slice = (series: string, z: number): Buffer =>
    picture(2, 2, [z, 1, 2, 3], {
      "0020000e": ["UI", series],
      "00080018": ["UI", `${series}.${z + 1}`],
      "00200032": ["DS", [0, 0, z]],
      "0008103e": ["LO", `series ${series}`],
    });
  await written("walk/b/2.dcm", slice("1.1", 5));
  await written("walk/b/1.dcm", slice("1.1", 0));
  await written("walk/a/broken.dcm", slice("1.2", 0).subarray(0, 300));
  await written("walk/a/other.dcm", slice("1.2", 0));
  await written("walk/.hidden.dcm", slice("1.3", 0));
  const array = Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    Buffer.from([76, 0]),
    Buffer.from(`${"{'descr': '<c8', 'fortran_order': False, 'shape': (1, 2, 2), }".padEnd(75)}\n`),
    Buffer.alloc(32, 63),
  ]);
  await written("walk/copy-1.npy", array);
  await written("walk/copy-2.npy", array);
  const path = join(folder, "walk");
  const { datasets, refused } = await openPaths([path]);
  expect(refused.map((one) => one.path)).toEqual([join(path, "a/broken.dcm")]);
  const summaries = datasets.map(summaryOf);
  for (const summary of summaries) datasetSummarySchema.parse(summary);
  expect(summaries.map((summary) => summary.title)).toEqual([
    "copy-1.npy",
    "copy-2.npy",
    "series 1.1",
    "series 1.2",
  ]);
  expect(summaries[1].id).toBe(`${summaries[0].id}-2`);
  expect(summaries[2]).toMatchObject({
    shape: [2, 2, 2],
    coils: 1,
    matrix: [2, 2],
    spacingMm: [3, 2, 5],
    orientation: "axial",
    acceleration: 1,
    files: [join(path, "b/1.dcm"), join(path, "b/2.dcm")],
  });
  expect((await openPaths([path])).datasets.map(summaryOf)).toEqual(summaries);
});

test("cancelling ends the walk", async () => {
  const abort = new AbortController();
  abort.abort();
  await expect(openPaths([folder], abort.signal)).rejects.toMatchObject({ fault: { code: "CANCELLED" } });
});
