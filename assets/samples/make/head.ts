import { readFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
/** Axial slices cut from the template, heights in mm of its own space (0 is the height of the commissures). */
export interface Cut {
  readonly title: string;
  readonly heightsMm: readonly number[];
}

const rows = 192;
const columns = 160;
const pixelMm = 1.2;
const thicknessMm = 3;
/** Centre of the cut in the template: in the middle between left and right, and between front and back. */
const centre = { left: 0, back: 15 };
/** Samples per pixel and direction that are averaged, so that nothing finer than the pixels is folded into them. */
const fine = 3;

interface Template {
  readonly size: readonly [number, number, number];
  /** Template coordinates (right, front, up) of voxel 0, in mm; voxels are 1 mm. */
  readonly origin: readonly [number, number, number];
  readonly voxels: Uint8Array;
}

/** Reads exactly the file whose hash `sources.ts` checks: NIfTI-1, 8 bits, 1 mm, axes right, front, up. */
async function readTemplate(path: string): Promise<Template> {
  const bytes = gunzipSync(await readFile(path));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const size = [1, 2, 3].map((axis) => view.getInt16(40 + 2 * axis, true)) as [number, number, number];
  const origin = [0, 1, 2].map((axis) => view.getFloat32(280 + 16 * axis + 12, true)) as [
    number,
    number,
    number,
  ];
  return { size, origin, voxels: bytes.subarray(352) };
}

/** Trilinear interpolation at template coordinates; zero outside. */
function valueAt(template: Template, right: number, front: number, up: number): number {
  const { size, origin, voxels } = template;
  const place = [right - origin[0], front - origin[1], up - origin[2]];
  const low = place.map(Math.floor);
  let sum = 0;
  for (let corner = 0; corner < 8; corner++) {
    let weight = 1;
    let index = 0;
    let stride = 1;
    for (let axis = 0; axis < 3; axis++) {
      const step = (corner >> axis) & 1;
      const at = low[axis] + step;
      const part = place[axis] - low[axis];
      weight *= at < 0 || at >= size[axis] ? 0 : step === 1 ? part : 1 - part;
      index += at * stride;
      stride *= size[axis];
    }
    if (weight > 0) sum += weight * voxels[index];
  }
  return sum;
}

function cutSlice(template: Template, height: number): Float32Array {
  const image = new Float32Array(rows * columns);
  const between = Array.from({ length: fine }, (_, i) => (i + 0.5) / fine - 0.5);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const left = centre.left + (x - (columns - 1) / 2) * pixelMm;
      const back = centre.back + (y - (rows - 1) / 2) * pixelMm;
      let sum = 0;
      for (const dy of between) {
        for (const dx of between) {
          for (const dz of between) {
            sum += valueAt(template, -left - dx * pixelMm, -back - dy * pixelMm, height + dz * thicknessMm);
          }
        }
      }
      image[y * columns + x] = sum / fine ** 3;
    }
  }
  return image;
}

/** A NIfTI-1 header (nifti1.h) for float32 slices in the patient's axes: x to the left, y to the back, z up. */
function niftiHeader(cut: Cut): Uint8Array {
  const bytes = new Uint8Array(352);
  const view = new DataView(bytes.buffer);
  const [first, second] = cut.heightsMm;
  const step = second - first;
  // NIfTI counts to the right and to the front.
  const right = ((columns - 1) / 2) * pixelMm - centre.left;
  const front = ((rows - 1) / 2) * pixelMm - centre.back;
  view.setInt32(0, 348, true);
  [3, columns, rows, cut.heightsMm.length, 1, 1, 1, 1].forEach((n, i) => {
    view.setInt16(40 + 2 * i, n, true);
  });
  view.setInt16(70, 16, true);
  view.setInt16(72, 32, true);
  [1, pixelMm, pixelMm, step].forEach((n, i) => {
    view.setFloat32(76 + 4 * i, n, true);
  });
  view.setFloat32(108, 352, true);
  view.setFloat32(112, 1, true);
  bytes[123] = 2;
  bytes.set(new TextEncoder().encode(cut.title).subarray(0, 79), 148);
  view.setInt16(252, 2, true);
  view.setInt16(254, 2, true);
  // Half a turn about the third axis, as a quaternion (b, c, d) and an offset.
  [0, 0, 1, right, front, first].forEach((n, i) => {
    view.setFloat32(256 + 4 * i, n, true);
  });
  [-pixelMm, 0, 0, right, 0, -pixelMm, 0, front, 0, 0, step, first].forEach((n, i) => {
    view.setFloat32(280 + 4 * i, n, true);
  });
  bytes.set(new TextEncoder().encode("n+1"), 344);
  return bytes;
}

/**
 * Writes the cut as NIfTI-1: 192 x 160 pixels of 1.2 mm, rows towards the left hand and columns towards the back, so
 * that it is shown upright and as radiologists look at it. Nothing of a face lies above the commissures.
 */
export async function writeHead(template: string, cut: Cut, path: string): Promise<void> {
  if (cut.heightsMm.some((height) => height < 2)) throw new Error("slices above the eyes only");
  const whole = await readTemplate(template);
  const slices = cut.heightsMm.map((height) => new Uint8Array(cutSlice(whole, height).buffer));
  await writeFile(path, Buffer.concat([niftiHeader(cut), ...slices]));
}
