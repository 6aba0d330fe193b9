import { XMLParser } from "fast-xml-parser";
import type { Origin } from "../../contracts/dataset.ts";
import { EchoError } from "../base/errors.ts";
import { emptyOrigin } from "../dataset/geometry.ts";

/** Matrix and field of view of one space: x readout, y phase encoding, z second phase encoding. */
export interface EncodingSpace {
  readonly matrix: { readonly x: number; readonly y: number; readonly z: number };
  /** Millimetres; null where the header has none or zeros. */
  readonly fovMm: { readonly x: number; readonly y: number; readonly z: number } | null;
}

export interface EncodingHeader {
  readonly encoded: EncodingSpace;
  readonly recon: EncodingSpace;
  /** Index of the k-space centre along both phase encodings, null where the header is silent. */
  readonly centre: { readonly step1: number | null; readonly step2: number | null };
  readonly trajectory: string;
}

export interface IsmrmrdHeader {
  readonly encodings: readonly EncodingHeader[];
  readonly origin: Origin;
  /** Echo times by contrast, ms. */
  readonly echoTimesMs: readonly number[];
  readonly frameOfReferenceUid: string | null;
  readonly title: string;
  readonly synthetic: boolean;
}

type Node = Record<string, unknown>;

const largestHeader = 1 << 24;
const largestMatrix = 65_535;

/**
 * The flexible header of an ISMRMRD file (ismrmrd.xsd; Inati et al., MRM 77, 2017). fastMRI files carry the same text.
 *
 * @throws EchoError DAMAGED when it is not XML or has no encoding with a matrix size.
 */
export function parseIsmrmrdHeader(xml: string, path: string, where: string): IsmrmrdHeader {
  if (xml.length > largestHeader) {
    throw new EchoError("TOO_LARGE", "the XML header is larger than 16 MiB", { path, where });
  }
  const parser = new XMLParser({
    removeNSPrefix: true,
    ignoreAttributes: true,
    parseTagValue: false,
    processEntities: false,
    isArray: (name) => name === "encoding",
  });
  let root: Node;
  try {
    root = child(parser.parse(xml, true) as Node, "ismrmrdHeader");
  } catch (error) {
    throw new EchoError("DAMAGED", "the XML header cannot be parsed", { path, where, cause: error });
  }
  const listed = root.encoding;
  const encodings = (Array.isArray(listed) ? listed : []).map((one, index) =>
    encodingOf(one as Node, path, `${where}: encoding ${index}`),
  );
  if (encodings.length === 0) {
    throw new EchoError("DAMAGED", "the XML header describes no encoding", { path, where });
  }
  const system = child(root, "acquisitionSystemInformation");
  const measurement = child(root, "measurementInformation");
  const study = child(root, "studyInformation");
  const sequence = child(root, "sequenceParameters");
  const protocol = text(measurement, "protocolName");
  const description = text(measurement, "seriesDescription");
  const told = [
    text(system, "institutionName"),
    text(system, "systemVendor"),
    text(system, "systemModel"),
    text(study, "studyDescription"),
    protocol,
    description,
    JSON.stringify(root.userParameters ?? ""),
  ].join("\n");
  return {
    encodings,
    origin: originOf(root),
    echoTimesMs: numbers(sequence, "TE"),
    frameOfReferenceUid: text(measurement, "frameOfReferenceUID") || null,
    title: description || protocol,
    synthetic: /synthetic|simulat/i.test(told),
  };
}

function encodingOf(node: Node, path: string, where: string): EncodingHeader {
  const encoded = spaceOf(child(node, "encodedSpace"));
  if (encoded === null) {
    throw new EchoError("DAMAGED", "the encoded matrix is missing, zero or above 65,535", { path, where });
  }
  const limits = child(node, "encodingLimits");
  return {
    encoded,
    recon: spaceOf(child(node, "reconSpace")) ?? encoded,
    centre: {
      step1: number(child(limits, "kspace_encoding_step_1"), "center"),
      step2: number(child(limits, "kspace_encoding_step_2"), "center"),
    },
    trajectory: text(node, "trajectory").toLowerCase(),
  };
}

