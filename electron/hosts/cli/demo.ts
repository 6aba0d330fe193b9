import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { z } from "zod";
import type { OperationRequest, OperationResponse } from "../../contracts/operations.ts";
import type { Output } from "../../contracts/record.ts";
import { writeAtomically } from "../../engine/base/atomic-file.ts";
import { EchoError } from "../../engine/base/errors.ts";
import { samplesFolder } from "../../engine/pipeline/locations.ts";
import { demoPage } from "./demo-page.ts";
import { withEngine } from "./main.ts";
import type { CommonOptions } from "./options.ts";
import { answer, exitCodes } from "./terminal.ts";

const samplesSchema = z.array(
  z.object({
    id: z.string(),
    file: z.string(),
    title: z.string(),
    origin: z.string(),
    synthetic: z.boolean(),
  }),
);

type Recon = OperationRequest<"recon">;

interface Step {
  folder: string;
  sample: string;
  title: string;
  says: string;
  job: Pick<Recon, "method" | "formats"> & Partial<Recon>;
}

/** The main job: real raw k-space, an undersampled head beside its full reference, a real and a derived DICOM series. */
const steps: readonly Step[] = [
  {
    folder: "phantom",
    sample: "phantom-raw",
    title: "Resolution phantom, real raw k-space",
    says: "Two coils, every line acquired: inverse Fourier transform and root sum of squares.",
    job: { method: "zero-filled", formats: ["dicom", "nifti", "png", "npy", "report"] },
  },
  {
    folder: "head-zero-filled",
    sample: "head-raw",
    title: "Head, 3x undersampled, zero-filled",
    says: "Every third line and 24 in the centre are kept; what is missing is left zero and folds into the image.",
    job: {
      method: "zero-filled",
      mask: "equispaced:3:24:0",
      reference: "full",
      formats: ["png", "npy", "report"],
    },
  },
  {
    folder: "head-sense",
    sample: "head-raw",
    title: "Head, 3x undersampled, SENSE",
    says: "The same lines; coil sensitivities from the centre tell the folded parts of the image from each other.",
    job: {
      method: "sense",
      mask: "equispaced:3:24:0",
      reference: "full",
      formats: ["dicom", "nifti", "png", "npy", "hdf5", "report"],
    },
  },
  {
    folder: "head-wavelet",
    sample: "head-raw",
    title: "Head, 3x undersampled, L1-wavelet",
    says: "The same lines and sensitivities; the image is asked to be sparse in wavelets, which leaves less noise and folding.",
    job: {
      method: "l1-wavelet",
      mask: "equispaced:3:24:0",
      reference: "full",
      formats: ["png", "npy", "report"],
    },
  },
  {
    folder: "series",
    sample: "head-series",
    title: "Head, DICOM series",
    says: "A classic series, read back with its geometry and exported as a volume.",
    job: { method: "zero-filled", formats: ["nifti", "png", "report"] },
  },
  {
    folder: "multiframe",
    sample: "head-multiframe",
    title: "Head, real enhanced MR DICOM",
    says: "One file, ten frames. It does not state how they lie in the patient, so the orientation stays unknown.",
    job: { method: "zero-filled", formats: ["nifti", "png", "report"] },
  },
];

export interface DemoResult {
  step: Step;
  done: OperationResponse<"recon">;
  picture: string | null;
  report: string | null;
  synthetic: boolean;
  origin: string;
}

/** `demo`: the main job on the shipped samples, with an overview page of what came out. */
export async function runDemo(options: CommonOptions): Promise<number> {
  const folder = samplesFolder();
  const list = join(folder, "samples.json");
  const text = await readFile(list, "utf8").catch((error: unknown) => {
    throw new EchoError("NOT_FOUND", "the samples are not where they belong", { path: list, cause: error });
  });
  const samples = samplesSchema.parse(JSON.parse(text));
  const results: DemoResult[] = [];
  await withEngine(options, async (ask) => {
    for (const step of steps) {
      const sample = samples.find((one) => one.id === step.sample);
      if (sample === undefined)
        throw new EchoError("NOT_FOUND", `there is no sample ${step.sample}`, { path: list });
      if (!options.quiet) process.stderr.write(`${step.title}\n`);
      const out = join(options.out, step.folder);
      const done = await ask("recon", {
        input: join(folder, sample.file),
        out,
        device: options.device,
        threads: options.threads ?? null,
        seed: options.seed,
        ...step.job,
      });
      results.push({
        step,
        done,
        picture:
          middle(done.outputs.filter((one) => one.format === "png" && one.path.endsWith(".png")))?.path ??
          null,
        report: done.outputs.find((one) => one.format === "report")?.path ?? null,
        synthetic: sample.synthetic,
        origin: sample.origin,
      });
    }
  });
  const page = join(options.out, "index.html");
  const sha256 = await writeAtomically(
    page,
    demoPage(results, (path) => relative(options.out, path)),
  );
  const outputs: Output[] = [
    { format: "report", path: page, sha256 },
    ...results.flatMap((one) => one.done.outputs),
  ];
  answer(options, { outputs }, () => [`${outputs.length} files; the overview is ${page}`]);
  return exitCodes.done;
}

function middle<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(list.length / 2)];
}
