import type { Origin } from "../../contracts/dataset.ts";
import { researchUse } from "../../contracts/record.ts";
import type { Result } from "../dataset/result.ts";
import type { Attributes } from "./dicom-file.ts";
import {
  codeString,
  contentUid,
  dateString,
  decimalString,
  type Rescale,
  shortText,
  timeString,
} from "./dicom-values.ts";
import type { MagnitudeVolume } from "./pixels.ts";

/** What a result is, apart from when and where it was made: the same content gets the same UIDs again. */
export function contentKey(result: Result): string {
  const { record } = result;
  return JSON.stringify([
    record.result.pixelsSha256,
    record.input.files.map((file) => file.sha256),
    record.input.datasetId,
    record.job.method,
    record.options,
    record.job.slices,
    record.program.version,
  ]);
}

export function numberString(value: number | null): string {
  return value === null ? "" : decimalString(value);
}

function moment(created: string): { date: string; time: string } {
  const digits = new Date(created).toISOString().replace(/[-:TZ]/g, "");
  return { date: digits.slice(0, 8), time: digits.slice(8, 14) };
}

/** `PureEcho <method>`, marked, at most 64 characters (LO). */
function seriesDescription(result: Result): string {
  const mark = result.record.result.synthetic ? "SYNTHETIC " : "";
  const source = result.origin.seriesDescription === "" ? "" : ` of ${result.origin.seriesDescription}`;
  return shortText(`${mark}PureEcho ${result.record.job.method} (research use only)${source}`, 64);
}

function derivation(result: Result): string {
  const { record } = result;
  const mark = record.result.synthetic ? "SYNTHETIC, not a measurement of a patient. " : "";
  const options = JSON.stringify(record.options).replace(/\\/g, "/");
  return shortText(
    `${mark}Reconstructed by PureEcho ${record.program.version}, method ${record.job.method}, options ${options}, seed ${record.seed}. ${researchUse}`,
    1024,
  );
}

function sourceImages(origin: Origin, slice: number | null, slices: number): Attributes {
  const own = slice !== null && origin.references.length === slices;
  const references = own ? [origin.references[slice]] : origin.references;
  if (references.length === 0) return {};
  return {
    SourceImageSequence: references.map((reference) => ({
      ReferencedSOPClassUID: reference.sopClassUid,
      ReferencedSOPInstanceUID: reference.sopInstanceUid,
      ...(reference.frame === null ? {} : { ReferencedFrameNumber: String(reference.frame) }),
      PurposeOfReferenceCodeSequence: [
        {
          CodeValue: "121322",
          CodingSchemeDesignator: "DCM",
          CodeMeaning: "Source image for image processing operation",
        },
      ],
    })),
  };
}

/** Parts of the body that come in pairs; their side is asked for, and empty because the origin does not tell it. */
const paired =
  /KNEE|SHOULDER|HAND|FOOT|ELBOW|ANKLE|HIP|BREAST|WRIST|ARM|LEG|THIGH|FEMUR|TIBIA|HUMERUS|EYE|ORBIT|EAR|KIDNEY/;

function bodyPart(origin: Origin): Attributes {
  const part = codeString(origin.bodyPart).split("\\")[0];
  if (part === "") return { Laterality: "" };
  return { BodyPartExamined: part, ...(paired.test(part) ? { Laterality: "" } : {}) };
}

/** Modules of patient, study, series, equipment, general image and pixels, the same for both kinds of object. */
export function commonAttributes(
  result: Result,
  volume: MagnitudeVolume,
  rescale: Rescale,
  place: { sopClassUid: string; slice: number | null },
): Attributes & { SOPClassUID: string; SOPInstanceUID: string } {
  const { record, origin } = result;
  const key = contentKey(result);
  const { date, time } = moment(record.created);
  const white = volume.robustMaximum > 0 ? volume.robustMaximum : rescale.value;
  return {
    SpecificCharacterSet: "ISO_IR 192",
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    SOPClassUID: place.sopClassUid,
    SOPInstanceUID: contentUid(key, "instance", String(place.slice)),
    ...(record.result.synthetic ? { SyntheticData: "YES" } : {}),
    StudyDate: dateString(origin.studyDate),
    StudyTime: timeString(origin.studyTime),
    SeriesDate: date,
    SeriesTime: time,
    ContentDate: date,
    ContentTime: time,
    AccessionNumber: shortText(origin.accessionNumber, 16),
    Modality: "MR",
    Manufacturer: "PureEcho",
    ManufacturerModelName: "PureEcho",
    SoftwareVersions: record.program.version,
    ReferringPhysicianName: origin.referringPhysician,
    ...(origin.studyDescription === "" ? {} : { StudyDescription: shortText(origin.studyDescription, 64) }),
    SeriesDescription: seriesDescription(result),
    DerivationDescription: derivation(result),
    ...sourceImages(origin, place.slice, volume.slices),
    PatientName: origin.patientName,
    PatientID: shortText(origin.patientId, 64),
    PatientBirthDate: dateString(origin.patientBirthDate),
    PatientSex: /^[MFO]$/.test(origin.patientSex) ? origin.patientSex : "",
    ...bodyPart(origin),
    ...(origin.protocolName === "" ? {} : { ProtocolName: shortText(origin.protocolName, 64) }),
    ...(origin.manufacturer === ""
      ? {}
      : {
          ContributingEquipmentSequence: [
            {
              Manufacturer: shortText(origin.manufacturer, 64),
              PurposeOfReferenceCodeSequence: [
                {
                  CodeValue: "109101",
                  CodingSchemeDesignator: "DCM",
                  CodeMeaning: "Acquisition Equipment",
                },
              ],
            },
          ],
        }),
    StudyInstanceUID: origin.studyInstanceUid ?? contentUid(key, "study"),
    SeriesInstanceUID: contentUid(key, "series"),
    StudyID: shortText(origin.studyId, 16),
    SeriesNumber: String((origin.seriesNumber ?? 0) + 1000),
    InstanceNumber: String((place.slice ?? 0) + 1),
    ImageComments: `${record.result.synthetic ? "SYNTHETIC. " : ""}${researchUse}`,
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: volume.rows,
    Columns: volume.columns,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
    BurnedInAnnotation: "NO",
    LossyImageCompression: "00",
    RescaleIntercept: "0",
    RescaleSlope: rescale.text,
    RescaleType: "US",
    // LINEAR_EXACT (PS3.3 C.11.2.1.3.2) allows widths below 1, which scans with small amplitudes need.
    WindowCenter: decimalString(white / 2),
    WindowWidth: decimalString(white),
    VOILUTFunction: "LINEAR_EXACT",
  };
}
