import { z } from "zod";

/**
 * `assets/samples/samples.json`: the small scans that ship with the program, in the order in which they are offered.
 * Made by `npm run samples`.
 */
export const sampleSchema = z.strictObject({
  id: z.string(),
  /** A file or a folder (a DICOM series) beside the list. */
  file: z.string(),
  title: z.string(),
  /** One sentence on what it is and what it is good for. */
  note: z.string(),
  licence: z.string(),
  /** Where it comes from, with the version of the package. */
  origin: z.string(),
  /** Made or altered by a program: never a picture of a living person's scan as it was taken. */
  synthetic: z.boolean(),
  bytes: z.number().int().positive(),
  /** Of the file; of a folder: SHA-256 of the lines `<sha256>  <name>` of its files, sorted by name. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Sample = z.infer<typeof sampleSchema>;

export const sampleListSchema = z.array(sampleSchema).min(1);
