import { access, constants, rmdir, stat } from "node:fs/promises";
import type { Warning } from "../../contracts/dataset.ts";
import type { ReconResponse } from "../../contracts/operations.ts";
import { type ReconJob, type RunRecord, researchUse, type SelfCheck } from "../../contracts/record.ts";
import { makeFolder } from "../base/atomic-file.ts";
import { type ComplexArray, complexPart, complexZeros } from "../base/complex.ts";
import { cancelled, EchoError } from "../base/errors.ts";
import { pixelsSha256 } from "../base/hash.ts";
import type { KspaceDataset, KspaceSlice, SamplingMask } from "../dataset/dataset.ts";
import { geometryOfSlices, statedGeometry } from "../dataset/geometry.ts";
import type { Result, ResultPictures } from "../dataset/result.ts";
import { judgeImages } from "../judge/metrics.ts";
import { selfCheck } from "../judge/self-check.ts";
import { methodById, parseOptions } from "../methods/index.ts";
import type { Method, MethodContext } from "../methods/method.ts";
import { rootSumOfSquares } from "../physics/combine.ts";
import { describeMask } from "../physics/masks.ts";
import { readMaps, readReference, spacingIsKnown } from "../read/index.ts";
import { hashedFiles } from "./hashed-files.ts";
import { asKspace, kspaceOfImage } from "./image-as-kspace.ts";
import { coilMagnitude, maskPicture, undersampled } from "./kspace-pictures.ts";
import { maskFor } from "./mask-for.ts";
import type { OpenInputs } from "./open.ts";
import { pictureOf } from "./pictures.ts";
import { platformOfThisRun, programVersion } from "./program.ts";
import type { RunContext } from "./run-context.ts";
import { sliceRange } from "./slice-range.ts";
import { writeOutputs } from "./write-outputs.ts";

/** Time between previews sent to the window. */
const previewIntervalMs = 250;

const clock = (): number => performance.now() / 1000;

/** What a job computes before anything is written. */
export interface Computed {
  readonly result: Result;
  readonly seconds: Record<string, number>;
}

/**
 * One reconstruction: reads slice by slice, applies the mask, runs the method, brings every slice to the scanner's
 * matrix, judges. Writes nothing.
 *
 * @throws EchoError of every kind the rooms below throw; SELF_CHECK_FAILED when what came out is no picture.
 */
