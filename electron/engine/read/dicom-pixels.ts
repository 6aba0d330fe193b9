import type { FileHandle } from "node:fs/promises";
import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { readExactly, toMachineOrder, withFile } from "./bytes.ts";
import { inflatedBytes, transferSyntax } from "./dicom-header.ts";
import type { DicomFile, DicomFrame } from "./dicom-image.ts";
import { decodeRle } from "./dicom-rle.ts";

/** Place of one encapsulated fragment in its file. */
export interface Fragment {
  readonly offset: number;
  readonly length: number;
}

/**
 * Fragments of encapsulated pixel data, one per frame, without the offset table (PS3.5 A.4).
 *
 * @throws EchoError DAMAGED when items are missing, overlap the end of the file or are fewer than the frames.
 */
export async function fragmentsOf(file: DicomFile): Promise<Fragment[]> {
  const at = { path: file.path, where: "(7FE0,0010)" };
  return withFile(file.path, async (handle, size) => {
    const fragments: Fragment[] = [];
    let offset = file.pixels.offset;
    for (let item = 0; item <= file.frames; item++) {
      if (offset + 8 > size) throw new EchoError("DAMAGED", `ends inside of fragment ${item}`, at);
      const head = await readExactly(handle, offset, 8, file.path);
      const [group, element, length] = [head.readUInt16LE(0), head.readUInt16LE(2), head.readUInt32LE(4)];
      if (group !== 0xfffe || element !== 0xe000) {
        throw new EchoError(
          "DAMAGED",
          `holds ${Math.max(0, item - 1)} fragments for ${file.frames} frames`,
          at,
        );
      }
      if (offset + 8 + length > size)
        throw new EchoError("DAMAGED", `fragment ${item} ends behind the file`, at);
      if (item > 0) fragments.push({ offset: offset + 8, length });
      offset += 8 + length;
    }
    return fragments;
  });
}

/**
 * Pixels `[y, x]` of one frame: stored bits extracted and sign-extended (PS3.5 8.1.1), MONOCHROME1 turned into increasing
 * brightness, rescale slope and intercept applied.
 */
export async function readFrame(frame: DicomFrame, fragment: Fragment | null): Promise<ComplexArray> {
  const { file } = frame;
  const { rows, columns } = file;
  const words = await storedWords(file, frame.index, fragment);
  const shift = file.highBit + 1 - file.bitsStored;
  const left = 32 - file.bitsStored - shift;
  // Brightness falls with the stored value: mirrored inside the range of the stored bits.
  const mirror = file.inverted ? (file.signed ? -1 : 2 ** file.bitsStored - 1) : null;
  const data = new Float32Array(2 * rows * columns);
  for (let i = 0; i < rows * columns; i++) {
    const word = words[i] << left;
    const stored = file.signed ? word >> (32 - file.bitsStored) : word >>> (32 - file.bitsStored);
    data[2 * i] = (mirror === null ? stored : mirror - stored) * frame.slope + frame.intercept;
  }
  return { shape: [rows, columns], data };
}

async function storedWords(
  file: DicomFile,
  index: number,
  fragment: Fragment | null,
): Promise<Uint8Array | Uint16Array | Uint32Array> {
  const { path, rows, columns, syntax, pixels } = file;
  const wordBytes = file.bitsAllocated / 8;
  const frameBytes = rows * columns * wordBytes;
  const where = `frame ${index}`;
  let bytes: Buffer;
  if (fragment !== null) {
    const packed = await withFile(path, (handle) =>
      readExactly(handle, fragment.offset, fragment.length, path),
    );
    bytes = Buffer.from(decodeRle(packed, rows * columns, wordBytes, { path, where }).buffer);
  } else {
    const offset = pixels.offset + index * frameBytes;
    bytes =
      syntax === transferSyntax.deflated
        ? Buffer.from((await inflatedBytes(path)).subarray(offset, offset + frameBytes))
        : await withFile(path, (handle: FileHandle) => readExactly(handle, offset, frameBytes, path));
  }
  if (bytes.length !== frameBytes) throw new EchoError("DAMAGED", "pixels end early", { path, where });
  toMachineOrder(bytes, wordBytes, syntax !== transferSyntax.explicitBig);
  const aligned = bytes.byteOffset % wordBytes === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
  const { buffer, byteOffset } = aligned;
  if (wordBytes === 1) return new Uint8Array(buffer, byteOffset, frameBytes);
  if (wordBytes === 2) return new Uint16Array(buffer, byteOffset, frameBytes / 2);
  return new Uint32Array(buffer, byteOffset, frameBytes / 4);
}

/** A window for pixels that `readFrame` mirrors. */
export function mirroredWindow(frame: DicomFrame): readonly [number, number] | null {
  const { file, window, slope, intercept } = frame;
  if (window === null || !file.inverted) return window;
  const mirror = file.signed ? -1 : 2 ** file.bitsStored - 1;
  const turn = (value: number): number => slope * mirror + 2 * intercept - value;
  return [turn(window[1]), turn(window[0])];
}
