import { openSync } from "node:fs";
import { devNull } from "node:os";
import type * as H5wasm from "h5wasm/node";
import { EchoError } from "../base/errors.ts";

/**
 * HDF5 files through h5wasm, which reads them in place (nothing is copied into WebAssembly memory but the hyperslab
 * asked for). A file is open only while the synchronous `use` of `withHdf5` runs.
 */

type Library = typeof H5wasm;
type Metadata = H5wasm.Metadata;
type H5Module = Awaited<typeof H5wasm.ready>;

/** Largest hyperslab that is read in one go. */
const largestReadBytes = 2 ** 30;

let library: Promise<Library> | null = null;

function load(): Promise<Library> {
  library ??= import("h5wasm/node").then(async (loaded) => {
    silence(await loaded.ready);
    return loaded;
  });
  return library;
}

/**
 * The HDF5 library prints its error stack to file descriptor 2; that of its WebAssembly is turned to the null device.
 * (Its errors could be made exceptions instead, but those leave files half-open inside the library, which then answers
 * with the old content when a file of the same name comes again.)
 */
function silence(module: H5Module): void {
  const files = module.FS as unknown as { streams: { nfd: number }[] };
  files.streams[2].nfd = openSync(devNull, "w");
}

export interface Hdf5Dataset {
  readonly path: string;
  readonly shape: readonly number[];
  readonly metadata: Metadata;
  /** Strings, numbers: small values only. */
  value(): unknown;
  /** Little-endian bytes of a hyperslab, row-major; for types without variable-length parts. */
  bytes(start: readonly number[], count: readonly number[]): Uint8Array;
  /**
   * Rows `[from, from + count)` of a one-dimensional table whose members may have variable length. `visit` gets each row's bytes
   * and `variable`, which looks up the bytes of a variable-length member; both are gone when it returns.
   */
  rows(
    from: number,
    count: number,
    visit: (row: DataView, variable: (offset: number, elementBytes: number) => Uint8Array) => void,
  ): void;
}

export interface Hdf5File {
  readonly path: string;
  /** Names of the members of a group, empty where there is no such group. */
  keys(group: string): string[];
  dataset(path: string): Hdf5Dataset | null;
  attribute(path: string, name: string): unknown;
}

/**
 * Opens a file, hands it to `use`, closes it.
 *
 * @throws EchoError DAMAGED; TOO_LARGE for a hyperslab above 1 GiB.
 */
export async function withHdf5<T>(path: string, use: (file: Hdf5File) => T): Promise<T> {
  const h5 = await load();
  let file: H5wasm.File | null = null;
  // Nothing else runs until the end of this function; writers, which share the library, keep exceptions.
  h5.Module.deactivate_throwing_error_handler();
  try {
    file = new h5.File(path, "r");
    if (file.file_id < 0n) {
      throw new EchoError("DAMAGED", "is cut short, damaged or not HDF5", { path });
    }
    return use(view(h5, file, path));
  } catch (error) {
    throw error instanceof EchoError ? error : damaged(path, null, error);
  } finally {
    if (file !== null && file.file_id >= 0n) file.close();
    h5.Module.activate_throwing_error_handler();
  }
}

function damaged(path: string, where: string | null, error: unknown): EchoError {
  const said = (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 200);
  return new EchoError("DAMAGED", `the HDF5 file cannot be read (${said})`, { path, where, cause: error });
}

function view(h5: Library, file: H5wasm.File, path: string): Hdf5File {
  return {
    path,
    keys(group) {
      const entity = group === "/" ? file : file.get(group);
      return entity instanceof h5.Group ? entity.keys().sort() : [];
    },
    dataset(name) {
      const entity = file.get(name);
      return entity instanceof h5.Dataset ? datasetView(h5, file.file_id, entity, path) : null;
    },
    attribute(name, key) {
      const entity = name === "/" ? file : file.get(name);
      if (!(entity instanceof h5.Group || entity instanceof h5.Dataset)) return undefined;
      return key in entity.attrs ? entity.attrs[key].value : undefined;
    },
  };
}