export async function computeRecon(job: ReconJob, inputs: OpenInputs, run: RunContext): Promise<Computed> {
  const seconds: Record<string, number> = { total: 0, read: 0, method: 0, network: 0, judge: 0 };
  const begun = clock();
  const timed = async <T>(part: string, work: () => Promise<T>): Promise<T> => {
    const from = clock();
    try {
      return await work();
    } finally {
      seconds[part] += clock() - from;
    }
  };

  const opened = await timed("read", () => inputs.dataset(job.input, job.dataset, run.signal));
  const dataset = asKspace(opened);
  const method = methodById(job.method);
  if (job.model !== null) {
    throw new EchoError("USAGE", `the method ${method.id} uses no model`, { where: "--model" });
  }
  const options = parseOptions(method, job.options);
  /** An image that is taken as it is: no k-space is computed of it, none is shown. */
  const asItIs = opened.kind === "image" && job.mask === null && method.runImage !== undefined;
  const [from, to] = sliceRange(job.slices, dataset.slices);
  const [encodedRows, encodedColumns] = dataset.encoded.matrix;
  const drawn = job.mask === null ? null : await maskFor(job.mask, encodedRows, encodedColumns, job.seed);
  const maps =
    job.maps === null ? null : await readMaps(job.maps, dataset.coils, encodedRows, encodedColumns);

  const given =
    job.reference === null || job.reference === "full"
      ? null
      : (await timed("read", () => readReference(job.reference!, dataset.geometry))).image;

  const warnings: Warning[] = [];
  const warn = (code: string, text: string): void => {
    if (warnings.some((one) => one.text === text)) return;
    warnings.push({ code, text });
    run.onEvent({ kind: "notice", level: "warning", text });
  };
  for (const { code, text } of (asItIs ? opened : dataset).warnings) warn(code, text);
  if (!spacingIsKnown(opened)) warn("NO_SPACING", "the pixel spacing is not stated; 1 mm is assumed");

  const [rows, columns] = dataset.recon.matrix;
  const count = to - from;
  const image = complexZeros(count, rows, columns);
  const compare = job.reference === "full";
  const reference = compare ? complexZeros(count, rows, columns) : null;
  const middle = Math.floor(count / 2);
  const residual: (number | null)[] = [];
  const iterations: number[] = [];
  const scale: number[] = [];
  let usedMask: SamplingMask = dataset.mask;
  let kspacePicture: ComplexArray | null = null;
  let lastPreview = 0;

  for (let index = 0; index < count; index++) {
    if (run.signal.aborted) throw cancelled();
    const picture =
      opened.kind === "image" ? await timed("read", () => opened.readImage(from + index)) : null;
    const full =
      picture === null ? await timed("read", () => dataset.readKspace(from + index)) : kspaceOfImage(picture);
    if (picture !== null && hasNegative(picture)) {
      warn("NEGATIVE_VALUES", "The image has negative values; exports and figures are of its magnitude.");
    }
    if (reference !== null) {
      complexPart(reference, index).data.set(rootSumOfSquares(full.samples, dataset).data);
    }
    const input = drawn === null ? full : undersampled(full, drawn);
    if (index === 0 && drawn !== null && !isFull(full.mask)) {
      warn(
        "MASK_ON_UNDERSAMPLED",
        "The mask was applied to data that was not fully sampled; both patterns hold.",
      );
    }
    usedMask = input.mask;
    if (index === middle && !asItIs) kspacePicture = coilMagnitude(input.samples);
    const context: MethodContext = {
      seed: job.seed,
      threads: job.threads ?? 1,
      slice: from + index,
      maps,
      notice: (text) => warn("METHOD", text),
      async step(fraction, told = {}) {
        run.onEvent({
          kind: "progress",
          stage: method.id,
          fraction: Math.min(1, (index + fraction) / count),
          slice: from + index,
          iteration: told.iteration ?? null,
          residual: told.residual ?? null,
        });
        if (told.preview !== undefined && Date.now() - lastPreview > previewIntervalMs) {
          lastPreview = Date.now();
          run.onEvent({
            kind: "preview",
            slice: from + index,
            picture: pictureOf(told.preview(), dataset.geometry, count, spacingIsKnown(opened)),
          });
        }
        await new Promise((resume) => setImmediate(resume));
        if (run.signal.aborted) throw cancelled();
      },
    };
    const slice = await timed("method", () =>
      asItIs && picture !== null
        ? method.runImage!(picture, opened, options, context)
        : runSlice(method, input, dataset, options, context),
    );
    complexPart(image, index).data.set(slice.image.data);
    residual.push(slice.residual);
    iterations.push(slice.iterations);
    scale.push(slice.scale);
  }

  const check: SelfCheck = selfCheck(image, residual);
  if (!check.passed) {
    throw new EchoError("SELF_CHECK_FAILED", check.note, {
      path: job.input,
      hint: "No picture is written. Try another method or mask, or inspect the input's k-space.",
    });
  }

  const referenceImage = reference ?? given;
  const metrics =
    referenceImage === null
      ? null
      : await timed("judge", async () => judgeImages(image, matched(referenceImage, image, job, from, to)));
  const geometry = geometryOfSlices(
    job.orientation === null
      ? dataset.geometry
      : statedGeometry(dataset.geometry, job.orientation, dataset.recon.matrix),
    from,
    to,
  );
  const synthetic = dataset.synthetic || (opened.kind === "image" && drawn !== null);

  const pictures: ResultPictures = {
    reference: referenceImage === null ? null : matched(referenceImage, image, job, from, to),
    kspace: kspacePicture,
    mask: asItIs ? null : maskPicture(usedMask, dataset.encoded.matrix),
  };
  seconds.total = clock() - begun;
  const record: RunRecord = {
    recordVersion: 1,
    program: { name: "PureEcho", version: programVersion },
    researchUse,
    kind: "recon",
    created: new Date().toISOString(),
    job,
    input: {
      path: job.input,
      datasetId: dataset.id,
      format: dataset.format,
      title: dataset.title,
      files: await timed("read", () => hashedFiles(dataset.files)),
    },
    options: options as Record<string, unknown>,
    mask: asItIs ? null : { spec: job.mask, ...describeMask(usedMask) },
    scale,
    seed: job.seed,
    provider: { id: "cpu", reason: `${method.id} uses no network; its arithmetic runs on the CPU` },
    modelSha256: null,
    platform: platformOfThisRun(job.threads ?? 1),
    result: {
      shape: [count, rows, columns],
      pixelsSha256: pixelsSha256(image.data),
      synthetic,
      selfCheck: check,
      residual,
      iterations,
      metrics,
      geometry,
      warnings,
    },
    seconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    outputs: [],
  };
  return { result: { image, record, origin: originOfSlices(dataset, from, to), pictures }, seconds };
}

