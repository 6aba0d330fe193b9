import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { Geometry } from "../../contracts/dataset.ts";
import type { ErrorCode } from "../../contracts/errors.ts";
import { recordSchema } from "../../contracts/record.ts";
import { type ComplexArray, complexZeros } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import type { ImageDataset } from "../dataset/dataset.ts";
import { dicomReader } from "./dicom.ts";
import { readNifti } from "./nifti.ts";
import { readComplexNpy } from "./npy.ts";
import { headsOf } from "./walk.ts";

export interface Reference {
  /** `[slice, y, x]`. */
  readonly image: ComplexArray;
  readonly title: string;
}

/**
 * A picture to compare with: a folder that this program wrote (`record.json` and `complex.npy`), a `.npy` (real or complex,
 * `[y, x]` or `[slice, y, x]`), a NIfTI-1 file, a DICOM file or a folder with one DICOM series.
 *
 * @param like geometry of what it will be compared with: axes of a NIfTI file are turned to it. Without it they stay as in
 * the file.
 * @throws EchoError NOT_FOUND, SHAPE_MISMATCH, AMBIGUOUS where a folder holds several series, and what the readers throw.
 */
export async function readReference(path: string, like: Geometry | null = null): Promise<Reference> {
  const info = await stat(path).catch((error: unknown) => {
    throw new EchoError("NOT_FOUND", "there is no such file or folder", { path, cause: error });
  });
  if (info.isDirectory() && existsSync(join(path, "record.json")) && existsSync(join(path, "complex.npy"))) {
    const image = threeAxes(await readComplexNpy(join(path, "complex.npy")), path);
    return { image, title: await recordTitle(join(path, "record.json")) };
  }
  if (/\.npy$/i.test(path))
    return { image: threeAxes(await readComplexNpy(path), path), title: basename(path) };
  if (/\.nii(\.gz)?$/i.test(path)) {
    const towards = like === null || like.orientation === "unknown" ? "file" : like;
    const { image, title } = await readNifti(path, towards);
    return { image, title };
  }
  if (info.isDirectory() && existsSync(join(path, "record.json"))) {
    throw new EchoError("UNSUPPORTED", "is a result whose pixels were not kept: it holds no complex.npy", {
      path,
      hint: "Reconstruct again with --format npy among the formats.",
    });
  }
  return imagesOf(path);
}

function threeAxes({ shape, data }: ComplexArray, path: string): ComplexArray {
  if (shape.length === 2) return { shape: [1, ...shape], data };
  if (shape.length === 3) return { shape, data };
  throw new EchoError(
    "SHAPE_MISMATCH",
    `a picture has axes [y, x] or [slice, y, x], this array has ${shape.length}`,
    {
      path,
    },
  );
}

async function recordTitle(path: string): Promise<string> {
  try {
    const record = recordSchema.parse(JSON.parse(await readFile(path, "utf8")));
    return `${record.input.title}, ${record.job.method}`;
  } catch (error) {
    throw new EchoError("DAMAGED", "is not a record of this version", { path, cause: error });
  }
}

async function imagesOf(path: string): Promise<Reference> {
  const { heads } = await headsOf([path]);
  const files = heads.filter((file) => dicomReader.sniff(file)).map((file) => file.path);
  const { datasets, refused } = await dicomReader.open(files);
  const images = datasets.filter((one): one is ImageDataset => one.kind === "image");
  if (images.length > 1) {
    throw new EchoError(
      "AMBIGUOUS",
      `holds ${images.length} series of pictures: ${images.map((one) => one.title).join("; ")}`,
      {
        path,
        hint: "Give a folder with one series.",
      },
    );
  }
  const [found] = images;
  if (found === undefined) {
    const first = refused[0];
    throw new EchoError(
      (first?.code as ErrorCode | undefined) ?? "UNSUPPORTED",
      first?.reason ?? "holds no picture",
      {
        path: first?.path ?? resolve(path),
        where: first?.where ?? null,
      },
    );
  }
  const [rows, columns] = found.matrix;
  const image = complexZeros(found.slices, rows, columns);
  for (let slice = 0; slice < found.slices; slice++) {
    image.data.set((await found.readImage(slice)).data, 2 * slice * rows * columns);
  }
  return { image, title: found.title };
}
