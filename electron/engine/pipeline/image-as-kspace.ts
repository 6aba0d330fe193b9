import type { ComplexArray } from "../base/complex.ts";
import type { Dataset, ImageDataset, KspaceDataset, KspaceSlice, SamplingMask } from "../dataset/dataset.ts";
import { fft2Centred } from "../physics/fft.ts";

/**
 * An image as the single-coil k-space that a scanner with one uniform coil would have measured: the centred
 * orthonormal Fourier transform of the slice. It lets every reconstruction method run on DICOM images, for trying masks and
 * methods; what is then "acquired" was computed, and the warning says so.
 */
function imageAsKspace(image: ImageDataset): KspaceDataset {
  const [rows, columns] = image.matrix;
  const [dx, dy] = image.geometry.spacingMm;
  const mask: SamplingMask = { shape: [rows], data: new Uint8Array(rows).fill(1) };
  const size = { matrix: [rows, columns], fovMm: [rows * dy, columns * dx] } as const;
  return {
    kind: "kspace",
    id: image.id,
    format: image.format,
    title: image.title,
    files: image.files,
    slices: image.slices,
    geometry: image.geometry,
    origin: image.origin,
    synthetic: image.synthetic,
    warnings: [
      ...image.warnings,
      {
        code: "COMPUTED_KSPACE",
        text: "k-space was computed from the image as one uniform coil; it was not measured.",
      },
    ],
    coils: 1,
    encoded: size,
    recon: size,
    mask,
    readKspace: async (slice) => kspaceOfImage(await image.readImage(slice)),
    readNoise: async () => null,
  };
}

/** One image `[y, x]` as fully sampled k-space of one uniform coil. */
export function kspaceOfImage(image: ComplexArray): KspaceSlice {
  const [rows, columns] = image.shape;
  const samples: ComplexArray = { shape: [1, rows, columns], data: Float32Array.from(image.data) };
  fft2Centred(samples, false);
  return { samples, mask: { shape: [rows], data: new Uint8Array(rows).fill(1) }, calibration: null };
}

export function asKspace(dataset: Dataset): KspaceDataset {
  return dataset.kind === "kspace" ? dataset : imageAsKspace(dataset);
}
