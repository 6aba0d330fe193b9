import { inflateRawSync } from "node:zlib";
import dicomParser, { type DataSet } from "dicom-parser";
import { EchoError } from "../base/errors.ts";
import { readExactly, withFile } from "./bytes.ts";

/** Where the pixels of a DICOM file lie; `offset` counts in the file, or in the inflated bytes of a deflated one. */
export interface PixelElement {
  readonly offset: number;
  /** Null for encapsulated pixel data, whose length is not stated. */
  readonly length: number | null;
  /** Bytes from `offset` to the end. */
  readonly available: number;
}

export interface DicomHeader {
  readonly path: string;
  readonly dataSet: DataSet;
  readonly transferSyntax: string;
  readonly pixels: PixelElement | null;
  /** The file has no preamble: read as a bare dataset. */
  readonly bare: boolean;
}

export const transferSyntax = {
  implicitLittle: "1.2.840.10008.1.2",
  explicitLittle: "1.2.840.10008.1.2.1",
  deflated: "1.2.840.10008.1.2.1.99",
  explicitBig: "1.2.840.10008.1.2.2",
  rle: "1.2.840.10008.1.2.5",
} as const;

/** The header is read in growing pieces, so that pixels stay on the disk. */
const pieces = [1 << 16, 1 << 19, 1 << 22, 1 << 26];
const largestInflated = 1 << 28;
const deepestSequence = 64;
const mostElements = 1_000_000;
/** Media Storage Directory Storage in Media Storage SOP Class UID (0002,0002). */
const directoryClass = Buffer.from("1.2.840.10008.1.3.10\0");
/** What a bare dataset lacks before its first element. */
const preamble = Buffer.concat([Buffer.alloc(128), Buffer.from("DICM")]);

/** A dataset without preamble begins with group 2 or 8 and a short element; big endian only with explicit VR. */
export function looksBare(head: Uint8Array): boolean {
  if (head.length < 16) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (startsBigEndian(head)) return true;
  const [group, element] = [view.getUint16(0, true), view.getUint16(2, true)];
  if ((group !== 2 && group !== 8) || element > 0x70) return false;
  return explicitVr(head) || view.getUint32(4, true) < 256;
}

function startsBigEndian(head: Uint8Array): boolean {
  return head[0] === 0 && head[1] === 8 && head[2] === 0 && head[3] <= 0x70 && explicitVr(head);
}

function explicitVr(head: Uint8Array): boolean {
  return /^(AE|AS|AT|CS|DA|DS|DT|IS|LO|LT|OB|OW|PN|SH|SL|SQ|SS|ST|TM|UI|UL|UN|US|UT)$/.test(
    String.fromCharCode(head[4], head[5]),
  );
}

/**
 * Parses a file up to its pixel data (PS3.5, PS3.10), without reading the pixels.
 *
 * @throws EchoError DAMAGED for truncated or self-contradicting headers, TOO_LARGE for headers above 64 MiB, datasets
 * that inflate above 256 MiB, more than a million elements or sequences deeper than 64.
 */
export async function readDicomHeader(path: string): Promise<DicomHeader> {
  return withFile(path, async (handle, size) => {
    if (size < 16) throw new EchoError("DAMAGED", `ends after ${size} bytes`, { path });
    for (const piece of pieces) {
      const length = Math.min(size, piece);
      const bytes = await readExactly(handle, 0, length, path);
      if (bytes.subarray(0, 512).includes(directoryClass)) {
        throw new EchoError(
          "UNSUPPORTED",
          "is a DICOMDIR, an index without pictures; open the folder instead",
          {
            path,
          },
        );
      }
      const whole = length === size;
      const bare = bytes.toString("latin1", 128, 132) !== "DICM";
      const padded = bare && bytes.readUInt16LE(0) === 2;
      const text = padded ? Buffer.concat([preamble, bytes]) : bytes;
      const shift = padded ? preamble.length : 0;
      const parsed = tryParse(text, bare && !padded, whole, path);
      if (parsed === null) continue;
      checkStructure(parsed, path);
      const syntax = syntaxOf(parsed, bare && !padded ? guessedSyntax(bytes) : null, path);
      const deflated = syntax === transferSyntax.deflated;
      return {
        path,
        dataSet: parsed,
        transferSyntax: syntax,
        pixels: pixelsOf(parsed, deflated ? parsed.byteArray.length : size + shift, deflated ? 0 : shift),
        bare,
      };
    }
    throw new EchoError("TOO_LARGE", "no pixel data in the first 64 MiB", { path });
  });
}

