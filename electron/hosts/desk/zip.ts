import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Zip, ZipDeflate } from "fflate";
import { EchoError } from "../../engine/base/errors.ts";

/** The zip form without its 64-bit extension ends here. */
const largest = 2 ** 32 - 1;

/**
 * Packs files into one zip, a piece at a time, so that memory does not grow with the export.
 *
 * @throws EchoError TOO_LARGE above 4 GiB, WRITE_FAILED.
 */
export async function writeZip(folder: string, files: readonly string[], target: string): Promise<void> {
  let total = 0;
  for (const file of files) total += (await stat(file)).size;
  if (total > largest) {
    throw new EchoError(
      "TOO_LARGE",
      `the export has ${Math.round(total / 1e9)} GB; a download may have 4 GB`,
      {
        hint: "Export fewer formats, or use the command line.",
      },
    );
  }
  async function* packed(): AsyncGenerator<Uint8Array> {
    const ready: Uint8Array[] = [];
    const zip = new Zip((error, chunk) => {
      if (error !== null) throw error;
      ready.push(chunk);
    });
    for (const file of files) {
      const entry = new ZipDeflate(relative(folder, file).replaceAll("\\", "/"), { level: 1 });
      zip.add(entry);
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
        entry.push(new Uint8Array(chunk as Buffer), false);
        yield* ready.splice(0);
      }
      entry.push(new Uint8Array(0), true);
      yield* ready.splice(0);
    }
    zip.end();
    yield* ready.splice(0);
  }
  try {
    await pipeline(Readable.from(packed()), createWriteStream(target, { mode: 0o600, flags: "wx" }));
  } catch (error) {
    throw new EchoError("WRITE_FAILED", error instanceof Error ? error.message : String(error), {
      path: target,
      cause: error,
    });
  }
}
