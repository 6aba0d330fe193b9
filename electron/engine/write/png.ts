import { join } from "node:path";
import { encode } from "fast-png";
import { type Output, researchUse } from "../../contracts/record.ts";
import { writeAtomically } from "../base/atomic-file.ts";
import { magnitudeVolume, sliceName, windowRule } from "./pixels.ts";
import type { Writer } from "./writer.ts";

/** Keeps text chunks inside Latin-1 (PNG, third edition, 11.3.3.2). */
function latin1(text: string): string {
  return text.replace(/[^\n\x20-\x7e\xa1-\xff]/g, "?");
}

/**
 * One 16-bit grayscale picture per slice, black at 0 and white at the volume's robust maximum, the same for all slices.
 * Text chunks hold the window, the value of one gray step and the pixel spacing: PNG viewers draw square pixels.
 */
export const pngWriter: Writer = {
  id: "png",
  title: "PNG pictures, 16 bit",
  async write(result, folder) {
    const { slices, rows, columns, data, robustMaximum } = magnitudeVolume(result.image);
    const { record } = result;
    const white = robustMaximum > 0 ? robustMaximum : 1;
    const [dx, dy] = record.result.geometry.spacingMm;
    const aspect =
      Math.abs(dx / dy - 1) < 1e-3
        ? "square pixels"
        : `pixels are not square: to show it true to scale, stretch the height by ${(dy / dx).toPrecision(6)}`;
    const outputs: Output[] = [];
    for (let slice = 0; slice < slices; slice++) {
      const gray = new Uint16Array(rows * columns);
      const offset = slice * gray.length;
      for (let i = 0; i < gray.length; i++) {
        gray[i] = Math.round(Math.min(1, data[offset + i] / white) * 65535);
      }
      const text = {
        Title: `${record.job.method}, slice ${slice + 1} of ${slices}${record.result.synthetic ? ", SYNTHETIC" : ""}`,
        Software: `PureEcho ${record.program.version}`,
        Disclaimer: researchUse,
        Comment: `${windowRule}; one gray step is ${(white / 65535).toExponential(8)} in the input's own scale`,
        Aspect: `pixel spacing x ${dx} mm, y ${dy} mm; ${aspect}`,
      };
      for (const key of Object.keys(text) as (keyof typeof text)[]) text[key] = latin1(text[key]);
      const path = join(folder, "png", `${sliceName(slice)}.png`);
      const bytes = encode({ width: columns, height: rows, data: gray, depth: 16, channels: 1, text });
      outputs.push({ format: "png", path, sha256: await writeAtomically(path, bytes) });
    }
    return outputs;
  },
};
