import { z } from "zod";
import { datasetSummarySchema } from "./dataset.ts";
import { faultSchema } from "./errors.ts";
import {
  operationEventSchema,
  operations,
  pictureSchema,
  reconResponseSchema,
  sliceViews,
} from "./operations.ts";
import { deviceChoiceSchema, outputFormatSchema } from "./record.ts";

/**
 * What the window may ask of its host, the same through Electron's preload and through the web socket. The
 * window never names a path: it holds opaque handles that the host gave for files chosen by the user.
 */

export const handleSchema = z.string().regex(/^[a-z]-[0-9a-f]{24}$/);

export const placeSchema = z.strictObject({
  handle: handleSchema,
  name: z.string(),
  kind: z.enum(["file", "folder", "sample"]),
  note: z.string(),
});
export type Place = z.infer<typeof placeSchema>;

/** A dataset as the window sees it: `files` are base names. */
export const openedDatasetSchema = datasetSummarySchema.extend({ handle: handleSchema });
export type OpenedDataset = z.infer<typeof openedDatasetSchema>;
export const windowRefusalSchema = z.strictObject({
  name: z.string(),
  code: z.string(),
  where: z.string().nullable(),
  reason: z.string(),
});

const noRequest = z.strictObject({});

export const windowRecipeSchema = z.strictObject({
  handle: handleSchema,
  dataset: z.string(),
  method: z.string().max(64),
  slices: z.tuple([z.number().int().nonnegative(), z.number().int().positive()]).nullable(),
  options: z.record(z.string().max(64), z.union([z.string().max(256), z.number(), z.boolean(), z.null()])),
  mask: z.string().max(128).nullable(),
  /** Compare with the fully sampled input before the mask. */
  compareWithFull: z.boolean(),
  orientation: z.enum(["axial", "sagittal", "coronal"]).nullable(),
  device: deviceChoiceSchema,
  seed: z.number().int().nonnegative(),
});
export type WindowRecipe = z.infer<typeof windowRecipeSchema>;

export const windowResultSchema = reconResponseSchema.omit({ outputs: true, record: true }).extend({
  handle: handleSchema,
  slices: z.number().int().positive(),
  synthetic: z.boolean(),
  hasReference: z.boolean(),
});
export type WindowResult = z.infer<typeof windowResultSchema>;

export const windowOperations = {
  /** What this host can do and what lies ready: samples, and the folders that `serve` was started with. */
  welcome: {
    request: noRequest,
    response: z.strictObject({
      host: z.enum(["web", "desktop"]),
      version: z.string(),
      researchUse: z.string(),
      places: z.array(placeSchema),
      canChooseFiles: z.boolean(),
      dropCapBytes: z.number(),
    }),
  },
  /** A native dialog (desktop only); empty when the user cancelled. */
  choose: {
    request: z.strictObject({ what: z.enum(["files", "folder"]) }),
    response: z.strictObject({ places: z.array(placeSchema) }),
  },
  browse: {
    request: z.strictObject({ handle: handleSchema }),
    response: z.strictObject({ places: z.array(placeSchema) }),
  },
  open: {
    request: z.strictObject({ handles: z.array(handleSchema).min(1).max(10_000) }),
    response: z.strictObject({
      datasets: z.array(openedDatasetSchema),
      refused: z.array(windowRefusalSchema),
    }),
  },
  methods: operations.methods,
  estimate: {
    request: z.strictObject({
      handle: handleSchema,
      dataset: z.string(),
      method: z.string(),
      options: z.record(z.string(), z.unknown()),
    }),
    response: operations.estimate.response,
  },
  recon: { request: windowRecipeSchema, response: windowResultSchema },
  picture: {
    request: z.strictObject({
      handle: handleSchema,
      /** The dataset's id, or null for a result. */
      dataset: z.string().nullable(),
      index: z.number().int().nonnegative(),
      view: z.enum(sliceViews),
      coil: z.number().int().nonnegative().nullable(),
    }),
    response: pictureSchema,
  },
  /** Desktop: asks for a folder. Web: makes a zip to be fetched from `download`. */
  export: {
    request: z.strictObject({ handle: handleSchema, formats: z.array(outputFormatSchema).min(1) }),
    response: z.strictObject({
      written: z.array(z.strictObject({ format: z.string(), name: z.string(), sha256: z.string() })),
      download: z.string().nullable(),
    }),
  },
  devices: { request: noRequest, response: operations.devices.response },
  models: { request: noRequest, response: operations.models.response },
} as const;

export type WindowOperationName = keyof typeof windowOperations;
export type WindowRequest<N extends WindowOperationName> = z.input<(typeof windowOperations)[N]["request"]>;
export type WindowResponse<N extends WindowOperationName> = z.output<
  (typeof windowOperations)[N]["response"]
>;

/** Messages from the window to its host. */
export const fromWindowSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("ask"),
    id: z.number().int().nonnegative(),
    operation: z.string().max(32),
    request: z.unknown(),
  }),
  z.strictObject({ type: z.literal("cancel"), id: z.number().int().nonnegative() }),
]);
export type FromWindow = z.infer<typeof fromWindowSchema>;

/** Messages from the host to its window. Faults carry base names, never absolute paths. */
export const toWindowSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("answer"), id: z.number().int(), response: z.unknown() }),
  z.strictObject({ type: z.literal("failed"), id: z.number().int(), fault: faultSchema }),
  z.strictObject({ type: z.literal("event"), id: z.number().int(), event: operationEventSchema }),
  z.strictObject({
    type: z.literal("engine"),
    state: z.enum(["ready", "lost", "restarted"]),
    text: z.string(),
  }),
  /** What the user opened from outside, such as by starting the program again with a file: to be opened at once. */
  z.strictObject({ type: z.literal("opened"), places: z.array(placeSchema) }),
]);
export type ToWindow = z.infer<typeof toWindowSchema>;
