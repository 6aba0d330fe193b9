import type { Geometry, Origin, Vec3 } from "../../electron/contracts/dataset.ts";
import { type RunRecord, researchUse } from "../../electron/contracts/record.ts";
import { type ComplexArray, complexZeros } from "../../electron/engine/base/complex.ts";
import { pixelsSha256 } from "../../electron/engine/base/hash.ts";
import { along, cross, emptyOrigin } from "../../electron/engine/dataset/geometry.ts";
import type { Result, ResultPictures } from "../../electron/engine/dataset/result.ts";

/** An axial, evenly spaced geometry, or one along other directions; `step` is along the normal, negative to stack against it. */
export function testGeometry(
  slices: number,
  options: {
    row?: Vec3;
    column?: Vec3;
    first?: Vec3;
    spacingMm?: [number, number];
    stepMm?: number;
    orientation?: Geometry["orientation"];
  } = {},
): Geometry {
  const { row = [1, 0, 0], column = [0, 1, 0], first = [-20, -30, 40], stepMm = 4 } = options;
  const normal = cross(row, column);
  return {
    orientation: options.orientation ?? "known",
    rowDirection: row,
    columnDirection: column,
    spacingMm: options.spacingMm ?? [1.25, 2.5],
    sliceSpacingMm: slices > 1 ? Math.abs(stepMm) : null,
    sliceThicknessMm: 3,
    positions: Array.from({ length: slices }, (_, slice) => along(first, [normal, slice * stepMm])),
    frameOfReferenceUid: "1.2.826.0.1.3680043.8.498.1",
  };
}

/** A smooth complex picture with distinct corners: pixel (slice, y, x) has magnitude `scale * (1 + slice + 10 y + 100 x)`. */
export function rampImage(slices: number, rows: number, columns: number, scale = 1): ComplexArray {
  const image = complexZeros(slices, rows, columns);
  for (let slice = 0; slice < slices; slice++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const at = 2 * ((slice * rows + y) * columns + x);
        const value = scale * (1 + slice + 10 * y + 100 * x);
        image.data[at] = value * Math.cos(0.1 * x);
        image.data[at + 1] = value * Math.sin(0.1 * x);
      }
    }
  }
  return image;
}

export interface TestResultOptions {
  image?: ComplexArray;
  geometry?: Geometry;
  origin?: Partial<Origin>;
  synthetic?: boolean;
  record?: Partial<RunRecord>;
  pictures?: Partial<ResultPictures>;
}

/** A whole `Result` for tests of writers, doors and the window. */
export function testResult(options: TestResultOptions = {}): Result {
  const image = options.image ?? rampImage(3, 6, 5);
  const [slices, rows, columns] = image.shape;
  const geometry = options.geometry ?? testGeometry(slices);
  const record: RunRecord = {
    recordVersion: 1,
    program: { name: "PureEcho", version: "0.1.0" },
    researchUse,
    kind: "recon",
    created: "2026-03-04T05:06:07.000Z",
    job: {
      input: "scan.h5",
      dataset: null,
      method: "sense",
      slices: null,
      options: { lambda: 0.01 },
      model: null,
      mask: "equispaced:4:24",
      maps: null,
      reference: "full",
      orientation: null,
      formats: ["npy"],
      out: "out",
      device: "auto",
      threads: null,
      seed: 7,
    },
    input: {
      path: "scan.h5",
      datasetId: "0123456789ab",
      format: "ismrmrd",
      title: "test scan",
      files: [{ path: "scan.h5", sha256: "ab".repeat(32), bytes: 12345 }],
    },
    options: { lambda: 0.01, iterations: 30 },
    mask: { spec: "equispaced:4:24", lines: 82, of: 256, acceleration: 3.12 },
    scale: Array.from({ length: slices }, () => 0.0123),
    seed: 7,
    provider: { id: "cpu", reason: "no network is used" },
    modelSha256: null,
    platform: {
      node: "v24.21.0",
      os: "linux",
      arch: "x64",
      cpu: "test",
      threads: 2,
      libraries: { zod: "4.6.7" },
    },
    result: {
      shape: [slices, rows, columns],
      pixelsSha256: pixelsSha256(image.data),
      synthetic: options.synthetic ?? false,
      selfCheck: { passed: true, finite: true, constant: false, dataMisfit: 0.034, note: "" },
      residual: Array.from({ length: slices }, (_, slice) => 0.03 + 0.002 * slice),
      iterations: Array.from({ length: slices }, () => 30),
      metrics: {
        nmse: 0.0123,
        nrmse: 0.1109,
        psnr: 33.21,
        ssim: 0.9123,
        hfen: 0.234,
        n: slices,
        metricVersion: "1",
      },
      geometry,
      warnings: [],
    },
    seconds: { total: 2.5, read: 0.4, method: 1.9 },
    peakBytes: 200_000_000,
    outputs: [],
    ...options.record,
  };
  return {
    image,
    record,
    origin: { ...emptyOrigin(), ...options.origin },
    pictures: { reference: null, kspace: null, mask: null, ...options.pictures },
  };
}
