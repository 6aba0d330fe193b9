import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Vec3 } from "../../electron/contracts/dataset.ts";
import { along } from "../../electron/engine/dataset/geometry.ts";
import { readComplexNpy, readNifti } from "../../electron/engine/read/index.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

/** Volumes in every axis order and direction, with sform or qform; nibabel's closest canonical form beside them. */
const script = `
import itertools, json, sys
import nibabel as nib, numpy as np
folder, facts = sys.argv[1], []
rng = np.random.default_rng(4)
tilt = nib.eulerangles.euler2mat(0.1, -0.15, 0.2)
for number, (order, signs) in enumerate(itertools.product(itertools.permutations(range(3)), itertools.product([1, -1], repeat=3))):
    axes = np.zeros((3, 3))
    for axis, (to, sign) in enumerate(zip(order, signs)):
        axes[to, axis] = sign * (1.5, 2.0, 3.0)[axis]
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = tilt @ axes, rng.uniform(-50, 50, 3)
    kind = (np.int16, np.float32, np.uint8, np.complex64)[number % 4]
    data = rng.integers(0, 200, (3, 4, 5)).astype(kind)
    image = nib.Nifti1Image(data, None if number % 3 == 2 else affine)
    image.set_qform(affine, 1)
    image.set_sform(affine, 0 if number % 3 == 2 else 1)
    path = f"{folder}/{number}.nii" + (".gz" if number % 2 else "")
    nib.save(image, path)
    closest = nib.as_closest_canonical(nib.load(path))
    values = np.asarray(closest.dataobj)[::-1, ::-1].transpose(2, 1, 0)
    np.save(f"{folder}/{number}.npy", np.ascontiguousarray(values).astype(np.complex64))
    corner = closest.affine @ [values.shape[2] - 1, values.shape[1] - 1, 0, 1]
    step = closest.affine[:3, :3] * [-1, -1, 1]
    flip = np.diag([-1, -1, 1])
    facts.append({"path": path, "npy": f"{folder}/{number}.npy", "corner": (flip @ corner[:3]).tolist(), "steps": (flip @ step).T.tolist()})
print(json.dumps(facts))
`;

interface Fact {
  path: string;
  npy: string;
  corner: Vec3;
  steps: [Vec3, Vec3, Vec3];
}

describeWithTools(["python"], "NIfTI against nibabel", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pureecho-nibabel-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("all 48 axis orders become axial as nibabel's canonical form, turned to LPS", async () => {
    const facts = JSON.parse(runTool("python", ["-W", "ignore", "-c", script, folder])) as Fact[];
    expect(facts).toHaveLength(48);
    for (const { path, npy, corner, steps } of facts) {
      const { image, geometry } = await readNifti(path);
      expect(image, path).toEqual(await readComplexNpy(npy));
      const close = (found: Vec3, wanted: Vec3): void =>
        found.forEach((value, axis) => {
          expect(Math.abs(value - wanted[axis]), path).toBeLessThan(1e-4);
        });
      close(geometry.positions[0], corner);
      close(geometry.positions[1], along(corner, [steps[2], 1]));
      close(along([0, 0, 0], [geometry.rowDirection, geometry.spacingMm[0]]), steps[0]);
      close(along([0, 0, 0], [geometry.columnDirection, geometry.spacingMm[1]]), steps[1]);
    }
  });
});
