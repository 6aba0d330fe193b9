import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ComplexArray } from "../../electron/engine/base/complex.ts";
import { energy } from "../../electron/engine/base/complex.ts";
import type { KspaceDataset } from "../../electron/engine/dataset/dataset.ts";
import { fftAxisCentred } from "../../electron/engine/physics/fft.ts";
import { complexFromBytes, withHdf5 } from "../../electron/engine/read/hdf5.ts";
import { openPaths, readComplexNpy, summaryOf } from "../../electron/engine/read/index.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pureecho-read-raw-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function open(name: string): Promise<KspaceDataset[]> {
  const { datasets, refused } = await openPaths([join(folder, name)]);
  expect(refused).toEqual([]);
  return datasets as KspaceDataset[];
}

function relativeDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return Math.sqrt(energy(a.map((value, index) => value - b[index])) / energy(b));
}

async function expectKspace(dataset: KspaceDataset, expected: ComplexArray): Promise<void> {
  expect([dataset.slices, dataset.coils, ...dataset.encoded.matrix]).toEqual(expected.shape);
  const length = expected.data.length / dataset.slices;
  for (let slice = 0; slice < dataset.slices; slice++) {
    const { samples } = await dataset.readKspace(slice);
    const wanted = expected.data.subarray(slice * length, (slice + 1) * length);
    expect(relativeDifference(samples.data, wanted)).toBeLessThan(1e-6);
  }
}

describeWithTools(["python"], "ISMRMRD files written by the ismrmrd package", () => {
  beforeAll(() => {
    runTool("python", ["-W", "ignore", join(import.meta.dirname, "make-ismrmrd.py"), folder]);
  });
  const expected = (name: string): Promise<ComplexArray> => readComplexNpy(join(folder, `${name}.npy`));

  test("flags keep other readouts out of the image; averages, reversed lines, oversampling, centre", async () => {
    const [scan] = await open("flags.h5");
    await expectKspace(scan, await expected("flags.kspace"));
    const calibration = await expected("flags.calibration");
    const length = calibration.data.length / 3;
    for (let slice = 0; slice < 3; slice++) {
      const found = (await scan.readKspace(slice)).calibration!;
      const wanted = calibration.data.subarray(slice * length, (slice + 1) * length);
      expect(relativeDifference(found.data, wanted)).toBeLessThan(1e-6);
    }
    const noise = (await scan.readNoise())!;
    const wantedNoise = await expected("flags.noise");
    expect(noise.shape).toEqual(wantedNoise.shape);
    expect(noise.data).toEqual(wantedNoise.data);
    // Lines 0, 2 .. 12 around centre 6 land in rows 2, 4 .. 14.
    expect([...scan.mask.data].flatMap((one, row) => (one === 1 ? [row] : []))).toEqual([
      2, 4, 6, 8, 10, 12, 14,
    ]);
  });

  test("geometry: slices along the normal, the first pixel half a field of view from the centre", async () => {
    const [scan] = await open("flags.h5");
    const { geometry, recon, encoded, origin } = scan;
    expect(recon).toEqual({ matrix: [16, 16], fovMm: [200, 200] });
    expect(encoded.fovMm).toEqual([200, 200]);
    expect(geometry.spacingMm).toEqual([12.5, 12.5]);
    expect(geometry.sliceSpacingMm).toBeCloseTo(12);
    expect(geometry.sliceThicknessMm).toBe(24);
    expect(geometry.positions).toEqual([
      [1 - 100, 2 - 100, -7],
      [1 - 100, 2 - 100, 5],
      [1 - 100, 2 - 100, 17],
    ]);
    expect(origin).toMatchObject({ patientName: "Made^Up & Sons", fieldStrengthTesla: 1.5, echoTimeMs: 10 });
  });

  test("an asymmetric echo is placed by its centre and the rest is not acquired", async () => {
    const [scan] = await open("asymmetric.h5");
    await expectKspace(scan, await expected("asymmetric.kspace"));
    expect(scan.mask.shape).toEqual([16, 32]);
    const row = [...scan.mask.data.subarray(0, 32)].join("");
    expect(row).toBe("0".repeat(8) + "1".repeat(20) + "0".repeat(4));
  });

  test("a complete second phase encoding becomes slices around the slab's position", async () => {
    const [scan] = await open("volume.h5");
    await expectKspace(scan, await expected("volume.kspace"));
    expect(scan.geometry.sliceSpacingMm).toBe(4);
    expect(scan.geometry.positions.map((position) => position[2])).toEqual([18, 22, 26, 30, 34, 38]);
  });

  test("contrasts, repetitions, sets, encodings and orientations are datasets of their own", async () => {
    const many = await open("many.h5");
    expect(many).toHaveLength(9);
    expect(new Set(many.map((one) => one.id)).size).toBe(9);
    expect(new Set(many.map((one) => one.title)).size).toBe(9);
    expect(many.map((one) => one.origin.echoTimeMs)).toEqual([10, 10, 10, 10, 20, 20, 20, 20, 10]);
    const planes = await open("planes.h5");
    expect(planes.map((one) => summaryOf(one).orientation).sort()).toEqual(["axial", "coronal", "sagittal"]);
  });

  test("an encoding that cannot be reconstructed does not take the others with it", async () => {
    const { datasets, refused } = await openPaths([join(folder, "mixed.h5")]);
    expect(datasets).toHaveLength(1);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ code: "UNSUPPORTED", reason: expect.stringContaining("spiral") });
  });

  test("directions of zero mean an unknown orientation", async () => {
    const [scan] = await open("unknown-orientation.h5");
    expect(scan.geometry.orientation).toBe("unknown");
    expect(summaryOf(scan)).toMatchObject({ orientation: "unknown", spacingMm: [12.5, 12.5, null] });
  });

  test.each([
    ["radial.h5", "UNSUPPORTED", /radial.*BART/],
    ["noise-only.h5", "UNSUPPORTED", /no imaging lines/],
    ["outside.h5", "DAMAGED", /outside of the encoded matrix/],
    ["volume-undersampled.h5", "UNSUPPORTED", /5 of 6 second phase encodings/],
  ])("%s is refused in words", async (name, code, reason) => {
    const { datasets, refused } = await openPaths([join(folder, name)]);
    expect(datasets).toEqual([]);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ code, reason: expect.stringMatching(reason) });
  });
});

