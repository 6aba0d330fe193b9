import { join } from "node:path";
import { writeAtomically } from "../base/atomic-file.ts";
import { bytesOf } from "./pixels.ts";
import { rawShape } from "./raw-scan.ts";
import type { RawWriter } from "./writer.ts";

/** Of BART's 16 dimensions: 0 readout, 1 phase encoding, 3 coil, 13 slice (src/misc/mri.h). */
const dimensionCount = 16;
const sliceDimension = 13;

/**
 * BART's pair: `.hdr` with the dimensions, fastest first, and `.cfl` with complex64 samples. The grid is whole, points that were
 * not measured are zero; slices lie in dimension 13, which makes the samples those of `[slice, coil, ky, kx]` as they stand.
 */
export const bartRawWriter: RawWriter = {
  id: "bart",
  title: "BART k-space",
  async write(scan, folder, stem) {
    const { slices, coils, rows, columns } = rawShape(scan);
    const dimensions = new Array<number>(dimensionCount).fill(1);
    dimensions[0] = columns;
    dimensions[1] = rows;
    dimensions[3] = coils;
    dimensions[sliceDimension] = slices;
    const note = `${scan.synthetic ? "SYNTHETIC. " : ""}${scan.note}`.replace(/[\p{Cc}#]/gu, " ");
    const header = `# Dimensions\n${dimensions.join(" ")} \n# Creator\nPureEcho: ${note}\n`;
    const data = join(folder, `${stem}.cfl`);
    const text = join(folder, `${stem}.hdr`);
    // The header last: a reader that finds it finds the samples too.
    const dataHash = await writeAtomically(data, bytesOf(scan.samples.data));
    const textHash = await writeAtomically(text, header);
    return [
      { format: "bart", path: data, sha256: dataHash },
      { format: "bart", path: text, sha256: textHash },
    ];
  },
};