function datasetView(h5: Library, file: bigint, entity: H5wasm.Dataset, path: string): Hdf5Dataset {
  const metadata = entity.metadata;
  const where = entity.path;
  const read = (
    start: readonly number[],
    count: readonly number[],
    use: (address: number, bytes: number) => void,
  ): void => {
    const bytes = count.reduce((product, length) => product * length, metadata.size);
    if (bytes > largestReadBytes) {
      throw new EchoError("TOO_LARGE", `${bytes} bytes in one piece, more than this version reads`, {
        path,
        where,
      });
    }
    const module = h5.Module;
    const address = module._malloc(Math.max(bytes, 1));
    if (address === 0) throw new EchoError("TOO_LARGE", `no memory for ${bytes} bytes`, { path, where });
    const counts = count.map(BigInt);
    try {
      const status = module.get_dataset_data(
        file,
        where,
        counts,
        start.map(BigInt),
        count.map(() => 1n),
        BigInt(address),
      );
      if (status < 0)
        throw new EchoError("DAMAGED", "is damaged here, or packed by a filter this version lacks", {
          path,
          where,
        });
      try {
        use(address, bytes);
      } finally {
        if (hasVariableLength(metadata)) {
          module.reclaim_vlen_memory_count(file, where, "", BigInt(address), counts);
        }
      }
    } catch (error) {
      throw error instanceof EchoError ? error : damaged(path, where, error);
    } finally {
      module._free(address);
    }
  };
  return {
    path: where,
    shape: metadata.shape ?? [],
    metadata,
    value: () => entity.value,
    bytes(start, count) {
      let out = new Uint8Array();
      read(start, count, (address, bytes) => {
        out = h5.Module.HEAPU8.slice(address, address + bytes);
      });
      return out;
    },
    rows(from, count, visit) {
      read([from], [count], (address) => {
        const heap = h5.Module.HEAPU8;
        for (let row = 0; row < count; row++) {
          const at = address + row * metadata.size;
          const bytes = new DataView(heap.buffer, heap.byteOffset + at, metadata.size);
          visit(bytes, (offset, elementBytes) => {
            // hvl_t of 32-bit WebAssembly: element count, then address.
            const length = bytes.getUint32(offset, true) * elementBytes;
            const target = bytes.getUint32(offset + 4, true);
            if (target + length > heap.length) {
              throw new EchoError("DAMAGED", "a variable-length member ends outside of memory", {
                path,
                where,
              });
            }
            return heap.subarray(target, target + length);
          });
        }
      });
    },
  };
}

/** Classes of HDF5 types (H5Tpublic.h). */
export const hdf5Class = {
  integer: 0,
  float: 1,
  string: 3,
  compound: 6,
  enumeration: 8,
  variable: 9,
} as const;

function hasVariableLength(type: Metadata): boolean {
  if (type.type === hdf5Class.variable || type.vlen) return true;
  return type.compound_type?.members.some(hasVariableLength) ?? false;
}

/** True for compounds of two floats of the same size: complex numbers as h5py, MATLAB and ISMRMRD lay them out. */
export function complexBytes(type: Metadata): 4 | 8 | null {
  const members = type.compound_type?.members ?? [];
  if (type.type !== hdf5Class.compound || members.length !== 2) return null;
  const [a, b] = members;
  const floats = a.type === hdf5Class.float && b.type === hdf5Class.float && a.size === b.size;
  if (!floats || a.offset !== 0 || b.offset !== a.size || type.size !== 2 * a.size) return null;
  if (!a.littleEndian || !b.littleEndian) return null;
  return a.size === 4 || a.size === 8 ? a.size : null;
}

/** Bytes of complex64 or complex128 as interleaved float32. */
export function complexFromBytes(bytes: Uint8Array, partBytes: 4 | 8): Float32Array {
  const aligned = bytes.byteOffset % partBytes === 0 ? bytes : bytes.slice();
  return partBytes === 4
    ? new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
    : Float32Array.from(new Float64Array(aligned.buffer, aligned.byteOffset, aligned.length / 8));
}
