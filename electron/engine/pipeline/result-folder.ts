import { existsSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type RunRecord,
  recordSchema,
  type StoredResult,
  storedResultSchema,
} from "../../contracts/record.ts";
import type { ComplexArray } from "../base/complex.ts";
import { EchoError } from "../base/errors.ts";
import { pixelsSha256 } from "../base/hash.ts";
import { type Result, type ResultPictures, resultNames } from "../dataset/result.ts";
import { readComplexNpy } from "../read/index.ts";

/** `record.json` of a folder, or the file itself. */
export function recordPath(given: string): string {
  return existsSync(given) && statSync(given).isDirectory() ? join(given, resultNames.record) : given;
}

/** A record, given as its file or as the folder that holds it. @throws EchoError NOT_FOUND, DAMAGED. */
export async function readRecord(given: string): Promise<RunRecord> {
  const path = recordPath(given);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new EchoError("NOT_FOUND", "there is no record here that can be read", { path, cause: error });
  }
  const parsed = recordSchema.safeParse(parseJson(text, path));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new EchoError("DAMAGED", "is no record of a reconstruction by this version", {
      path,
      where: issue.path.join("."),
    });
  }
  return parsed.data;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EchoError("DAMAGED", "is not JSON", { path, cause: error });
  }
}

/** A kept result, read back whole: for export. @throws EchoError DAMAGED when its pixels are not those recorded. */
export async function readResult(folder: string): Promise<Result> {
  const path = join(folder, resultNames.stored);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new EchoError("NOT_FOUND", "holds no result that PureEcho kept", { path: folder, cause: error });
  }
  const parsed = storedResultSchema.safeParse(parseJson(text, path));
  if (!parsed.success) throw new EchoError("DAMAGED", "is not a stored result of this version", { path });
  const stored: StoredResult = parsed.data;
  const image = await readComplexNpy(join(folder, resultNames.pixels));
  if (pixelsSha256(image.data) !== stored.record.result.pixelsSha256) {
    throw new EchoError("DAMAGED", "its pixels are not the recorded ones", {
      path: join(folder, resultNames.pixels),
    });
  }
  const optional = async (name: string): Promise<ComplexArray | null> =>
    readComplexNpy(join(folder, name)).catch((error: unknown) => {
      if (error instanceof EchoError && error.fault.code === "NOT_FOUND") return null;
      throw error;
    });
  const pictures: ResultPictures = {
    reference: await optional(resultNames.reference),
    kspace: await optional(resultNames.kspace),
    mask: await optional(resultNames.mask),
  };
  return { image, record: stored.record, origin: stored.origin, pictures };
}
