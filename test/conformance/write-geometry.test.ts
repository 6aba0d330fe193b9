import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Geometry, Vec3 } from "../../electron/contracts/dataset.ts";
import { complexZeros } from "../../electron/engine/base/complex.ts";
import { along, cross } from "../../electron/engine/dataset/geometry.ts";
import type { Result } from "../../electron/engine/dataset/result.ts";
import { writers } from "../../electron/engine/write/index.ts";
import { askPython } from "../support/python-judge.ts";
import { testGeometry, testResult } from "../support/result.ts";
import { describeWithTools } from "../support/tools.ts";

const [slices, rows, columns] = [5, 9, 7];
const spacingMm: [number, number] = [11, 8];
const stepMm = 14;

/** Slopes along left, back and up, and three unlike blobs; `value_at` of write-judges.py is the same function. */
function valueAt(point: Vec3): number {
  let value = 3000 + 7 * point[0] + 3 * point[1] + 11 * point[2];
  const blobs: [Vec3, number][] = [
    [[30, 0, 0], 500],
    [[0, 30, 0], 900],
    [[0, 0, 30], 1300],
  ];
  for (const [centre, height] of blobs) {
    const distance = centre.reduce((sum, one, axis) => sum + (point[axis] - one) ** 2, 0);
    value += height * Math.exp(-distance / 800);
  }
  return value;
}

/** The phantom seen along axes of the patient: what lies where does not depend on how it was scanned. */
function scanned(geometry: Geometry): Result {
  const image = complexZeros(slices, rows, columns);
  for (let slice = 0; slice < slices; slice++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        const point = along(
          geometry.positions[slice],
          [geometry.rowDirection, x * spacingMm[0]],
          [geometry.columnDirection, y * spacingMm[1]],
        );
        image.data[2 * ((slice * rows + y) * columns + x)] = valueAt(point);
      }
    }
  }
  return testResult({ image, geometry });
}

/** Six directions of rows, four of columns, slices along their normal or against it: 48. */
function permutations(): Geometry[] {
  const axes: Vec3[] = [0, 1, 2].flatMap((axis) =>
    [1, -1].map((sign): Vec3 => [0, 1, 2].map((one) => (one === axis ? sign : 0)) as Vec3),
  );
  const all: Geometry[] = [];
  for (const row of axes) {
    for (const column of axes) {
      if (row.some((value, axis) => value !== 0 && column[axis] !== 0)) continue;
      for (const sign of [1, -1]) {
        const normal = cross(row, column);
        const first = along(
          [5, -3, 8],
          [row, (-(columns - 1) / 2) * spacingMm[0]],
          [column, (-(rows - 1) / 2) * spacingMm[1]],
          [normal, (-sign * (slices - 1) * stepMm) / 2],
        );
        all.push(testGeometry(slices, { row, column, first, spacingMm, stepMm: sign * stepMm }));
      }
    }
  }
  return all;
}

interface Answer {
  dicom: number;
  nifti: { worst: number; forms: number; codes: number[]; units: string; axes: string };
}

const letters = ["RL", "AP", "SI"];
/** nibabel's letter of a patient direction: where the axis points to. */
function letterOf(direction: Vec3): string {
  const axis = direction.findIndex((one) => Math.abs(one) > 0.5);
  const positive = axis < 2 ? "LP"[axis] : "S";
  return direction[axis] > 0 ? positive : letters[axis].replace(positive, "");
}

describeWithTools(["python"], "an asymmetric phantom through DICOM and NIfTI", () => {
  test("lies at the same place of the patient for all 48 axis permutations and for an oblique stack", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pureecho-geometry-"));
    const [c, s] = [Math.cos(0.5), Math.sin(0.5)];
    const oblique = testGeometry(slices, {
      row: [c, s, 0],
      column: [-s * c, c * c, -s],
      spacingMm,
      stepMm: -stepMm,
    });
    const geometries = [...permutations(), oblique];
    expect(geometries).toHaveLength(49);
    const cases: { dicom: string[]; nifti: string }[] = [];
    for (const [index, geometry] of geometries.entries()) {
      const result = scanned(geometry);
      const dicom = await writers.dicom.write(result, join(folder, String(index)));
      const [nifti] = await writers.nifti.write(result, join(folder, String(index)));
      cases.push({ dicom: dicom.map((one) => one.path), nifti: nifti.path });
    }
    const answers = askPython("write-judges.py", folder, { geometry: cases }).geometry as Answer[];
    for (const [index, answer] of answers.entries()) {
      const geometry = geometries[index];
      expect(answer.dicom).toBeLessThan(0.1);
      expect(answer.nifti.worst).toBeLessThan(0.01);
      expect(answer.nifti.forms).toBeLessThan(1e-4);
      expect(answer.nifti.codes).toEqual([1, 1]);
      expect(answer.nifti.units).toBe("mm");
      if (geometry === oblique) continue;
      const [first, second] = geometry.positions;
      const step = second.map((value, axis) => value - first[axis]) as Vec3;
      expect(answer.nifti.axes).toBe(
        letterOf(geometry.rowDirection) + letterOf(geometry.columnDirection) + letterOf(step),
      );
    }
  });
});
