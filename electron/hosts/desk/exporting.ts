import { randomBytes } from "node:crypto";
import { mkdir, realpath, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { OutputFormat } from "../../contracts/record.ts";
import type { WindowResponse } from "../../contracts/window.ts";
import { cancelled, EchoError } from "../../engine/base/errors.ts";
import type { Engine } from "../engine/client.ts";
import type { Choose, Desk } from "./desk.ts";
import type { ResultEntry } from "./handles.ts";
import { writeZip } from "./zip.ts";

/** A title as the name of a file or folder on every system. */
export function fileNameOf(title: string): string {
  const plain = title
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
    .replaceAll(/^[-.]+|[-.]+$/g, "")
    .slice(0, 80);
  return plain === "" ? "result" : plain;
}

/**
 * Writes a kept result in the formats asked for, and its record. With a dialog (desktop) it asks for a folder and makes a new one in it;
 * without (web) it packs a zip that can be fetched once.
 *
 * @throws EchoError CANCELLED when the user gave no folder, WRITE_FAILED.
 */
export async function exportResult(
  desk: Desk,
  engine: Engine,
  result: ResultEntry,
  formats: readonly OutputFormat[],
  told: { signal: AbortSignal; choose?: Choose },
): Promise<WindowResponse<"export">> {
  const name = fileNameOf(result.title);
  const folder = told.choose === undefined ? null : await chosenFolder(told.choose);
  const out =
    folder === null
      ? await desk.ownFolder("exports", randomBytes(12).toString("hex"))
      : await freshFolder(folder, name);
  const { outputs } = await engine.ask(
    "export",
    { folder: result.folder, formats: [...formats], out },
    { signal: told.signal },
  );
  const written = outputs.map(({ format, path, sha256 }) => ({
    format,
    name: relative(out, path).replaceAll("\\", "/"),
    sha256,
  }));
  if (folder !== null) return { written, download: null };
  const zip = `${out}.zip`;
  try {
    await writeZip(
      out,
      outputs.map((one) => one.path),
      zip,
    );
  } finally {
    await rm(out, { recursive: true, force: true });
  }
  desk.made(zip);
  return { written, download: desk.handles.add({ kind: "download", path: zip, name: `${name}.zip` }) };
}

async function chosenFolder(choose: Choose): Promise<string> {
  const [folder] = await choose("export");
  if (folder === undefined) throw cancelled();
  return realpath(folder);
}

/** A folder that did not exist: an export never writes among files that were there before. */
async function freshFolder(parent: string, name: string): Promise<string> {
  for (let attempt = 1; attempt < 1000; attempt++) {
    const folder = join(parent, attempt === 1 ? name : `${name}-${attempt}`);
    const taken = await mkdir(folder).then(
      () => false,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") return true;
        throw new EchoError("WRITE_FAILED", error.message, { path: folder, cause: error });
      },
    );
    if (!taken) return folder;
  }
  throw new EchoError("WRITE_FAILED", "has too many exports of this name", {
    path: basename(dirname(join(parent, name))),
  });
}
