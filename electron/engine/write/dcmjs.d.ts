/** The part of dcmjs that the DICOM writer uses; the package brings no types. */
declare module "dcmjs" {
  export interface DicomElement {
    vr: string;
    Value: unknown[];
  }
  export const data: {
    DicomDict: new (
      meta: Record<string, DicomElement>,
    ) => {
      dict: Record<string, DicomElement>;
      write(options?: { allowInvalidVRLength: boolean }): ArrayBuffer;
    };
    DicomMetaDictionary: {
      /** Keyword-keyed values to tag-keyed elements. */
      denaturalizeDataset(dataset: Record<string, unknown>): Record<string, DicomElement>;
    };
  };
}
