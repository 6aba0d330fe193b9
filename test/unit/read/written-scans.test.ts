import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Geometry } from "../../../electron/contracts/dataset.ts";
import type { KspaceDataset } from "../../../electron/engine/dataset/dataset.ts";
import { emptyOrigin } from "../../../electron/engine/dataset/geometry.ts";
import { openPaths } from "../../../electron/engine/read/index.ts";
import { bartRawWriter } from "../../../electron/engine/write/bart-raw.ts";
import { fastmriRawWriter } from "../../../electron/engine/write/fastmri-raw.ts";
import { ismrmrdRawWriter } from "../../../electron/engine/write/ismrmrd-raw.ts";
import type { RawScan } from "../../../electron/engine/write/writer.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pureecho-written-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const geometry: Geometry = {
  orientation: "known",
  rowDirection: [0, 1, 0],
  columnDirection: [0, 0, -1],
  spacingMm: [1.5, 2],
  sliceSpacingMm: 4,
  sliceThicknessMm: 4,
  // The normal of a sagittal plane with these directions is -x.
  positions: [
    [8, 1, 2],
    [4, 1, 2],
    [0, 1, 2],
  ],
  frameOfReferenceUid: null,
};

/** A square scan of three slices, two coils, 8 x 8, every second line missing in `undersampled`. */
function scan(undersampled: boolean): RawScan {
  const mask = Uint8Array.from({ length: 8 }, (_, row) => (undersampled && row % 2 === 1 ? 0 : 1));
  const data = Float32Array.from({ length: 2 * 3 * 2 * 8 * 8 }, (_, i) =>
    mask[Math.floor(i / 16) % 8] === 1 ? Math.sin(i + 1) : 0,
  );
  return {
    title: "made",
    samples: { shape: [3, 2, 8, 8], data },
    mask: { shape: [8], data: mask },
    geometry,
    origin: { ...emptyOrigin(), patientName: "Simulated^Head", patientPosition: "HFS" },
    synthetic: true,
    note: "for a test",
    reference: null,
  };
}

test.each([
  ["ismrmrd", ismrmrdRawWriter],
  ["fastmri", fastmriRawWriter],
  ["bart", bartRawWriter],
] as const)("k-space written as %s is read back bit by bit", async (name, writer) => {
  for (const undersampled of [false, true]) {
    const made = scan(undersampled);
    const outputs = await writer.write(made, folder, `${name}-${undersampled}`);
    const { datasets, refused } = await openPaths(outputs.map((output) => output.path));
    expect(refused).toEqual([]);
    expect(datasets).toHaveLength(1);
    const [found] = datasets as KspaceDataset[];
    expect(found.synthetic).toBe(true);
    const length = made.samples.data.length / 3;
    for (let slice = 0; slice < 3; slice++) {
      const { samples, mask } = await found.readKspace(slice);
      expect(samples).toEqual({
        shape: [2, 8, 8],
        data: made.samples.data.slice(slice * length, (slice + 1) * length),
      });
      expect(mask).toEqual(made.mask);
    }
    if (name === "ismrmrd") {
      expect(found.geometry.rowDirection).toEqual([0, 1, 0]);
      expect(found.geometry.columnDirection).toEqual([0, 0, -1]);
      expect(found.geometry.positions).toEqual(geometry.positions);
      expect(found.geometry.spacingMm).toEqual([1.5, 2]);
      expect(found.origin.patientName).toBe("Simulated^Head");
    }
  }
});