function guessedSyntax(bytes: Uint8Array): string {
  if (startsBigEndian(bytes)) return transferSyntax.explicitBig;
  return explicitVr(bytes) ? transferSyntax.explicitLittle : transferSyntax.implicitLittle;
}

/** Null where more bytes may help. */
function tryParse(bytes: Buffer, bare: boolean, whole: boolean, path: string): DataSet | null {
  try {
    const dataSet = dicomParser.parseDicom(bytes, {
      untilTag: "x7fe00010",
      ...(bare ? { TransferSyntaxUID: guessedSyntax(bytes) } : {}),
      inflater: (all: Uint8Array, position: number) => {
        if (!whole) throw new Error("the deflated dataset goes on");
        return Buffer.concat([
          all.subarray(0, position),
          inflateRawSync(all.subarray(position), { maxOutputLength: largestInflated }),
        ]);
      },
    });
    const unfinished = dataSet.warnings.some((text) => text.startsWith("eof encountered"));
    if (dataSet.elements.x7fe00010 === undefined && !whole) return null;
    if (unfinished) throw new Error("a sequence is never closed");
    return dataSet;
  } catch (error) {
    const inner =
      typeof error === "object" && error !== null && "exception" in error ? error.exception : error;
    if (inner instanceof RangeError && (inner as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      throw new EchoError("TOO_LARGE", "the deflated dataset inflates above 256 MiB", { path, cause: error });
    }
    if (inner instanceof RangeError && inner.message.includes("call stack")) {
      throw new EchoError("DAMAGED", `sequences are nested deeper than ${deepestSequence}`, {
        path,
        cause: error,
      });
    }
    if (!whole) return null;
    const said = inner instanceof Error ? inner.message : String(inner);
    throw new EchoError("DAMAGED", `the DICOM header ends early or contradicts itself (${said})`, {
      path,
      cause: error,
    });
  }
}

function checkStructure(root: DataSet, path: string): void {
  let level: DataSet[] = [root];
  let elements = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepestSequence) {
      throw new EchoError("DAMAGED", `sequences are nested deeper than ${deepestSequence}`, { path });
    }
    const next: DataSet[] = [];
    for (const dataSet of level) {
      const all = Object.values(dataSet.elements);
      elements += all.length;
      for (const element of all) {
        for (const item of element.items ?? []) if (item.dataSet !== undefined) next.push(item.dataSet);
      }
    }
    if (elements > mostElements) throw new EchoError("TOO_LARGE", "more than a million elements", { path });
    level = next;
  }
}

function syntaxOf(dataSet: DataSet, bare: string | null, path: string): string {
  const stated = bare ?? dataSet.string("x00020010");
  if (stated === undefined || stated === "") {
    throw new EchoError("DAMAGED", "states no transfer syntax", { path, where: "(0002,0010)" });
  }
  return stated;
}

function pixelsOf(dataSet: DataSet, size: number, shift: number): PixelElement | null {
  const element = dataSet.elements.x7fe00010;
  if (element === undefined) return null;
  return {
    offset: element.dataOffset - shift,
    length: element.hadUndefinedLength ? null : element.length,
    available: size - element.dataOffset,
  };
}

/** Bytes of a deflated dataset, meta header included, so that offsets agree with the parsed header. */
export async function inflatedBytes(path: string): Promise<Buffer> {
  const { dataSet } = await readDicomHeader(path);
  return Buffer.from(dataSet.byteArray.buffer, dataSet.byteArray.byteOffset, dataSet.byteArray.length);
}
