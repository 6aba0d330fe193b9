import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { type ComplexArray, complexZeros, magnitude } from "../../electron/engine/base/complex.ts";
import { emptyOrigin } from "../../electron/engine/dataset/geometry.ts";
import { fft2Centred } from "../../electron/engine/physics/fft.ts";
import { readCfl } from "../../electron/engine/read/cfl.ts";
import { type RawScan, rawWriters, writers } from "../../electron/engine/write/index.ts";
import { askPython } from "../support/python-judge.ts";
import { rampImage, testGeometry, testResult } from "../support/result.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

const [slices, coils, rows, columns] = [1, 2, 16, 12];

/** Two coils of one ramp, the second at half of it: their root sum of squares is the ramp times sqrt(1.25). */
function scanOf(image: ComplexArray, sampled: (row: number) => boolean): RawScan {
  const samples = complexZeros(slices, coils, rows, columns);
  const plane = 2 * rows * columns;
  for (let coil = 0; coil < coils; coil++) {
    const part: ComplexArray = { shape: [rows, columns], data: image.data.map((one) => one / (coil + 1)) };
    fft2Centred(part, false);
    for (let row = 0; row < rows; row++) {
      if (!sampled(row)) part.data.fill(0, 2 * row * columns, 2 * (row + 1) * columns);
    }
    samples.data.set(part.data, coil * plane);
  }
  return {
    title: "ramp",
    samples,
    mask: { shape: [rows], data: Uint8Array.from({ length: rows }, (_, row) => (sampled(row) ? 1 : 0)) },
    geometry: testGeometry(slices),
    origin: { ...emptyOrigin(), patientName: "Tëst <&> Name", patientPosition: "HFS" },
    synthetic: false,
    note: "",
    reference: { shape: [slices, rows, columns], data: image.data },
  };
}

const folder = mkdtempSync(join(tmpdir(), "pureecho-files-"));
const image = rampImage(1, rows, columns);
const full = scanOf(image, () => true);
const sparse = scanOf(image, (row) => row % 3 === 0 || row === 8);

/** Largest difference after one factor, in parts of the largest value. */
function mismatch(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let cross = 0;
  let own = 0;
  for (let i = 0; i < expected.length; i++) {
    cross += found[i] * expected[i];
    own += found[i] * found[i];
  }
  const factor = cross / own;
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(found[i] * factor - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return worst / largest;
}

beforeAll(async () => {
  await rawWriters.ismrmrd.write(full, folder, "full");
  await rawWriters.ismrmrd.write(sparse, folder, "sparse");
  await rawWriters.fastmri.write(sparse, folder, "fast");
  await rawWriters.bart.write(full, folder, "bart");
});

describeWithTools(["python"], "raw files read by the ismrmrd package and h5py", () => {
  test("ISMRMRD: measured lines alone, their places and directions, the very type of the package's own table", () => {
    const answer = askPython("write-judges.py", folder, { ismrmrd_file: join(folder, "sparse.h5") })
      .ismrmrd_file as {
      places: number[][];
      samples: number[][];
      position: number[];
    };
    expect(answer).toMatchObject({
      places: [0, 3, 6, 8, 9, 12, 15].map((row) => [0, row]),
      position: [-20 + 6 * 1.25, -30 + 8 * 2.5, 40],
      read: [1, 0, 0],
      phase: [0, 1, 0],
      slice: [0, 0, 1],
      matrix: [columns, rows],
      fov: [columns * 1.25, rows * 2.5],
      limits: [rows - 1, rows / 2],
      patient: "Tëst <&> Name",
      first: true,
      last: true,
      sameType: true,
    });
    const line = (coil: number, row: number): number[] => {
      const at = 2 * (coil * rows + row) * columns;
      return [...sparse.samples.data.subarray(at, at + 2 * columns)];
    };
    expect(answer.samples[3].map(Math.fround)).toEqual([...line(0, 8), ...line(1, 8)]);
  });

  test("fastMRI: [slice, coil, readout, phase encoding], mask along the last axis, picture turned alike", () => {
    const answer = askPython("write-judges.py", folder, { fastmri_file: join(folder, "fast.h5") })
      .fastmri_file as {
      kspace: number[];
      mask: number[];
      rss: number[];
    };
    expect(answer).toMatchObject({
      shape: [1, coils, columns, rows],
      type: "complex64",
      mask: [...sparse.mask.data],
      rssShape: [1, columns, rows],
      header: "<?xml",
      attributes: { acquisition: "ramp", patient_id: "" },
    });
    const [coil, row, column] = [1, 8, 5];
    const found = answer.kspace[2 * ((coil * columns + column) * rows + row) + 1];
    expect(Math.fround(found)).toBe(sparse.samples.data[2 * ((coil * rows + row) * columns + column) + 1]);
    expect(answer.rss[column * rows + row]).toBeCloseTo(1 + 10 * row + 100 * column, 3);
  });

  test("HDF5 and npy images", async () => {
    const result = testResult();
    const [h5] = await writers.hdf5.write(result, folder);
    const npy = await writers.npy.write(result, folder);
    const answer = askPython("write-judges.py", folder, {
      image_h5: h5.path,
      npy_files: npy.map((one) => one.path),
    }) as { image_h5: { complex: number[] }; npy_files: { last: number }[] };
    expect(answer.image_h5).toMatchObject({ shape: [3, 6, 5], type: "float32", method: "sense" });
    expect(answer.image_h5.complex.map(Math.fround)).toEqual([...result.image.data]);
    expect(answer.npy_files).toMatchObject([
      { type: "float32", shape: [3, 6, 5] },
      { type: "complex64", shape: [3, 6, 5] },
    ]);
    for (const one of answer.npy_files) expect(one.last).toBeCloseTo(453, 3);
  });
});

describeWithTools(
  ["ismrmrd_recon_cartesian_2d", "python"],
  "ISMRMRD reconstructed by its own program",
  () => {
    test("gives the picture back", () => {
      const copy = join(folder, "copy.h5");
      copyFileSync(join(folder, "full.h5"), copy);
      runTool("ismrmrd_recon_cartesian_2d", [copy]);
      const { recon_image: found } = askPython("write-judges.py", folder, { recon_image: copy }) as {
        recon_image: number[];
      };
      expect(found).toHaveLength(rows * columns);
      expect(mismatch(found, magnitude(image).data)).toBeLessThan(1e-5);
    });
  },
);

describeWithTools(["bart"], "BART files reconstructed by BART", () => {
  test("give the picture back", async () => {
    runTool("bart", ["fft", "-iu", "3", join(folder, "bart"), join(folder, "coils")]);
    runTool("bart", ["rss", "8", join(folder, "coils"), join(folder, "rss")]);
    const found = magnitude(await readCfl(join(folder, "rss.cfl"))).data;
    expect(mismatch(found, magnitude(image).data)).toBeLessThan(1e-5);
    expect(Math.max(...found) / Math.max(...magnitude(image).data)).toBeCloseTo(Math.sqrt(1.25), 5);
  });
});

describeWithTools(["nifti_tool"], "NIfTI judged by nifti_tool", () => {
  test.each(["known", "stated", "unknown"] as const)("%s orientation", async (orientation) => {
    const result = testResult({ geometry: testGeometry(3, { orientation }) });
    const [out] = await writers.nifti.write(result, join(folder, orientation));
    const told = runTool("nifti_tool", ["-check_hdr", "-check_nim", "-infiles", out.path], {
      allowFailure: true,
    });
    expect(told).toMatch(/header IS GOOD/);
    expect(told).not.toMatch(/FAILURE|error|BAD/i);
  });
});
