import { z } from "zod";
import { datasetSummarySchema, refusalSchema } from "./dataset.ts";
import {
  deviceChoiceSchema,
  metricsSchema,
  outputFormatSchema,
  outputSchema,
  providerSchema,
  rawFormatSchema,
  reconJobSchema,
  selfCheckSchema,
} from "./record.ts";

/**
 * What a door may ask of the engine process: one table of request and response schemas, validated on both sides.
 * Paths are absolute. The window speaks `window.ts` instead, which has handles and no paths.
 */

/** Plain `Float32Array`: the schema must not narrow what memory it lies in. */
const float32 = z.custom<Float32Array>((value) => value instanceof Float32Array, "must be a Float32Array");

export const inspectRequestSchema = z.strictObject({ paths: z.array(z.string()).min(1) });
export const inspectResponseSchema = z.strictObject({
  datasets: z.array(datasetSummarySchema),
  refused: z.array(refusalSchema),
});

export const methodDescriptionSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  help: z.string(),
  needs: z.enum(["kspace", "image", "either"]),
  /** JSON Schema of the options, made from the method's zod schema; properties carry `title`, `unit`, `help`. */
  optionsSchema: z.record(z.string(), z.unknown()),
});
export type MethodDescription = z.infer<typeof methodDescriptionSchema>;

export const reconResponseSchema = z.strictObject({
  outputs: z.array(outputSchema),
  /** Path of `record.json`. */
  record: z.string(),
  pixelsSha256: z.string(),
  seconds: z.record(z.string(), z.number()),
  peakBytes: z.number(),
  selfCheck: selfCheckSchema,
  residual: z.array(z.number().nullable()),
  metrics: metricsSchema.nullable(),
});
export type ReconResponse = z.infer<typeof reconResponseSchema>;

export const simulateRequestSchema = z.strictObject({
  image: z.string(),
  dataset: z.string().nullable().default(null),
  coils: z.number().int().min(1).max(64).default(8),
  mask: z.string().nullable().default(null),
  /** Standard deviation of the noise per real component, in units of the scan's scale (design section 3). */
  noise: z.number().nonnegative().default(0.01),
  slices: z.tuple([z.number().int().nonnegative(), z.number().int().positive()]).nullable().default(null),
  format: rawFormatSchema.default("ismrmrd"),
  out: z.string(),
  seed: z.number().int().nonnegative().default(0),
});

export const judgeRequestSchema = z.strictObject({ result: z.string(), reference: z.string() });

export const rerunResponseSchema = z.strictObject({
  same: z.enum(["bits", "close", "differs"]),
  largestDifference: z.number(),
  pixelsSha256: z.string(),
});

export const providerReportSchema = z.strictObject({
  id: providerSchema,
  usable: z.boolean(),
  reason: z.string(),
  gflops: z.number().nullable(),
});
export type ProviderReport = z.infer<typeof providerReportSchema>;

export const modelSummarySchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  bytes: z.number(),
  sha256ok: z.boolean(),
  domain: z.string(),
});
export type ModelSummary = z.infer<typeof modelSummarySchema>;

export const sliceViews = ["image", "kspace", "reference", "difference", "mask", "coils"] as const;
export const sliceSourceSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("dataset"), path: z.string(), dataset: z.string() }),
  /** A folder that `recon` wrote. */
  z.strictObject({ kind: z.literal("result"), folder: z.string() }),
]);
export const sliceRequestSchema = z.strictObject({
  source: sliceSourceSchema,
  index: z.number().int().nonnegative(),
  view: z.enum(sliceViews),
  /** Coil for `kspace` and `coils`; null combines coils by root sum of squares. */
  coil: z.number().int().nonnegative().nullable().default(null),
});
export const pictureSchema = z.strictObject({
  rows: z.number().int().positive(),
  columns: z.number().int().positive(),
  slices: z.number().int().positive(),
  /** 2: interleaved real and imaginary parts; 1: real values. */
  components: z.union([z.literal(1), z.literal(2)]),
  data: float32,
  spacingMm: z.tuple([z.number(), z.number()]),
  /** False where the input does not state its spacing and 1 mm is assumed. */
  spacingKnown: z.boolean(),
  /** Patient directions at the left, right, top and bottom edge, empty when unknown. */
  edges: z.strictObject({ left: z.string(), right: z.string(), top: z.string(), bottom: z.string() }),
  /** Suggested window: lower and upper value of the magnitude. */
  window: z.tuple([z.number(), z.number()]),
});
export type Picture = z.infer<typeof pictureSchema>;

export const exportRequestSchema = z.strictObject({
  folder: z.string(),
  formats: z.array(outputFormatSchema).min(1),
  out: z.string(),
});

export const operations = {
  inspect: { request: inspectRequestSchema, response: inspectResponseSchema },
  methods: {
    request: z.strictObject({}),
    response: z.strictObject({ methods: z.array(methodDescriptionSchema) }),
  },
  estimate: {
    request: z.strictObject({
      input: z.string(),
      dataset: z.string().nullable(),
      method: z.string(),
      options: z.record(z.string(), z.unknown()),
    }),
    response: z.strictObject({ bytes: z.number(), seconds: z.number() }),
  },
  recon: { request: reconJobSchema, response: reconResponseSchema },
  simulate: { request: simulateRequestSchema, response: z.strictObject({ outputs: z.array(outputSchema) }) },
  judge: { request: judgeRequestSchema, response: metricsSchema },
  rerun: { request: z.strictObject({ record: z.string() }), response: rerunResponseSchema },
  export: { request: exportRequestSchema, response: z.strictObject({ outputs: z.array(outputSchema) }) },
  slice: { request: sliceRequestSchema, response: pictureSchema },
  devices: {
    request: z.strictObject({ device: deviceChoiceSchema.default("auto") }),
    response: z.strictObject({ providers: z.array(providerReportSchema) }),
  },
  models: {
    request: z.strictObject({}),
    response: z.strictObject({ models: z.array(modelSummarySchema), note: z.string() }),
  },
} as const;

export type OperationName = keyof typeof operations;
export type OperationRequest<N extends OperationName> = z.input<(typeof operations)[N]["request"]>;
export type OperationResponse<N extends OperationName> = z.output<(typeof operations)[N]["response"]>;

/** What a running operation tells meanwhile. */
export const progressSchema = z.strictObject({
  kind: z.literal("progress"),
  stage: z.string(),
  /** 0 to 1 over the whole operation. */
  fraction: z.number().min(0).max(1),
  slice: z.number().int().nonnegative().nullable(),
  iteration: z.number().int().nonnegative().nullable(),
  residual: z.number().nullable(),
});
export const previewSchema = z.strictObject({
  kind: z.literal("preview"),
  slice: z.number().int(),
  picture: pictureSchema,
});
export const noticeSchema = z.strictObject({
  kind: z.literal("notice"),
  level: z.enum(["info", "warning"]),
  text: z.string(),
});
export const operationEventSchema = z.discriminatedUnion("kind", [
  progressSchema,
  previewSchema,
  noticeSchema,
]);
export type OperationEvent = z.infer<typeof operationEventSchema>;
