import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EchoError } from "./errors.ts";
import { sha256 } from "./hash.ts";

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
    await mkdir(folder, { recursive: true });
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
