import { complexPart } from "../base/complex.ts";
import { sha256OfFile } from "../base/hash.ts";
import type { ImageDataset } from "../dataset/dataset.ts";
import { emptyOrigin } from "../dataset/geometry.ts";
import { isGzip, isNifti } from "./file-kind.ts";
import { readNifti } from "./nifti.ts";
import { openEach } from "./open-each.ts";
import type { Reader } from "./reader.ts";

/** NIfTI-1, one volume, its axes turned to axial slices where the file states how it lies. */
export const niftiReader: Reader = {
  id: "nifti",
  title: "NIfTI-1",
  sniff: (file) => isNifti(file) || (isGzip(file) && /\.nii\.gz$/i.test(file.path)),
  open: (files) => openEach(files, async (path) => [await openNifti(path)]),
};

async function openNifti(path: string): Promise<ImageDataset> {
  const { image, geometry, title, volumes, description } = await readNifti(path);
  const [slices, rows, columns] = image.shape;
  const warnings =
    volumes > 1
      ? [{ code: "FIRST_VOLUME", text: `the file holds ${volumes} volumes; the first is opened` }]
      : [];
  return {
    kind: "image",
    id: (await sha256OfFile(path)).slice(0, 12),
    format: "nifti",
    title,
    files: [path],
    slices,
    geometry,
    origin: emptyOrigin(),
    // NIfTI has no place for such a mark but its free text, which PureEcho's writer uses.
    synthetic: /synthetic/i.test(description),
    warnings,
    matrix: [rows, columns],
    window: null,
    readImage: async (slice) => complexPart(image, slice),
  };
}
