import type { DataSet } from "dicom-parser";
import type { Origin } from "../../contracts/dataset.ts";
import { emptyOrigin } from "../dataset/geometry.ts";
import { numbersOf, textOf } from "./dicom-text.ts";

/** Patient, study, series and sequence of a file; `references` are filled by the stack. */
export function originOf(dataSet: DataSet): Origin {
  const characterSet = dataSet.string("x00080005") ?? "";
  const text = (tag: string): string => textOf(dataSet, tag, characterSet);
  const first = (tag: string): number | null => {
    const value = numbersOf(dataSet, tag)[0];
    return value !== undefined && Number.isFinite(value) ? value : null;
  };
  const whole = (tag: string): number | null => {
    const value = first(tag);
    return value !== null && Number.isInteger(value) ? value : null;
  };
  return {
    ...emptyOrigin(),
    modality: text("x00080060") || "OT",
    patientName: text("x00100010"),
    patientId: text("x00100020"),
    patientBirthDate: text("x00100030"),
    patientSex: text("x00100040"),
    studyInstanceUid: text("x0020000d") || null,
    studyDate: text("x00080020"),
    studyTime: text("x00080030"),
    studyId: text("x00200010"),
    studyDescription: text("x00081030"),
    accessionNumber: text("x00080050"),
    referringPhysician: text("x00080090"),
    seriesInstanceUid: text("x0020000e") || null,
    seriesDescription: text("x0008103e"),
    seriesNumber: whole("x00200011"),
    bodyPart: text("x00180015"),
    patientPosition: text("x00185100"),
    protocolName: text("x00181030"),
    manufacturer: text("x00080070"),
    fieldStrengthTesla: first("x00180087"),
    echoTimeMs: first("x00180081"),
    repetitionTimeMs: first("x00180080"),
    inversionTimeMs: first("x00180082"),
    flipAngleDeg: first("x00181314"),
    echoTrainLength: whole("x00180091"),
    scanningSequence: text("x00180020"),
    sequenceVariant: text("x00180021"),
    acquisitionType: text("x00180023"),
  };
}

/** Synthetic Data (0008,001C) says so, or a description does. */
export function isSynthetic(dataSet: DataSet, origin: Origin): boolean {
  if ((dataSet.string("x0008001c") ?? "").trim().toUpperCase() === "YES") return true;
  const told = [origin.studyDescription, origin.seriesDescription, origin.protocolName].join("\n");
  return /synthetic/i.test(told) || /synthetic/i.test(textOf(dataSet, "x00204000", ""));
}
