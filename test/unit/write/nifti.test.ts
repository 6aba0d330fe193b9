import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Vec3 } from "../../../electron/contracts/dataset.ts";
import { cross } from "../../../electron/engine/dataset/geometry.ts";
import { writers } from "../../../electron/engine/write/index.ts";
import { niftiAffine, niftiHeader, quaternionOf } from "../../../electron/engine/write/nifti.ts";
import { testGeometry, testResult } from "../../support/result.ts";

describe("NIfTI-1", () => {
  test("the affine turns LPS into RAS", () => {
    expect(niftiAffine(testGeometry(3))).toEqual([
      [-1.25, 0, 0, 20],
      [0, -2.5, 0, 30],
      [0, 0, 4, 40],
    ]);
  });

  test("quaternions of half turns and of an oblique rotation give the rotation back", () => {
    const c = Math.cos(0.4);
    const s = Math.sin(0.4);
    const turns: [Vec3, Vec3][] = [
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
      [
        [-1, 0, 0],
        [0, -1, 0],
      ],
      [
        [1, 0, 0],
        [0, -1, 0],
      ],
      [
        [-1, 0, 0],
        [0, 1, 0],
      ],
      [
        [c, s, 0],
        [-s, c, 0],
      ],
    ];
    for (const [x, y] of turns) {
      const z = cross(x, y);
      const [a, b, d, e] = quaternionOf(x, y, z);
      expect(a ** 2 + b ** 2 + d ** 2 + e ** 2).toBeCloseTo(1, 12);
      expect(a * a + b * b - d * d - e * e).toBeCloseTo(x[0], 12);
      expect(2 * (b * d + a * e)).toBeCloseTo(x[1], 12);
      expect(2 * (d * e + a * b)).toBeCloseTo(y[2], 12);
    }
  });

  test("writes the fields of the standard and the samples in the input's scale", async () => {
    const result = testResult({ synthetic: true });
    const [out] = await writers.nifti.write(result, await mkdtemp(join(tmpdir(), "pureecho-nifti-")));
    const bytes = gunzipSync(await readFile(out.path));
    expect(bytes.readInt32LE(0)).toBe(348);
    expect(bytes.subarray(344, 348).toString("latin1")).toBe("n+1\0");
    expect([0, 1, 2, 3].map((i) => bytes.readInt16LE(40 + 2 * i))).toEqual([3, 5, 6, 3]);
    expect(bytes.readInt16LE(252)).toBe(1);
    expect(bytes.readInt16LE(254)).toBe(1);
    expect(bytes[123]).toBe(2);
    expect(bytes.subarray(148, 228).toString()).toMatch(/PureEcho.*SYNTHETIC.*research use/);
    expect(bytes.readFloatLE(352 + 4 * (1 * 30 + 2 * 5 + 3))).toBeCloseTo(2 + 20 + 300, 3);
    expect(bytes.length).toBe(352 + 4 * 90);
  });

  test("codes: 2 for a stated orientation, 0 for an unknown one, no quaternion for a slanted stack", () => {
    const labels = { description: "", white: 1 };
    const matrix = { slices: 3, rows: 6, columns: 5 };
    const codes = (geometry: Parameters<typeof niftiHeader>[0]): number[] => {
      const view = new DataView(niftiHeader(geometry, matrix, labels).buffer);
      return [
        view.getInt16(252, true),
        view.getInt16(254, true),
        view.getFloat32(80, true),
        view.getFloat32(88, true),
      ];
    };
    expect(codes(testGeometry(3, { orientation: "stated" }))).toEqual([2, 2, 1.25, 4]);
    expect(codes(testGeometry(3, { orientation: "unknown" }))).toEqual([0, 0, 1.25, 4]);
    const slanted = testGeometry(3);
    const positions = slanted.positions.map(([x, y, z], i): Vec3 => [x, y + i, z]);
    expect(codes({ ...slanted, positions }).slice(0, 2)).toEqual([0, 1]);
  });

  test("refuses an uneven stack in words, writes a single slice of it", () => {
    const geometry = { ...testGeometry(3), sliceSpacingMm: null };
    geometry.positions[2] = [-20, -30, 60];
    expect(() => niftiAffine(geometry)).toThrow(/UNSUPPORTED.*not evenly spaced/);
    expect(niftiAffine({ ...geometry, positions: geometry.positions.slice(0, 1) })[2][2]).toBe(3);
  });
});