describeWithTools(["ismrmrd_generate_cartesian_shepp_logan"], "ISMRMRD files of ismrmrd-tools", () => {
  const generate = (name: string, ...options: string[]): void => {
    const path = join(folder, name);
    runTool("ismrmrd_generate_cartesian_shepp_logan", ["-m", "64", "-c", "4", ...options, "-o", path]);
  };

  test("interleaves are repetitions, the noise scan and the calibration lines are told apart", async () => {
    generate("generated.h5", "-a", "2", "-w", "24", "-C", "-r", "2");
    const scans = await open("generated.h5");
    // Two repetitions of two interleaves.
    expect(scans).toHaveLength(4);
    for (const scan of scans) {
      expect(scan.synthetic).toBe(true);
      expect(scan.encoded).toEqual({ matrix: [64, 64], fovMm: [300, 300] });
      expect(scan.geometry.orientation).toBe("unknown");
      expect([...scan.mask.data].reduce((sum, one) => sum + one, 0)).toBe(32);
      const { calibration } = await scan.readKspace(0);
      const lines = Array.from(
        { length: 64 },
        (_, row) => energy(calibration!.data.subarray(128 * row, 128 * row + 128)) > 0,
      );
      expect(lines.filter(Boolean)).toHaveLength(24);
      expect((await scan.readNoise())!.shape).toEqual([4, 128]);
    }
    expect([...scans[0].mask.data].map((one, row) => one + scans[1].mask.data[row])).toEqual(
      new Array(64).fill(1),
    );
  });

  test("the picture is the generator's phantom", async () => {
    generate("phantom.h5", "-n", "0");
    const [scan] = await open("phantom.h5");
    const { samples, mask, calibration } = await scan.readKspace(0);
    expect(calibration).toBeNull();
    expect(mask).toEqual({ shape: [64], data: new Uint8Array(64).fill(1) });
    // The file holds the coil images [coil, y, x] that were transformed, padded to twice the readout.
    const images = await withHdf5(join(folder, "phantom.h5"), (file) =>
      complexFromBytes(file.dataset("dataset/coil_images")!.bytes([0, 0, 0, 0], [1, 4, 64, 128]), 4),
    );
    fftAxisCentred(samples, 1, true);
    fftAxisCentred(samples, 2, true);
    const wanted = new Float32Array(samples.data.length);
    for (let row = 0; row < 4 * 64; row++) {
      wanted.set(images.subarray(2 * (row * 128 + 32), 2 * (row * 128 + 96)), 2 * row * 64);
    }
    const scale = Math.sqrt(energy(wanted) / energy(samples.data));
    expect(
      relativeDifference(
        samples.data.map((value) => value * scale),
        wanted,
      ),
    ).toBeLessThan(1e-5);
  });
});
