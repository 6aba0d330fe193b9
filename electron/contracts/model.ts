import { z } from "zod";

/**
 * `models/<id>/model.json`: what a model folder holds, what it was trained for and how it is to be used. Strict, so
 * that a field that this version does not understand is a refusal and not a misunderstanding.
 */

/** A plain file name inside the model's own folder: no folders, no leading dot. */
const fileNameSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "a plain file name");
const graphNameSchema = z.string().regex(/^[a-z][A-Za-z0-9_-]{0,63}$/);
const tensorNameSchema = z.string().min(1).max(128);
const positive = z.number().positive();
const count = z.number().int().positive();

export const modelIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "small letters, digits and hyphens");

export const modelKinds = ["prior", "unrolled", "autoencoder", "latent-prior", "detector"] as const;

export const modelFileSchema = z.strictObject({
  path: fileNameSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: count,
});

/** One input or output. A dimension that the caller may choose is a name, the same name is the same length. */
export const tensorSchema = z.strictObject({
  /** Always float32 at the edge of a graph; smaller types stay inside. */
  type: z.literal("float32"),
  shape: z.array(z.union([count, z.string().regex(/^[a-z][A-Za-z0-9_]{0,31}$/)])),
});

export const graphSchema = z.strictObject({
  file: fileNameSchema,
  /** By the names that the graph itself uses. */
  inputs: z.record(tensorNameSchema, tensorSchema),
  outputs: z.record(tensorNameSchema, tensorSchema),
  /** Rows and columns must be a multiple of this; 1 where any size goes. */
  sizeMultiple: count,
  /** Largest relative difference from the training framework, measured at export; null where there was none. */
  onnxVersusTorch: z.number().nonnegative().nullable(),
});
export type GraphDescription = z.infer<typeof graphSchema>;

/** What was seen in training; outside of it a model is out of its domain and says so. Empty: does not apply. */
export const trainingDomainSchema = z.strictObject({
  anatomy: z.array(z.string().min(1)),
  contrast: z.array(z.string().min(1)),
  coils: z.strictObject({ from: count, to: count }).nullable(),
  acceleration: z.strictObject({ from: positive, to: positive }).nullable(),
});

/**
 * A part of the noise range with the graphs that serve it, by role (`denoise`, `denoise_vjp`); sigma per real
 * component in the model's scale.
 */
export const stageSchema = z.strictObject({
  name: z.string().min(1),
  graphs: z.record(graphNameSchema, graphNameSchema),
  sigma: z.strictObject({ from: z.number().nonnegative(), to: positive }),
});

export const scheduleSchema = z.strictObject({
  sigmaMin: positive,
  sigmaMax: positive,
  sigmaData: positive,
  /** Exponent of the noise levels (Karras et al. 2022, equation 5). */
  rho: positive,
  steps: count,
});

/** How a scan is brought to the scale a model was trained in (design section 3). */
export const scaleRuleSchema = z.discriminatedUnion("id", [
  z.strictObject({
    id: z.literal("central-block-percentile"),
    percentile: z.number().min(0).max(100),
    /** Lines of the central block, fewer where fewer are available. */
    lines: count,
    text: z.string().min(1),
  }),
  z.strictObject({ id: z.literal("none"), text: z.string().min(1) }),
]);

export const modelManifestSchema = z
  .strictObject({
    manifestVersion: z.literal(1),
    id: modelIdSchema,
    kind: z.enum(modelKinds),
    title: z.string().min(1),
    version: z.string().regex(/^\d+\.\d+\.\d+$/),
    licence: z.string().min(1),
    files: z.array(modelFileSchema).min(1),
    graphs: z.record(graphNameSchema, graphSchema),
    /** One sentence for people. */
    domain: z.string().min(1),
    trainingDomain: trainingDomainSchema,
    scaleRule: scaleRuleSchema,
    schedule: scheduleSchema.nullable(),
    /** By rising sigma, each beginning where the one before ends; empty for models without noise levels. */
    stages: z.array(stageSchema),
    /** How it was trained: data, steps, seed, time; the card says more. */
    training: z.string().min(1),
  })
  .superRefine((manifest, context) => {
    const refuse = (message: string, ...path: (string | number)[]): void => {
      context.addIssue({ code: "custom", message, path });
    };
    const files = manifest.files.map((file) => file.path);
    if (new Set(files).size !== files.length) refuse("a file is listed twice", "files");
    for (const [name, graph] of Object.entries(manifest.graphs)) {
      if (!files.includes(graph.file)) refuse("its file is not in the list of files", "graphs", name, "file");
    }
    if (Object.keys(manifest.graphs).length === 0) refuse("at least one graph is needed", "graphs");
    for (const [index, stage] of manifest.stages.entries()) {
      for (const [role, graph] of Object.entries(stage.graphs)) {
        if (!Object.hasOwn(manifest.graphs, graph))
          refuse("no graph of this name", "stages", index, "graphs", role);
      }
      if (stage.sigma.from >= stage.sigma.to) refuse("an empty range", "stages", index, "sigma");
      if (index > 0 && stage.sigma.from !== manifest.stages[index - 1].sigma.to) {
        refuse("does not begin where the stage before ends", "stages", index, "sigma");
      }
    }
    if (manifest.schedule !== null && manifest.schedule.sigmaMin >= manifest.schedule.sigmaMax) {
      refuse("sigmaMin must be below sigmaMax", "schedule");
    }
  });
export type ModelManifest = z.infer<typeof modelManifestSchema>;
