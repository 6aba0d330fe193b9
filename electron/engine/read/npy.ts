import type { ComplexArray } from "../base/complex.ts";
import { sizeOf } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { readExactly, toMachineOrder, withFile } from "./bytes.ts";

/** Header of a NumPy array file (NEP 1, versions 1 to 3). */
export interface NpyHeader {
  readonly kind: "f" | "c" | "i" | "u" | "b";
  readonly itemBytes: number;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly dataOffset: number;
}

const largestHeader = 1 << 16;
const largestArray = 2 ** 32;

function damaged(path: string, reason: string): EchoError {
  return new EchoError("DAMAGED", reason, { path, where: "npy header" });
}

/** @throws EchoError DAMAGED when the header lies or the file is shorter than the header says, UNSUPPORTED. */
export async function readNpyHeader(path: string): Promise<NpyHeader> {
  return withFile(path, async (handle, size) => {
    if (size < 12) throw damaged(path, "is too short for a NumPy array");
    const start = await readExactly(handle, 0, 12, path);
    if (start.toString("latin1", 0, 6) !== "\x93NUMPY") throw damaged(path, "is not a NumPy array");
    const lengthBytes = start[6] === 1 ? 2 : 4;
    const length = lengthBytes === 2 ? start.readUInt16LE(8) : start.readUInt32LE(8);
    const dataOffset = 8 + lengthBytes + length;
    if (length > largestHeader || dataOffset > size)
      throw damaged(path, "the header is longer than the file");
    const text = (await readExactly(handle, 8 + lengthBytes, length, path)).toString("latin1");
    const descr = /'descr'\s*:\s*'([<>|=])([fciub])(\d+)'/.exec(text);
    const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
    const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(text);
    if (order === null || shapeText === null) throw damaged(path, "the header is not understood");
    if (descr === null) {
      throw new EchoError("UNSUPPORTED", "holds neither real nor complex numbers", {
        path,
        where: "npy header",
      });
    }
    const shape = shapeText[1]
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "")
      .map(Number);
    const itemBytes = Number(descr[3]);
    if (shape.some((n) => !Number.isSafeInteger(n) || n < 0))
      throw damaged(path, "the shape is not understood");
    const bytes = sizeOf(shape) * itemBytes;
    if (bytes > size - dataOffset) {
      throw damaged(
        path,
        `holds ${size - dataOffset} bytes where its shape ${shape.join(" x ")} needs ${bytes}`,
      );
    }
    return {
      kind: descr[2] as NpyHeader["kind"],
      itemBytes,
      littleEndian: descr[1] !== ">",
      fortranOrder: order[1] === "True",
      shape,
      dataOffset,
    };
  });
}

/** Bytes of one word: a complex number is two. */
function wordBytes({ kind, itemBytes }: NpyHeader): number {
  return kind === "c" ? itemBytes / 2 : itemBytes;
}

function numbers(bytes: Buffer, header: NpyHeader, path: string): Float32Array {
  const word = wordBytes(header);
  const { buffer, byteOffset, length } = toMachineOrder(bytes, word, header.littleEndian);
  const count = length / word;
  switch (`${header.kind === "c" ? "f" : header.kind}${word}`) {
    case "f4":
      return new Float32Array(buffer, byteOffset, count);
    case "f8":
      return Float32Array.from(new Float64Array(buffer, byteOffset, count));
    case "f2":
      return Float32Array.from(new Float16Array(buffer, byteOffset, count));
    case "u1":
    case "b1":
      return Float32Array.from(new Uint8Array(buffer, byteOffset, count));
    case "i1":
      return Float32Array.from(new Int8Array(buffer, byteOffset, count));
    case "u2":
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count));
    case "i2":
      return Float32Array.from(new Int16Array(buffer, byteOffset, count));
    case "u4":
      return Float32Array.from(new Uint32Array(buffer, byteOffset, count));
    case "i4":
      return Float32Array.from(new Int32Array(buffer, byteOffset, count));
    case "i8":
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case "u8":
      return Float32Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    default:
      throw new EchoError("UNSUPPORTED", `numbers of type ${header.kind}${header.itemBytes}`, {
        path,
        where: "npy header",
      });
  }
}

function asComplex(values: Float32Array, header: NpyHeader): Float32Array {
  if (header.kind === "c") return values;
  const out = new Float32Array(2 * values.length);
  for (let i = 0; i < values.length; i++) out[2 * i] = values[i];
  return out;
}

/** Row-major order of an array whose first axis runs fastest. */
function fromFortran(data: Float32Array, shape: readonly number[]): Float32Array {
  const out = new Float32Array(data.length);
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)));
  for (let target = 0; target < data.length / 2; target++) {
    const source = index.reduce((sum, one, axis) => sum + one * strides[axis], 0);
    out[2 * target] = data[2 * source];
    out[2 * target + 1] = data[2 * source + 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}

/**
 * A whole `.npy` as complex numbers in its own shape; real ones get a zero imaginary part.
 *
 * @throws EchoError NOT_FOUND, DAMAGED, TOO_LARGE, UNSUPPORTED.
 */
export async function readComplexNpy(path: string): Promise<ComplexArray> {
  const header = await readNpyHeader(path);
  const { shape, itemBytes, dataOffset } = header;
  const bytes = sizeOf(shape) * itemBytes;
  if (bytes > largestArray) throw new EchoError("TOO_LARGE", `${bytes} bytes`, { path });
  const data = await withFile(path, (handle) => readExactly(handle, dataOffset, bytes, path));
  const complex = asComplex(numbers(data, header, path), header);
  return { shape, data: header.fortranOrder ? fromFortran(complex, shape) : complex };
}

/**
 * Part `index` of the first axis of a row-major `.npy`, read alone.
 *
 * @throws EchoError as `readComplexNpy`, USAGE for an index outside of the array.
 */
export async function readNpySlice(path: string, index: number): Promise<ComplexArray> {
  const header = await readNpyHeader(path);
  const { shape, itemBytes, dataOffset, fortranOrder } = header;
  if (!Number.isInteger(index) || index < 0 || index >= (shape[0] ?? 0)) {
    throw new EchoError("USAGE", `slice ${index} is outside of the ${shape[0] ?? 0} of this array`, { path });
  }
  const part = shape.slice(1);
  if (fortranOrder) {
    const whole = await readComplexNpy(path);
    const length = 2 * sizeOf(part);
    return { shape: part, data: whole.data.slice(index * length, (index + 1) * length) };
  }
  const bytes = sizeOf(part) * itemBytes;
  if (bytes > largestArray) throw new EchoError("TOO_LARGE", `${bytes} bytes`, { path });
  const data = await withFile(path, (handle) => readExactly(handle, dataOffset + index * bytes, bytes, path));
  return { shape: part, data: asComplex(numbers(data, header, path), header) };
}
