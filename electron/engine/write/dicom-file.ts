import { contentUid } from "./dicom-values.ts";

/** Values by DICOM keyword: strings, arrays of strings or numbers, items of sequences. */
export type Attributes = Record<string, unknown>;

const explicitLittleEndian = "1.2.840.10008.1.2.1";

/** UID of this program as a DICOM implementation. */
const implementationUid = contentUid("PureEcho", "implementation");

/** A DICOM file (PS3.10) in Explicit VR Little Endian, UTF-8, with 16-bit pixels. */
export async function encodeDicom(
  attributes: Attributes & { SOPClassUID: string; SOPInstanceUID: string },
  pixels: Uint16Array,
): Promise<Uint8Array> {
  const { data } = await import("dcmjs");
  const { DicomDict, DicomMetaDictionary } = data;
  const meta = DicomMetaDictionary.denaturalizeDataset({
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
    MediaStorageSOPClassUID: attributes.SOPClassUID,
    MediaStorageSOPInstanceUID: attributes.SOPInstanceUID,
    TransferSyntaxUID: explicitLittleEndian,
    ImplementationClassUID: implementationUid,
    ImplementationVersionName: "PUREECHO",
  });
  const file = new DicomDict(meta);
  const bytes = pixels.buffer.slice(pixels.byteOffset, pixels.byteOffset + pixels.byteLength);
  const dict = DicomMetaDictionary.denaturalizeDataset({
    ...attributes,
    PixelData: bytes,
    _vrMap: { PixelData: "OW" },
  });
  // Elements of a data set are in the order of their tags (PS3.5 7.1).
  for (const tag of Object.keys(dict).sort()) file.dict[tag] = dict[tag];
  return new Uint8Array(file.write());
}