/** `computeRecon`, then everything that was asked for is written; a result folder is kept in `job.out`. */
export async function recon(job: ReconJob, inputs: OpenInputs, run: RunContext): Promise<ReconResponse> {
  // A folder that cannot be written to is told before the work, not after it; one made for nothing is taken away.
  const made = await writableFolder(job.out);
  const { result, seconds } = await computeRecon(job, inputs, run).catch(async (error: unknown) => {
    if (made) await rmdir(job.out).catch(() => undefined);
    throw error;
  });
  const from = clock();
  const written = await writeOutputs(result, job.formats, job.out);
  seconds.write = clock() - from;
  seconds.total += seconds.write;
  return {
    outputs: written.outputs,
    record: written.record.path,
    pixelsSha256: result.record.result.pixelsSha256,
    seconds,
    peakBytes: result.record.peakBytes,
    selfCheck: result.record.result.selfCheck,
    residual: result.record.result.residual,
    metrics: result.record.result.metrics,
  };
}

/** Makes the folder if need be and tries it. @returns whether it was made. @throws EchoError WRITE_FAILED. */
async function writableFolder(folder: string): Promise<boolean> {
  const before = await stat(folder).catch(() => null);
  await makeFolder(folder);
  await access(folder, constants.W_OK).catch((error: unknown) => {
    throw new EchoError("WRITE_FAILED", "this folder cannot be written to", { path: folder, cause: error });
  });
  return before === null;
}

function runSlice(
  method: Method,
  input: KspaceSlice,
  dataset: KspaceDataset,
  options: unknown,
  context: MethodContext,
): ReturnType<NonNullable<Method["runKspace"]>> {
  if (method.runKspace === undefined) {
    throw new EchoError("UNSUPPORTED", `the method ${method.id} works on images, this dataset is k-space`);
  }
  return method.runKspace(input, dataset, options, context);
}

function hasNegative(image: ComplexArray): boolean {
  return image.data.some((value, i) => i % 2 === 0 && value < 0);
}

function isFull(mask: SamplingMask): boolean {
  return mask.data.every((one) => one !== 0);
}

/** The reference's slices that belong to the result: all of them, or the job's range of a whole series. */
function matched(
  reference: ComplexArray,
  image: ComplexArray,
  job: ReconJob,
  from: number,
  to: number,
): ComplexArray {
  const [count, rows, columns] = image.shape;
  const [slices, referenceRows, referenceColumns] = reference.shape;
  if (referenceRows !== rows || referenceColumns !== columns || (slices !== count && slices < to)) {
    throw new EchoError(
      "SHAPE_MISMATCH",
      `the reference is ${reference.shape.join(" x ")}, the result ${image.shape.join(" x ")} (slice, y, x)`,
      { path: job.reference },
    );
  }
  if (slices === count) return reference;
  const plane = 2 * rows * columns;
  return { shape: image.shape, data: reference.data.subarray(from * plane, to * plane) };
}

function originOfSlices(dataset: KspaceDataset, from: number, to: number): KspaceDataset["origin"] {
  const { references } = dataset.origin;
  return {
    ...dataset.origin,
    references: references.length === dataset.slices ? references.slice(from, to) : references,
  };
}