function spaceOf(node: Node): EncodingSpace | null {
  const matrix = child(node, "matrixSize");
  const fov = child(node, "fieldOfView_mm");
  const [x, y] = [number(matrix, "x"), number(matrix, "y")];
  const z = number(matrix, "z") ?? 1;
  const sane = (n: number | null): n is number =>
    n !== null && Number.isInteger(n) && n >= 1 && n <= largestMatrix;
  if (!sane(x) || !sane(y) || !sane(z)) return null;
  const [fx, fy] = [number(fov, "x"), number(fov, "y")];
  const known = fx !== null && fy !== null && fx > 0 && fy > 0;
  return { matrix: { x, y, z }, fovMm: known ? { x: fx, y: fy, z: number(fov, "z") ?? 0 } : null };
}

function originOf(root: Node): Origin {
  const subject = child(root, "subjectInformation");
  const study = child(root, "studyInformation");
  const measurement = child(root, "measurementInformation");
  const system = child(root, "acquisitionSystemInformation");
  const sequence = child(root, "sequenceParameters");
  const first = (name: string): number | null => numbers(sequence, name)[0] ?? null;
  const resonance = number(child(root, "experimentalConditions"), "H1resonanceFrequency_Hz");
  const series = number(measurement, "initialSeriesNumber");
  return {
    ...emptyOrigin(),
    patientName: text(subject, "patientName"),
    patientId: text(subject, "patientID"),
    patientBirthDate: digits(text(subject, "patientBirthdate")),
    patientSex: text(subject, "patientGender"),
    studyInstanceUid: text(study, "studyInstanceUID") || null,
    studyDate: digits(text(study, "studyDate")),
    studyTime: text(study, "studyTime").replaceAll(":", ""),
    studyId: text(study, "studyID"),
    studyDescription: text(study, "studyDescription"),
    accessionNumber: text(study, "accessionNumber"),
    referringPhysician: text(study, "referringPhysicianName"),
    seriesDescription: text(measurement, "seriesDescription"),
    seriesNumber: series !== null && Number.isInteger(series) ? series : null,
    bodyPart: text(study, "bodyPartExamined"),
    patientPosition: text(measurement, "patientPosition"),
    protocolName: text(measurement, "protocolName"),
    manufacturer: text(system, "systemVendor"),
    // Proton resonance at one tesla is 42.577 MHz (CODATA); used where the field itself is not stated.
    fieldStrengthTesla:
      number(system, "systemFieldStrength_T") ??
      (resonance !== null && resonance > 0 ? Math.round(resonance / 42_577.478) / 1000 : null),
    echoTimeMs: first("TE"),
    repetitionTimeMs: first("TR"),
    inversionTimeMs: first("TI"),
    flipAngleDeg: first("flipAngle_deg"),
  };
}

function child(node: Node, name: string): Node {
  const value = node[name];
  const one = Array.isArray(value) ? (value[0] as unknown) : value;
  return typeof one === "object" && one !== null ? (one as Node) : {};
}

function text(node: Node, name: string): string {
  const value = node[name];
  const one = Array.isArray(value) ? (value[0] as unknown) : value;
  if (typeof one !== "string") return "";
  return one
    .replace(/&(#x[0-9a-f]+|#\d+|lt|gt|quot|apos|amp);/gi, (whole, entity: string) => {
      if (!entity.startsWith("#")) return entities[entity] ?? whole;
      const code = Number.parseInt(entity.slice(entity[1] === "x" ? 2 : 1), entity[1] === "x" ? 16 : 10);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .trim();
}

const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function number(node: Node, name: string): number | null {
  const value = text(node, name);
  return value !== "" && Number.isFinite(Number(value)) ? Number(value) : null;
}

function numbers(node: Node, name: string): number[] {
  const value = node[name];
  return (Array.isArray(value) ? value : [value])
    .filter((one): one is string => typeof one === "string" && one.trim() !== "")
    .map(Number)
    .filter(Number.isFinite);
}

function digits(date: string): string {
  return date.replaceAll("-", "");
}
