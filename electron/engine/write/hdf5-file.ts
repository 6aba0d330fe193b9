import type * as H5wasm from "h5wasm/node";
import { sizeOf } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";

/**
 * Writing HDF5 through h5wasm, which works on the file in place. Arrays go over slice by slice, so that WebAssembly memory holds
 * one slice at a time.
 */

type Library = typeof H5wasm;

let library: Promise<Library> | null = null;

function load(): Promise<Library> {
  library ??= import("h5wasm/node").then(async (loaded) => {
    // Errors become exceptions; without this the HDF5 library prints its stack to stderr and goes on.
    (await loaded.ready).activate_throwing_error_handler();
    return loaded;
  });
  return library;
}

/** Element types that the writers need, by HDF5's classes (H5Tpublic.h). */
const elements = {
  u8: { type: 0, size: 1 },
  f32: { type: 1, size: 4 },
  /** h5py's complex64: a compound of `r` and `i`. */
  c64: { type: 6, size: 8 },
} as const;
export type ElementKind = keyof typeof elements;

function elementType(kind: ElementKind): Record<string, unknown> {
  const plain = { ...elements[kind], signed: false, littleEndian: true, vlen: false };
  if (kind !== "c64") return plain;
  const part = { type: 1, size: 4, signed: true, littleEndian: true, vlen: false };
  const members = [
    { ...part, name: "r", offset: 0 },
    { ...part, name: "i", offset: 4 },
  ];
  return { ...plain, compound_type: { members, nmembers: 2 } };
}

/** One row of a table with variable-length members: its fixed bytes, and what its `{ length, address }` pairs point to. */
export interface TableRow {
  fill(row: DataView, members: ReadonlyMap<string, number>): void;
  readonly variable: { readonly member: string; readonly elementBytes: number; readonly bytes: Uint8Array }[];
}

export interface Hdf5Builder {
  /** String of variable length, ASCII: the character set that every reader of ISMRMRD headers takes. */
  text(path: string, value: string, shape?: number[]): void;
  attribute(name: string, value: string | number): void;
  /** Array `[slices, ...]`; `part(slice)` gives the little-endian bytes of one slice. */
  array(name: string, kind: ElementKind, shape: readonly number[], part: (slice: number) => Uint8Array): void;
  /** Appends rows to a one-dimensional table that is already there. */
  append(path: string, rows: readonly TableRow[]): void;
  /** Bytes of `[start, start + count)`, for reading back. */
  read(path: string, start: readonly number[], count: readonly number[]): Uint8Array;
  /** Shows a variable-length member of the rows `[from, from + count)`, for reading back; the bytes are gone afterwards. */
  readVariable(
    path: string,
    rows: { from: number; count: number },
    member: string,
    elementBytes: number,
    visit: (row: number, bytes: Uint8Array) => void,
  ): void;
}

/** Opens `path` (made anew, or `extend`ed), hands it to `use`, closes it. @throws EchoError WRITE_FAILED. */
export async function withHdf5Builder<T>(
  path: string,
  mode: "create" | "extend" | "read",
  use: (file: Hdf5Builder) => T,
): Promise<T> {
  const h5 = await load();
  let file: H5wasm.File | null = null;
  try {
    file = new h5.File(path, mode === "create" ? "w" : mode === "extend" ? "a" : "r");
    const answer = use(builder(h5, file));
    file.close();
    file = null;
    return answer;
  } catch (error) {
    try {
      file?.close();
    } catch {
      // The first error is the one to tell.
    }
    if (error instanceof EchoError) throw error;
    const said = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new EchoError("WRITE_FAILED", `the HDF5 library says: ${said}`, { path, cause: error });
  }
}

function withMemory<T>(h5: Library, bytes: number, use: (address: number) => T): T {
  const address = h5.Module._malloc(Math.max(1, bytes));
  if (address === 0) throw new EchoError("TOO_LARGE", `no memory for ${bytes} bytes of an HDF5 file`);
  try {
    return use(address);
  } finally {
    h5.Module._free(address);
  }
}

/** Offsets of a compound's members and of the members inside them, `head.idx.slice` for example. */
function offsetsOf(metadata: H5wasm.Metadata, prefix = "", base = 0): Map<string, number> {
  const offsets = new Map<string, number>();
  for (const member of metadata.compound_type?.members ?? []) {
    offsets.set(prefix + member.name, base + member.offset);
    for (const [name, offset] of offsetsOf(member, `${prefix}${member.name}.`, base + member.offset)) {
      offsets.set(name, offset);
    }
  }
  return offsets;
}

