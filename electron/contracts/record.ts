import { z } from "zod";
import { geometrySchema, originSchema, warningSchema } from "./dataset.ts";

export const providerIds = ["cpu", "cuda", "webgpu", "dml", "coreml"] as const;
export const providerSchema = z.enum(providerIds);
export type Provider = z.infer<typeof providerSchema>;
export const deviceChoiceSchema = z.enum(["auto", ...providerIds]);
export type DeviceChoice = z.infer<typeof deviceChoiceSchema>;

export const outputFormats = ["dicom", "nifti", "png", "npy", "hdf5", "report"] as const;
export const outputFormatSchema = z.enum(outputFormats);
export type OutputFormat = z.infer<typeof outputFormatSchema>;

export const rawFormats = ["ismrmrd", "fastmri", "bart"] as const;
export const rawFormatSchema = z.enum(rawFormats);
export type RawFormat = z.infer<typeof rawFormatSchema>;

export const outputSchema = z.strictObject({ format: z.string(), path: z.string(), sha256: z.string() });
export type Output = z.infer<typeof outputSchema>;

export const selfCheckSchema = z.strictObject({
  passed: z.boolean(),
  finite: z.boolean(),
  constant: z.boolean(),
  /** `|A x - y| / |y|` of the worst slice, null where a method has no forward model. */
  dataMisfit: z.number().nullable(),
  note: z.string(),
});
export type SelfCheck = z.infer<typeof selfCheckSchema>;

export const metricsSchema = z.strictObject({
  nmse: z.number(),
  nrmse: z.number(),
  psnr: z.number(),
  ssim: z.number(),
  hfen: z.number(),
  /** Number of slices compared. */
  n: z.number().int(),
  metricVersion: z.string(),
});
export type Metrics = z.infer<typeof metricsSchema>;

/** Everything that asks for one reconstruction; the same value gives the same pixels through every door. */
export const reconJobSchema = z.strictObject({
  input: z.string(),
  dataset: z.string().nullable().default(null),
  method: z.string(),
  /** Half-open range of slices, null for all. */
  slices: z.tuple([z.number().int().nonnegative(), z.number().int().positive()]).nullable().default(null),
  options: z.record(z.string(), z.unknown()).default({}),
  model: z.string().nullable().default(null),
  mask: z.string().nullable().default(null),
  maps: z.string().nullable().default(null),
  /** A file or folder to compare with, or the word `full`. */
  reference: z.string().nullable().default(null),
  /** Orientation stated by the user for data that has none. */
  orientation: z.enum(["axial", "sagittal", "coronal"]).nullable().default(null),
  formats: z.array(outputFormatSchema).default([]),
  out: z.string(),
  device: deviceChoiceSchema.default("auto"),
  threads: z.number().int().positive().nullable().default(null),
  seed: z.number().int().nonnegative().default(0),
});
export type ReconJob = z.infer<typeof reconJobSchema>;

/** `record.json`: what is needed to repeat a result and to explain it. */
export const recordSchema = z.strictObject({
  recordVersion: z.literal(1),
  program: z.strictObject({ name: z.literal("PureEcho"), version: z.string() }),
  researchUse: z.string(),
  kind: z.literal("recon"),
  created: z.string(),
  job: reconJobSchema,
  input: z.strictObject({
    path: z.string(),
    datasetId: z.string(),
    format: z.string(),
    title: z.string(),
    /** SHA-256 over every input file, in the order of `files`. */
    files: z.array(z.strictObject({ path: z.string(), sha256: z.string(), bytes: z.number() })),
  }),
  /** Options with every default filled in. */
  options: z.record(z.string(), z.unknown()),
  mask: z
    .strictObject({
      spec: z.string().nullable(),
      lines: z.number().int(),
      of: z.number().int(),
      acceleration: z.number(),
    })
    .nullable(),
  /** Factor a scan is divided by before a method sees it (design section 3), one per slice reconstructed. */
  scale: z.array(z.number()),
  seed: z.number().int(),
  provider: z.strictObject({ id: providerSchema, reason: z.string() }),
  modelSha256: z.string().nullable(),
  platform: z.strictObject({
    node: z.string(),
    os: z.string(),
    arch: z.string(),
    cpu: z.string(),
    threads: z.number().int(),
    libraries: z.record(z.string(), z.string()),
  }),
  result: z.strictObject({
    shape: z.tuple([z.number().int(), z.number().int(), z.number().int()]),
    pixelsSha256: z.string(),
    synthetic: z.boolean(),
    selfCheck: selfCheckSchema,
    /** `|A x - y| / |y|` per slice. */
    residual: z.array(z.number().nullable()),
    iterations: z.array(z.number().int()),
    metrics: metricsSchema.nullable(),
    geometry: geometrySchema,
    warnings: z.array(warningSchema),
  }),
  seconds: z.record(z.string(), z.number()),
  peakBytes: z.number(),
  outputs: z.array(outputSchema),
});
export type RunRecord = z.infer<typeof recordSchema>;

/** Kept beside the pixels of a stored result so that it can be exported later without its source. */
export const storedResultSchema = z.strictObject({ record: recordSchema, origin: originSchema });
export type StoredResult = z.infer<typeof storedResultSchema>;

export const researchUse =
  "For research use only. Not a medical device; not for diagnosis or for decisions about treatment.";
