import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import dicomParser from "dicom-parser";
import { beforeAll, expect, test } from "vitest";
import { type Sample, sampleListSchema } from "../../electron/contracts/sample.ts";
import { sha256 } from "../../electron/engine/base/hash.ts";
import { openPaths } from "../../electron/engine/read/index.ts";
import { repositoryRoot } from "../support/shared.ts";

const folder = join(repositoryRoot, "assets/samples");
let samples: Sample[];

beforeAll(async () => {
  samples = sampleListSchema.parse(JSON.parse(await readFile(join(folder, "samples.json"), "utf8")));
});

async function filesOf(sample: Sample): Promise<string[]> {
  const path = join(folder, sample.file);
  if (!(await stat(path)).isDirectory()) return [path];
  return (await readdir(path)).sort().map((name) => join(path, name));
}

test("every sample is what the list says, and the list says everything that ships", async () => {
  let total = 0;
  for (const sample of samples) {
    const files = await filesOf(sample);
    const contents = await Promise.all(files.map((file) => readFile(file)));
    const lines = contents.map((bytes, i) => `${sha256(bytes)}  ${files[i].split("/").at(-1)}\n`);
    const single = files.length === 1 && files[0] === join(folder, sample.file);
    expect(single ? sha256(contents[0]) : sha256(...lines), sample.file).toBe(sample.sha256);
    const bytes = contents.reduce((sum, one) => sum + one.length, 0);
    expect(bytes, sample.file).toBe(sample.bytes);
    total += bytes;
  }
  expect(total).toBeLessThan(15_000_000);
  const listed = samples.map((sample) => sample.file);
  const found = (await readdir(folder)).filter(
    (name) => !["README.md", "samples.json", "make"].includes(name),
  );
  expect(found.sort()).toEqual(listed.sort());
});

test("licence and origin stand beside the samples and in NOTICE", async () => {
  const readme = await readFile(join(folder, "README.md"), "utf8");
  const notice = await readFile(join(repositoryRoot, "NOTICE"), "utf8");
  for (const sample of samples) {
    expect(readme).toContain(`\`${sample.file}`);
    expect(notice).toContain(sample.file);
    expect(sample.licence).not.toBe("");
    expect(sample.origin).toMatch(/\d+\.\d+/);
  }
});

test("no DICOM sample names a patient, an institution or a date of birth", async () => {
  const names = ["x00100010", "x00100020", "x00101000", "x00080080", "x00080090", "x00081070", "x00400a123"];
  let seen = 0;
  for (const sample of samples) {
    for (const file of (await filesOf(sample)).filter((path) => path.endsWith(".dcm"))) {
      const dicom = dicomParser.parseDicom(await readFile(file), { untilTag: "x7fe00010" });
      for (const tag of names) expect(dicom.string(tag) ?? "", `${file} ${tag}`).toBe("");
      // The de-identified sample carries the first day of 2000 as a stand-in.
      expect(["", "20000101"], file).toContain(dicom.string("x00100030") ?? "");
      if (sample.synthetic) expect(dicom.string("x0008001c"), file).toBe("YES");
      seen++;
    }
  }
  expect(seen).toBeGreaterThanOrEqual(25);
});

test("every sample opens, tells what it is and names nobody", async () => {
  const opened = await Promise.all(
    samples.map(async (sample) => ({ sample, found: await openPaths([join(folder, sample.file)]) })),
  );
  const shapes: Record<string, number[]> = {};
  for (const { sample, found } of opened) {
    expect(found.refused, sample.file).toEqual([]);
    expect(found.datasets.length, sample.file).toBe(1);
    const [dataset] = found.datasets;
    expect(dataset.synthetic, sample.file).toBe(sample.synthetic);
    expect(`${dataset.origin.patientName}${dataset.origin.patientId}`, sample.file).toBe("");
    shapes[sample.id] =
      dataset.kind === "kspace"
        ? [dataset.slices, dataset.coils, ...dataset.encoded.matrix]
        : [dataset.slices, ...dataset.matrix];
  }
  expect(shapes).toEqual({
    "phantom-raw": [1, 2, 160, 160],
    "head-raw": [5, 8, 192, 160],
    "head-series": [24, 192, 160],
    "head-multiframe": [10, 64, 64],
  });
});

test("raw samples hold no subject in their headers", async () => {
  for (const sample of samples.filter((one) => one.file.endsWith(".h5"))) {
    const text = (await readFile(join(folder, sample.file))).toString("latin1");
    expect(text).toContain("<ismrmrdHeader");
    expect(text).not.toMatch(
      /<patientName>\s*[^<\s]|<patientID>\s*[^<\s]|<patientBirthdate>|<institutionName>\s*[^<\s]/,
    );
  }
});
