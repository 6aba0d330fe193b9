import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "vitest";

export const repositoryRoot = resolve(import.meta.dirname, "../..");

/** Folder of real scans that tests may read: PUREECHO_SHARED, else `../shared` beside the checkout, else null. */
export const sharedFolder: string | null = (() => {
  const stated = process.env.PUREECHO_SHARED;
  if (stated !== undefined && stated !== "") {
    if (!existsSync(stated)) throw new Error(`PUREECHO_SHARED names a folder that does not exist: ${stated}`);
    return resolve(stated);
  }
  const beside = resolve(repositoryRoot, "../shared");
  return existsSync(join(beside, "data")) ? beside : null;
})();

/** Path below the data folder, such as `raw/brain16/brain16.npy`. Only inside `describeShared`. */
export function sharedData(path: string): string {
  return join(sharedFolder ?? "no-shared-data", "data", path);
}

/** Tests on real scans; skipped, in words, on a machine that does not have them. */
export const describeShared = (name: string, body: () => void): void => {
  if (sharedFolder !== null) describe(name, body);
  // The body is not even collected: it may read the scans while it describes its tests.
  else describe.skip(`${name} (skipped: no shared data)`, () => test("reads real scans", () => undefined));
};
