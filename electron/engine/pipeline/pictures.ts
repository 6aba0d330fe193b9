import { join } from "node:path";
import type { Geometry } from "../../contracts/dataset.ts";
import type { OperationRequest, Picture } from "../../contracts/operations.ts";
import { sliceRequestSchema } from "../../contracts/operations.ts";
import { type ComplexArray, complexPart, complexZeros, sizeOf } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { KspaceDataset } from "../dataset/dataset.ts";
import { edgeLetters } from "../dataset/geometry.ts";
import { resultNames } from "../dataset/result.ts";
import { rootSumOfSquares } from "../physics/combine.ts";
import { fft2Centred } from "../physics/fft.ts";
import { toReconMatrix } from "../physics/resample.ts";
import { readComplexNpy, readNpySlice, spacingIsKnown } from "../read/index.ts";
import { coilMagnitude, maskPicture } from "./kspace-pictures.ts";
import type { OpenInputs } from "./open.ts";
import { readRecord } from "./result-folder.ts";

/** Part of the pixels whose magnitude lies below the suggested window's upper end. */
const windowFraction = 0.995;

/** A `[y, x]` picture with everything that the window needs to draw it. */
export function pictureOf(
  image: ComplexArray,
  geometry: Geometry | null,
  slices: number,
  spacingKnown: boolean,
): Picture {
  const [rows, columns] = image.shape;
  return {
    rows,
    columns,
    slices,
    components: 2,
    data: image.data,
    spacingMm: geometry === null ? [1, 1] : [geometry.spacingMm[0], geometry.spacingMm[1]],
    spacingKnown: geometry !== null && spacingKnown,
    edges: geometry === null ? { left: "", right: "", top: "", bottom: "" } : edgeLetters(geometry),
    window: robustWindow(image),
  };
}

/** 0 to the 99.5th percentile of the magnitude, by a histogram over the finite values; `[0, 1]` for an empty picture. */
function robustWindow(image: ComplexArray): [number, number] {
  const count = sizeOf(image.shape);
  const values = new Float32Array(count);
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const value = Math.hypot(image.data[2 * i], image.data[2 * i + 1]);
    if (Number.isFinite(value)) values[kept++] = value;
  }
  const sorted = values.subarray(0, kept).sort();
  const upper = sorted[Math.min(kept - 1, Math.floor(kept * windowFraction))] ?? 0;
  if (upper > 0) return [0, upper];
  const largest = sorted[kept - 1] ?? 0;
  return [0, largest > 0 ? largest : 1];
}

/** One slice of a dataset or of a kept result, as the window shows it. @throws EchoError USAGE for a slice or coil that does not exist. */
export async function picture(request: OperationRequest<"slice">, inputs: OpenInputs): Promise<Picture> {
  const { source, index, view, coil } = sliceRequestSchema.parse(request);
  if (source.kind === "result") return resultPicture(source.folder, index, view);
  const dataset = await inputs.dataset(source.path, source.dataset);
  const outside = (what: string, count: number): EchoError =>
    new EchoError("USAGE", `${what} is outside of the ${count} that this dataset has`, { path: source.path });
  if (index >= dataset.slices) throw outside(`slice ${index}`, dataset.slices);
  if (dataset.kind === "image") {
    if (view !== "image")
      throw new EchoError("UNSUPPORTED", `an image dataset has no ${view} view`, { path: source.path });
    const image = await dataset.readImage(index);
    const drawn = pictureOf(image, dataset.geometry, dataset.slices, spacingIsKnown(dataset));
    return dataset.window === null ? drawn : { ...drawn, window: [dataset.window[0], dataset.window[1]] };
  }
  if (coil !== null && coil >= dataset.coils) throw outside(`coil ${coil}`, dataset.coils);
  return kspacePicture(dataset, index, view, coil);
}

async function kspacePicture(
  dataset: KspaceDataset,
  index: number,
  view: OperationRequest<"slice">["view"],
  coil: number | null,
): Promise<Picture> {
  const { samples, mask } = await dataset.readKspace(index);
  switch (view) {
    case "kspace":
      return pictureOf(
        coil === null ? coilMagnitude(samples) : complexPart(samples, coil),
        null,
        dataset.slices,
        false,
      );
    case "mask":
      return pictureOf(maskPicture(mask, dataset.encoded.matrix), null, dataset.slices, false);
    case "image":
    case "coils": {
      if (coil === null) {
        return pictureOf(
          rootSumOfSquares(samples, dataset),
          dataset.geometry,
          dataset.slices,
          spacingIsKnown(dataset),
        );
      }
      const one: ComplexArray = complexZeros(...samples.shape.slice(1));
      one.data.set(complexPart(samples, coil).data);
      fft2Centred(one, true);
      return pictureOf(
        toReconMatrix(one, dataset),
        dataset.geometry,
        dataset.slices,
        spacingIsKnown(dataset),
      );
    }
    default:
      throw new EchoError("UNSUPPORTED", `a dataset has no ${view} view; it belongs to a result`);
  }
}

async function resultPicture(
  folder: string,
  index: number,
  view: OperationRequest<"slice">["view"],
): Promise<Picture> {
  const record = await readRecord(join(folder, resultNames.record));
  const [slices] = record.result.shape;
  const { geometry } = record.result;
  const known = record.result.warnings.every((warning) => warning.code !== "NO_SPACING");
  if (index >= slices)
    throw new EchoError("USAGE", `slice ${index} is outside of the ${slices} of this result`);
  const image = (): Promise<ComplexArray> => readNpySlice(join(folder, resultNames.pixels), index);
  const reference = (): Promise<ComplexArray> => readNpySlice(join(folder, resultNames.reference), index);
  switch (view) {
    case "image":
      return pictureOf(await image(), geometry, slices, known);
    case "reference":
      return pictureOf(await reference(), geometry, slices, known);
    case "difference":
      return pictureOf(magnitudeDifference(await image(), await reference()), geometry, slices, known);
    case "kspace":
    case "mask":
      return pictureOf(await readComplexNpy(join(folder, resultNames[view])), null, slices, false);
    default:
      throw new EchoError("UNSUPPORTED", `a result has no ${view} view`);
  }
}

/** Signed difference of magnitudes, result minus reference, in the real part. */
function magnitudeDifference(image: ComplexArray, reference: ComplexArray): ComplexArray {
  const out = complexZeros(...image.shape);
  for (let i = 0; i < image.data.length; i += 2) {
    out.data[i] =
      Math.hypot(image.data[i], image.data[i + 1]) - Math.hypot(reference.data[i], reference.data[i + 1]);
  }
  return out;
}