function builder(h5: Library, file: H5wasm.File): Hdf5Builder {
  const module = h5.Module;
  const id = file.file_id;
  const checked = (status: number, what: string): void => {
    if (status < 0) throw new EchoError("WRITE_FAILED", `the HDF5 library could not ${what}`);
  };
  const hyperslab = (
    call: typeof module.set_dataset_data,
    path: string,
    start: readonly number[],
    count: readonly number[],
    address: number,
  ): void => {
    const status = call(
      id,
      path,
      count.map(BigInt),
      start.map(BigInt),
      count.map(() => 1n),
      BigInt(address),
    );
    checked(status, `reach ${path}`);
  };
  return {
    text(path, value, shape) {
      const cut = path.lastIndexOf("/");
      const group = cut < 0 ? file : (file.get(path.slice(0, cut)) as H5wasm.Group);
      group.create_dataset({ name: path.slice(cut + 1), data: shape ? [value] : value, shape, dtype: "A" });
    },
    attribute(name, value) {
      if (typeof value === "string") file.create_attribute(name, value, null, "S");
      else file.create_attribute(name, value, null, "<d");
    },
    array(name, kind, shape, part) {
      const [slices, ...plane] = shape;
      const size = sizeOf(plane) * elements[kind].size;
      const first = [1, ...plane].map(BigInt);
      withMemory(h5, size, (address) => {
        for (let slice = 0; slice < slices; slice++) {
          module.HEAPU8.set(part(slice), address);
          if (slice > 0) {
            hyperslab(module.set_dataset_data, name, [slice, ...plane.map(() => 0)], [1, ...plane], address);
            continue;
          }
          const metadata = {
            ...elementType(kind),
            shape: first,
            maxshape: shape.map(BigInt),
            chunks: slices > 1 ? [1, ...plane] : null,
            total_size: sizeOf(plane),
          };
          const create = module.create_dataset as unknown as (
            file: bigint,
            name: string,
            data: bigint,
            metadata: unknown,
          ) => number;
          checked(create(id, name, BigInt(address), metadata), `create ${name}`);
          if (slices > 1) checked(module.resize_dataset(id, name, shape.map(BigInt)), `extend ${name}`);
        }
      });
    },
    append(path, rows) {
      const metadata = module.get_dataset_metadata(id, path);
      const offsets = offsetsOf(metadata);
      const before = metadata.shape?.[0] ?? 0;
      checked(module.resize_dataset(id, path, [BigInt(before + rows.length)]), `extend ${path}`);
      const table = metadata.size * rows.length;
      const total = rows.reduce(
        (sum, row) => sum + row.variable.reduce((bytes, one) => bytes + one.bytes.length, 0),
        table,
      );
      withMemory(h5, total, (address) => {
        const heap = module.HEAPU8;
        heap.fill(0, address, address + table);
        let free = address + table;
        for (const [index, row] of rows.entries()) {
          const view = new DataView(
            heap.buffer,
            heap.byteOffset + address + index * metadata.size,
            metadata.size,
          );
          row.fill(view, offsets);
          for (const { member, elementBytes, bytes } of row.variable) {
            // hvl_t of 32-bit WebAssembly: element count, then address.
            const at = offsets.get(member)!;
            view.setUint32(at, bytes.length / elementBytes, true);
            view.setUint32(at + 4, free, true);
            heap.set(bytes, free);
            free += bytes.length;
          }
        }
        hyperslab(module.set_dataset_data, path, [before], [rows.length], address);
      });
    },
    read(path, start, count) {
      const size = module.get_dataset_metadata(id, path).size * sizeOf(count);
      return withMemory(h5, size, (address) => {
        hyperslab(module.get_dataset_data, path, start, count, address);
        return module.HEAPU8.slice(address, address + size);
      });
    },
    readVariable(path, { from, count }, member, elementBytes, visit) {
      const metadata = module.get_dataset_metadata(id, path);
      const at = offsetsOf(metadata).get(member)!;
      withMemory(h5, metadata.size * count, (address) => {
        hyperslab(module.get_dataset_data, path, [from], [count], address);
        const heap = module.HEAPU8;
        for (let row = 0; row < count; row++) {
          const pair = new DataView(heap.buffer, address + row * metadata.size + at, 8);
          const target = pair.getUint32(4, true);
          visit(from + row, heap.subarray(target, target + pair.getUint32(0, true) * elementBytes));
        }
        module.reclaim_vlen_memory_count(id, path, "", BigInt(address), [BigInt(count)]);
      });
    },
  };
}
