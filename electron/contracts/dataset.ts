import { z } from "zod";

export const vec3Schema = z.tuple([z.number(), z.number(), z.number()]);
export type Vec3 = z.infer<typeof vec3Schema>;

/**
 * Where the pixels lie in the patient, LPS millimetres (DICOM PS3.3 C.7.6.2). `known` comes from the file, `stated`
 * from the user, `unknown` is said and never guessed: positions and directions are then those of a plain
 * grid at the origin and must not be exported as geometry.
 */
export const geometrySchema = z.strictObject({
  orientation: z.enum(["known", "stated", "unknown"]),
  /** Unit vector along increasing column index (image x, the readout of raw data). */
  rowDirection: vec3Schema,
  /** Unit vector along increasing row index (image y, the phase encoding of raw data). */
  columnDirection: vec3Schema,
  /** Distance of neighbouring columns and of neighbouring rows, mm: [dx, dy]. */
  spacingMm: z.tuple([z.number().positive(), z.number().positive()]),
  /** Distance of neighbouring slice centres from their positions, null for one slice or an uneven stack. */
  sliceSpacingMm: z.number().positive().nullable(),
  sliceThicknessMm: z.number().positive().nullable(),
  /** Centre of the first pixel (row 0, column 0) of every slice. */
  positions: z.array(vec3Schema),
  frameOfReferenceUid: z.string().nullable(),
});
export type Geometry = z.infer<typeof geometrySchema>;

/** Identity that a derived object takes over from its source; empty strings where the source says nothing. */
export const originSchema = z.strictObject({
  modality: z.string(),
  patientName: z.string(),
  patientId: z.string(),
  patientBirthDate: z.string(),
  patientSex: z.string(),
  studyInstanceUid: z.string().nullable(),
  studyDate: z.string(),
  studyTime: z.string(),
  studyId: z.string(),
  studyDescription: z.string(),
  accessionNumber: z.string(),
  referringPhysician: z.string(),
  seriesInstanceUid: z.string().nullable(),
  seriesDescription: z.string(),
  seriesNumber: z.number().int().nullable(),
  bodyPart: z.string(),
  patientPosition: z.string(),
  protocolName: z.string(),
  manufacturer: z.string(),
  fieldStrengthTesla: z.number().nullable(),
  echoTimeMs: z.number().nullable(),
  repetitionTimeMs: z.number().nullable(),
  inversionTimeMs: z.number().nullable(),
  flipAngleDeg: z.number().nullable(),
  echoTrainLength: z.number().int().nullable(),
  scanningSequence: z.string(),
  sequenceVariant: z.string(),
  acquisitionType: z.string(),
  /** SOP class and instance of every source image, one per slice, empty for raw data. */
  references: z.array(
    z.strictObject({
      sopClassUid: z.string(),
      sopInstanceUid: z.string(),
      frame: z.number().int().nullable(),
    }),
  ),
});
export type Origin = z.infer<typeof originSchema>;

export const warningSchema = z.strictObject({ code: z.string(), text: z.string() });
export type Warning = z.infer<typeof warningSchema>;

/** What `inspect` says of one dataset; keys are part of the command line's contract. */
export const datasetSummarySchema = z.strictObject({
  /** Stable for the same file content and the same part of it. */
  id: z.string(),
  kind: z.enum(["kspace", "image"]),
  format: z.string(),
  title: z.string(),
  /** Axes `[slice, coil, ky, kx]` of k-space, `[slice, y, x]` of images. */
  shape: z.array(z.number().int().positive()),
  coils: z.number().int().positive(),
  /** Rows and columns of the reconstructed image. */
  matrix: z.tuple([z.number().int().positive(), z.number().int().positive()]),
  spacingMm: z.tuple([z.number(), z.number(), z.number().nullable()]).nullable(),
  /** `axial`, `sagittal`, `coronal`, an oblique description, or `unknown`. */
  orientation: z.string(),
  /** Lines in all over lines acquired; 1 for images. */
  acceleration: z.number(),
  synthetic: z.boolean(),
  files: z.array(z.string()),
  warnings: z.array(warningSchema),
});
export type DatasetSummary = z.infer<typeof datasetSummarySchema>;

export const refusalSchema = z.strictObject({
  path: z.string(),
  code: z.string(),
  where: z.string().nullable(),
  reason: z.string(),
});
export type Refusal = z.infer<typeof refusalSchema>;
