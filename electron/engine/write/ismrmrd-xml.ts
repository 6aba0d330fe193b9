import { researchUse } from "../../contracts/record.ts";
import { type RawShape, rawShape } from "./raw-scan.ts";
import type { RawScan } from "./writer.ts";

/** Text of an element in ASCII: markup and everything else become character references. */
function escaped(text: string): string {
  return [...text.replace(/[\p{Cc}\ufffe\uffff]/gu, " ")]
    .map((character) =>
      /[\x20-\x7e]/.test(character) && !/[<>&"']/.test(character)
        ? character
        : `&#${character.codePointAt(0)};`,
    )
    .join("");
}

function element(name: string, value: string | number | null): string {
  return value === null || value === "" ? "" : `<${name}>${escaped(String(value))}</${name}>`;
}

function group(name: string, content: string): string {
  return content === "" ? "" : `<${name}>${content}</${name}>`;
}

function isoDate(date: string): string {
  return /^\d{8}$/.test(date) ? `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}` : "";
}

/** Proton resonance, Hz per tesla. */
const gyromagneticRatio = 42_577_478;

/**
 * Header of a Cartesian scan by the ISMRMRD schema (ismrmrd.xsd 1.x), in the schema's order. The readout has no oversampling, so
 * encoded and reconstructed space are the same. A resonance frequency of 0 says that the field is not known.
 */
export function ismrmrdXml(scan: RawScan, shape: RawShape = rawShape(scan)): string {
  const { origin, geometry } = scan;
  const { rows, columns, slices, coils } = shape;
  const thickness = geometry.sliceThicknessMm ?? geometry.sliceSpacingMm ?? 1;
  const space = [
    group("matrixSize", element("x", columns) + element("y", rows) + element("z", 1)),
    group(
      "fieldOfView_mm",
      element("x", columns * geometry.spacingMm[0]) +
        element("y", rows * geometry.spacingMm[1]) +
        element("z", thickness),
    ),
  ].join("");
  const limit = (name: string, count: number, centre: number): string =>
    group(name, element("minimum", 0) + element("maximum", count - 1) + element("center", centre));
  const acquired = scan.mask.data.reduce((sum, one) => sum + (one === 0 ? 0 : 1), 0);
  const parameters: [string, string][] = [
    ["title", scan.title],
    ["program", "PureEcho"],
    // Named only where it holds: readers look for the word.
    ["synthetic", scan.synthetic ? "yes" : ""],
    ["note", scan.note],
    ["research_use", researchUse],
    ["acceleration", (scan.mask.data.length / Math.max(1, acquired)).toPrecision(4)],
  ];
  const position = geometry.orientation === "known" ? origin.patientPosition : "";
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n<ismrmrdHeader xmlns="http://www.ismrm.org/ISMRMRD">',
    group(
      "subjectInformation",
      element("patientName", origin.patientName) +
        element("patientID", origin.patientId) +
        element("patientBirthdate", isoDate(origin.patientBirthDate)) +
        element("patientGender", /^[MFO]$/.test(origin.patientSex) ? origin.patientSex : ""),
    ),
    group(
      "studyInformation",
      element("studyDate", isoDate(origin.studyDate)) +
        element("studyID", origin.studyId) +
        element("studyDescription", origin.studyDescription) +
        element("studyInstanceUID", origin.studyInstanceUid),
    ),
    // The schema asks for a patient position wherever there is measurement information.
    position === ""
      ? ""
      : group(
          "measurementInformation",
          element("patientPosition", position) +
            element("protocolName", origin.protocolName) +
            element("seriesDescription", origin.seriesDescription) +
            element("frameOfReferenceUID", geometry.frameOfReferenceUid),
        ),
    group(
      "acquisitionSystemInformation",
      element("systemVendor", origin.manufacturer) +
        element("systemFieldStrength_T", origin.fieldStrengthTesla) +
        element("receiverChannels", coils),
    ),
    group(
      "experimentalConditions",
      element("H1resonanceFrequency_Hz", Math.round((origin.fieldStrengthTesla ?? 0) * gyromagneticRatio)),
    ),
    group(
      "encoding",
      group("encodedSpace", space) +
        group("reconSpace", space) +
        group(
          "encodingLimits",
          limit("kspace_encoding_step_1", rows, Math.floor(rows / 2)) + limit("slice", slices, 0),
        ) +
        element("trajectory", "cartesian"),
    ),
    group(
      "sequenceParameters",
      element("TR", origin.repetitionTimeMs) +
        element("TE", origin.echoTimeMs) +
        element("TI", origin.inversionTimeMs) +
        element("flipAngle_deg", origin.flipAngleDeg),
    ),
    group(
      "userParameters",
      parameters
        .filter(([, value]) => value !== "")
        .map(([name, value]) => group("userParameterString", element("name", name) + element("value", value)))
        .join(""),
    ),
    "</ismrmrdHeader>\n",
  ].join("");
}
