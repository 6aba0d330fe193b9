import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sha256 } from "../../electron/engine/base/hash.ts";
import type { ImageDataset } from "../../electron/engine/dataset/dataset.ts";
import { openPaths } from "../../electron/engine/read/index.ts";
import { sharedData, sharedFolder } from "../support/shared.ts";
import { describeWithTools, python } from "../support/tools.ts";

interface Fact {
  path: string;
  frame: number;
  sha256: string;
  shape: [number, number];
  position: number[] | null;
  orientation: number[] | null;
  spacing: number[] | null;
  patient: string;
}

function pydicomFacts(files: readonly string[]): Map<string, Fact> {
  const script = join(import.meta.dirname, "pydicom-facts.py");
  const done = spawnSync(python!, ["-W", "ignore", script], {
    input: files.join("\n"),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (done.status !== 0) throw new Error(done.stderr);
  const facts = done.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Fact);
  return new Map(facts.map((fact) => [`${fact.path} ${fact.frame}`, fact]));
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Magnitudes of real pixels, hashed as float32. */
async function realSha256(dataset: ImageDataset, slice: number): Promise<string> {
  const { data } = await dataset.readImage(slice);
  const real = new Float32Array(data.length / 2);
  for (let i = 0; i < real.length; i++) real[i] = data[2 * i];
  return sha256(new Uint8Array(real.buffer));
}

describeWithTools(["python"], "DICOM against pydicom", () => {
  test.skipIf(sharedFolder === null)(
    "pixels, spacing, orientation and names of every file that opens are pydicom's; the rest is refused with a reason",
    async () => {
      const files = (await filesBelow(sharedData("dicom"))).sort();
      const opened: ImageDataset[] = [];
      const accounted = new Set<string>();
      // One by one, so that no file stands in for a duplicate of it.
      for (const path of files) {
        const { datasets, refused } = await openPaths([path]);
        for (const dataset of datasets) opened.push(dataset as ImageDataset);
        if (datasets.length > 0) accounted.add(path);
        for (const refusal of refused) {
          expect(refusal.reason.length, path).toBeGreaterThan(10);
          expect(refusal.code, path).not.toBe("INTERNAL");
          accounted.add(refusal.path);
        }
      }
      expect(accounted.size).toBe(files.length);
      const facts = pydicomFacts([...new Set(opened.map((dataset) => dataset.files[0]))]);
      let frames = 0;
      for (const dataset of opened) {
        const [path] = dataset.files;
        const { geometry, origin } = dataset;
        for (let slice = 0; slice < dataset.slices; slice++) {
          const fact = facts.get(`${path} ${(origin.references[slice].frame ?? 1) - 1}`)!;
          const where = `${path} slice ${slice}`;
          expect([...dataset.matrix], where).toEqual(fact.shape);
          expect(await realSha256(dataset, slice), where).toBe(fact.sha256);
          // pydicom drops empty groups at the end of a name.
          expect(origin.patientName.replace(/=+$/, ""), where).toBe(fact.patient);
          if (fact.spacing !== null && fact.spacing.length === 2) {
            expect(geometry.spacingMm, where).toEqual([fact.spacing[1], fact.spacing[0]]);
          }
          if (geometry.orientation === "known") {
            expect(geometry.positions[slice], where).toEqual(fact.position);
            [...geometry.rowDirection, ...geometry.columnDirection].forEach((value, axis) => {
              expect(value, where).toBeCloseTo(fact.orientation![axis], 4);
            });
          }
          frames++;
        }
      }
      expect(frames).toBeGreaterThan(200);
    },
    60_000,
  );

  test.skipIf(sharedFolder === null)("stacks, gaps and duplicates of real series", async () => {
    const series = (name: string): Promise<ImageDataset[]> =>
      openPaths([sharedData(`dicom/series/${name}`)]).then(({ datasets }) => datasets as ImageDataset[]);
    const [head, ...others] = await series("studyforrest_t1");
    expect(others).toEqual([]);
    expect(head.slices).toBe(22);
    // SliceThickness says 0.667 mm; the positions know better.
    expect(head.geometry.sliceSpacingMm).toBeCloseTo(9.333, 2);
    expect(head.geometry.sliceThicknessMm).toBeLessThan(1);
    expect((await series("made_localizer_3plane")).map((one) => one.slices)).toEqual([1, 1, 1]);
    const gap = await series("made_gap_duplicate");
    expect(gap).toHaveLength(1);
    expect(gap[0].warnings.map((warning) => warning.code)).toEqual(["DUPLICATE_POSITION", "GAP"]);
    expect(gap[0].geometry.sliceSpacingMm).toBeNull();
  });
});
