import { type FileHandle, open } from "node:fs/promises";
import { EchoError } from "../base/errors.ts";

/** Opens a file for `use` and closes it. @throws EchoError NOT_FOUND, NOT_READABLE. */
export async function withFile<T>(
  path: string,
  use: (handle: FileHandle, size: number) => Promise<T>,
): Promise<T> {
  const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === "ENOENT" || error.code === "ENOTDIR";
    throw new EchoError(
      missing ? "NOT_FOUND" : "NOT_READABLE",
      missing ? "there is no such file" : `cannot be opened (${error.code ?? error.message})`,
      { path, cause: error },
    );
  });
  try {
    const { size } = await handle.stat();
    return await use(handle, size);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) {
      throw new EchoError("NOT_READABLE", `cannot be read (${error.message})`, { path, cause: error });
    }
    throw error;
  } finally {
    await handle.close();
  }
}

/** Exactly `length` bytes at `offset`. The caller has checked them against the size of the file. */
export async function readExactly(
  handle: FileHandle,
  offset: number,
  length: number,
  path: string,
): Promise<Buffer> {
  const out = Buffer.allocUnsafeSlow(length);
  let done = 0;
  while (done < length) {
    const wanted = Math.min(length - done, 1 << 30);
    const { bytesRead } = await handle.read(out, done, wanted, offset + done);
    if (bytesRead === 0) {
      throw new EchoError("DAMAGED", `ends at byte ${offset + done}, ${length - done} bytes early`, {
        path,
        where: `byte ${offset}`,
      });
    }
    done += bytesRead;
  }
  return out;
}

const machineIsLittle = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Turns the bytes of words of `wordBytes` into the machine's order, in place. */
export function toMachineOrder(bytes: Buffer, wordBytes: number, littleEndian: boolean): Buffer {
  if (littleEndian === machineIsLittle || wordBytes === 1) return bytes;
  if (wordBytes === 2) return bytes.swap16();
  if (wordBytes === 4) return bytes.swap32();
  return bytes.swap64();
}
