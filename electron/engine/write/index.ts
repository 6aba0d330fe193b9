import type { OutputFormat, RawFormat } from "../../contracts/record.ts";
import { bartRawWriter } from "./bart-raw.ts";
import { dicomWriter } from "./dicom.ts";
import { fastmriRawWriter } from "./fastmri-raw.ts";
import { hdf5Writer } from "./hdf5.ts";
import { ismrmrdRawWriter } from "./ismrmrd-raw.ts";
import { niftiWriter } from "./nifti.ts";
import { npyWriter } from "./npy.ts";
import { pngWriter } from "./png.ts";
import { reportWriter } from "./report.ts";
import type { RawWriter, Writer } from "./writer.ts";

export { writeKept, writeRecord } from "./record.ts";
export type { RawScan, RawWriter, Writer } from "./writer.ts";

export const writers: Readonly<Record<OutputFormat, Writer>> = {
  dicom: dicomWriter,
  nifti: niftiWriter,
  png: pngWriter,
  npy: npyWriter,
  hdf5: hdf5Writer,
  report: reportWriter,
};

export const rawWriters: Readonly<Record<RawFormat, RawWriter>> = {
  ismrmrd: ismrmrdRawWriter,
  fastmri: fastmriRawWriter,
  bart: bartRawWriter,
};
