import { readFileSync, writeFileSync } from "node:fs";
import type { ComplexArray } from "../../electron/engine/base/complex.ts";

/** Reads `STEM.hdr` and `STEM.cfl`; BART's first dimension runs fastest, so the shape is theirs reversed, ones dropped. */
export function readCfl(stem: string): ComplexArray {
  const header = readFileSync(`${stem}.hdr`, "utf8").split("\n");
  const dimensions = header[1].trim().split(/\s+/).map(Number);
  const shape = dimensions.filter((length) => length > 1).reverse();
  const bytes = readFileSync(`${stem}.cfl`);
  return { shape, data: new Float32Array(new Uint8Array(bytes).buffer) };
}

/** Writes `[coil, ky, kx]` or `[y, x]` as BART lays it out: kx, ky, 1, coil. */
export function writeCfl(stem: string, array: ComplexArray): void {
  const [columns, rows, coils = 1] = [...array.shape].reverse();
  writeFileSync(`${stem}.hdr`, `# Dimensions\n${columns} ${rows} 1 ${coils}\n`);
  writeFileSync(
    `${stem}.cfl`,
    new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength),
  );
}
