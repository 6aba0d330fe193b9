import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EchoError } from "./errors.ts";
import { sha256 } from "./hash.ts";

/**
 * Makes a folder and the ones above it that are missing, one by one: Node's recursive mkdir never returns below file
 * systems that take no folders, such as /proc.
 *
 * @throws EchoError WRITE_FAILED naming the folder that could not be made.
 */
export async function makeFolder(folder: string): Promise<void> {
  const there = await stat(folder).catch(() => null);
  if (there?.isDirectory()) return;
  const refused = (reason: string, cause?: unknown): EchoError =>
    new EchoError("WRITE_FAILED", reason, {
      path: folder,
      hint: "Choose another folder for what is written, or check its permissions.",
      cause,
    });
  if (there !== null) throw refused("is a file, not a folder");
  const parent = dirname(folder);
  if (parent !== folder) await makeFolder(parent);
  await mkdir(folder).catch(async (error: NodeJS.ErrnoException) => {
    // Somebody else may have made it meanwhile.
    if (error.code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    throw refused(error.message, error);
  });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => null);
  // Some file systems refuse to sync a folder; the rename is then as durable as they make it.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Lets `produce` write a file under a temporary name in the target's folder, syncs it, lets `verify` read it
 * back, and renames it only then: nothing half-written ever stands under the final name.
 *
 * @throws EchoError WRITE_FAILED naming the target; the temporary file is gone then.
 */
export async function produceAtomically(
  path: string,
  produce: (temporary: string) => Promise<void>,
  verify: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${randomBytes(6).toString("hex")}.part`);
  try {
    await makeFolder(folder);
    await produce(temporary);
    const handle = await open(temporary, "r+");
    await handle.sync();
    await handle.close();
    await verify(temporary);
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    // A missing temporary file is no second error; the first one is what the user must hear of.
    await rm(temporary, { force: true }).catch(() => undefined);
    if (error instanceof EchoError) throw error;
    throw new EchoError("WRITE_FAILED", error instanceof Error ? error.message : String(error), {
      path,
      hint: "Check free space and permissions; nothing was left under this name.",
      cause: error,
    });
  }
}

/** Writes bytes as `produceAtomically` does and returns their SHA-256, as read back from the disk. */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<string> {
  const expected = sha256(bytes);
  await produceAtomically(
    path,
    async (temporary) => {
      const handle = await open(temporary, "wx");
      try {
        await handle.writeFile(bytes);
      } finally {
        await handle.close();
      }
    },
    async (temporary) => {
      if (sha256(await readFile(temporary)) !== expected) {
        throw new EchoError("WRITE_FAILED", "what was read back differs from what was written", { path });
      }
    },
  );
  return expected;
}
