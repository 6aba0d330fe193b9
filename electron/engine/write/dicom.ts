import { join } from "node:path";
import type { Geometry, Origin } from "../../contracts/dataset.ts";
import type { Output } from "../../contracts/record.ts";
import { writeAtomically } from "../base/atomic-file.ts";
import { EchoError } from "../base/errors.ts";
import { dot, edgeLetters, sliceNormal } from "../dataset/geometry.ts";
import type { Result } from "../dataset/result.ts";
import { commonAttributes, contentKey, numberString } from "./dicom-common.ts";
import { type Attributes, encodeDicom } from "./dicom-file.ts";
import {
  codeString,
  contentUid,
  decimalString,
  quantised,
  type Rescale,
  rescaleFor,
} from "./dicom-values.ts";
import { type MagnitudeVolume, magnitudeVolume, sliceName } from "./pixels.ts";
import type { Writer } from "./writer.ts";

const mrImageStorage = "1.2.840.10008.5.1.4.1.1.4";
const multiFrameWordSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7.3";
const pageNumberVector = 0x00182001;

/** Frame of reference, image plane (PS3.3 C.7.4.1, C.7.6.2): positions and directions in LPS millimetres. */
function planeAttributes(geometry: Geometry, slice: number, key: string): Attributes {
  const edges = edgeLetters(geometry);
  const position = geometry.positions[slice];
  return {
    ImagePositionPatient: position.map(decimalString),
    ImageOrientationPatient: [...geometry.rowDirection, ...geometry.columnDirection].map(decimalString),
    // Row spacing comes first: the distance of rows, then of columns (PS3.3 10.7.1.1).
    PixelSpacing: [decimalString(geometry.spacingMm[1]), decimalString(geometry.spacingMm[0])],
    SliceThickness: numberString(geometry.sliceThicknessMm),
    ...(geometry.sliceSpacingMm === null
      ? {}
      : { SpacingBetweenSlices: decimalString(geometry.sliceSpacingMm) }),
    SliceLocation: decimalString(dot(position, sliceNormal(geometry))),
    FrameOfReferenceUID: geometry.frameOfReferenceUid ?? contentUid(key, "frame of reference"),
    PositionReferenceIndicator: "",
    PatientOrientation: [edges.right, edges.bottom],
  };
}

/** MR Image module (C.8.3.1) from what the source says; `RM` (research mode) where it does not name its sequence. */
function mrAttributes(origin: Origin): Attributes {
  const sequence = codeString(origin.scanningSequence);
  const variant = codeString(origin.sequenceVariant);
  const position = codeString(origin.patientPosition);
  return {
    ScanningSequence: (sequence === "" ? "RM" : sequence).split("\\"),
    SequenceVariant: (variant === "" ? "NONE" : variant).split("\\"),
    ScanOptions: "",
    MRAcquisitionType: /^(2D|3D)$/.test(origin.acquisitionType) ? origin.acquisitionType : "",
    RepetitionTime: numberString(origin.repetitionTimeMs),
    EchoTime: numberString(origin.echoTimeMs),
    ...(sequence.split("\\").includes("IR") ? { InversionTime: numberString(origin.inversionTimeMs) } : {}),
    EchoTrainLength: origin.echoTrainLength === null ? "" : String(origin.echoTrainLength),
    ...(origin.fieldStrengthTesla === null
      ? {}
      : { MagneticFieldStrength: decimalString(origin.fieldStrengthTesla) }),
    ...(origin.flipAngleDeg === null ? {} : { FlipAngle: decimalString(origin.flipAngleDeg) }),
    PatientPosition: position,
  };
}

async function writeSeries(
  result: Result,
  volume: MagnitudeVolume,
  rescale: Rescale,
  folder: string,
): Promise<Output[]> {
  const outputs: Output[] = [];
  const pixels = volume.rows * volume.columns;
  for (let slice = 0; slice < volume.slices; slice++) {
    const attributes = {
      ...commonAttributes(result, volume, rescale, { sopClassUid: mrImageStorage, slice }),
      ImageType: ["DERIVED", "SECONDARY", "OTHER"],
      ...mrAttributes(result.origin),
      ...planeAttributes(result.record.result.geometry, slice, contentKey(result)),
    };
    const stored = quantised(volume.data.subarray(slice * pixels, (slice + 1) * pixels), rescale);
    const path = join(folder, "dicom", `${sliceName(slice)}.dcm`);
    const sha256 = await writeAtomically(path, await encodeDicom(attributes, stored));
    outputs.push({ format: "dicom", path, sha256 });
  }
  return outputs;
}

/** One multi-frame secondary capture (PS3.3 A.8.4): pictures whose place in the patient nobody knows. */
async function writeCapture(
  result: Result,
  volume: MagnitudeVolume,
  rescale: Rescale,
  folder: string,
): Promise<Output[]> {
  const attributes = {
    ...commonAttributes(result, volume, rescale, {
      sopClassUid: multiFrameWordSecondaryCapture,
      slice: null,
    }),
    ImageType: ["DERIVED", "SECONDARY", "OTHER"],
    ConversionType: "WSD",
    PatientOrientation: "",
    NumberOfFrames: String(volume.slices),
    PresentationLUTShape: "IDENTITY",
    ...(volume.slices > 1
      ? {
          FrameIncrementPointer: pageNumberVector,
          PageNumberVector: Array.from({ length: volume.slices }, (_, frame) => String(frame + 1)),
        }
      : {}),
  };
  const path = join(folder, "dicom", "secondary-capture.dcm");
  const bytes = await encodeDicom(attributes, quantised(volume.data, rescale));
  return [{ format: "dicom", path, sha256: await writeAtomically(path, bytes) }];
}

/**
 * A derived series: MR Image Storage, one file per slice, or one multi-frame secondary capture without geometry where
 * the orientation is unknown. A source that is not MR is refused: it must not leave as one. Unsigned 16-bit values whose rescale slope gives back the input's own scale.
 */
export const dicomWriter: Writer = {
  id: "dicom",
  title: "DICOM",
  async write(result, folder) {
    const { modality } = result.origin;
    if (modality !== "MR") {
      throw new EchoError(
        "UNSUPPORTED",
        `the source's modality is ${modality}; DICOM export writes MR images only`,
        {
          where: "(0008,0060)",
          hint: "Export NIfTI, PNG or npy instead.",
        },
      );
    }
    const volume = magnitudeVolume(result.image);
    const rescale = rescaleFor(volume.maximum);
    const unknown = result.record.result.geometry.orientation === "unknown";
    return (unknown ? writeCapture : writeSeries)(result, volume, rescale, folder);
  },
};
