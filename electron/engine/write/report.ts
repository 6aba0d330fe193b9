import { createHash } from "node:crypto";
import { join } from "node:path";
import { writeAtomically } from "../base/atomic-file.ts";
import { orientationName } from "../dataset/geometry.ts";
import type { Result } from "../dataset/result.ts";
import { escapeHtml, html, nothing } from "./html.ts";
import { figures, shortNumber } from "./report-figures.ts";
import { reportStyle } from "./report-style.ts";
import { tables } from "./report-tables.ts";
import type { Writer } from "./writer.ts";

/** Width over height of the slices in the patient, and of k-space as a grid of samples. */
function aspects(result: Result): { image: number; kspace: number } {
  const [, rows, columns] = result.image.shape;
  const [dx, dy] = result.record.result.geometry.spacingMm;
  const [ky, kx] = result.pictures.kspace?.shape ?? result.pictures.mask?.shape ?? [1, 1];
  return { image: (columns * dx) / (rows * dy), kspace: kx / ky };
}

/** The report as one document: no scripts, nothing from outside, pictures inside of it, no patient data but what titles hold. */
export function reportHtml(result: Result): string {
  const { record } = result;
  const style = reportStyle(aspects(result));
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const [slices, rows, columns] = result.image.shape;
  const facts = [
    record.job.method,
    `${columns} × ${rows}, ${slices} ${slices === 1 ? "slice" : "slices"}`,
    orientationName(record.result.geometry) === "unknown"
      ? "orientation unknown"
      : orientationName(record.result.geometry),
    ...(record.mask === null ? [] : [`acceleration ${shortNumber(record.mask.acceleration)}`]),
    record.created.slice(0, 10),
  ];
  const synthetic = record.result.synthetic
    ? html`<b>SYNTHETIC</b>: these pictures are not a measurement of a patient. `
    : nothing;
  const body = html`<body>
<p class="notice">${synthetic}${record.researchUse}</p>
<main>
<header><p class="kicker">PureEcho reconstruction report</p><h1>${record.input.title}</h1><p>${facts.join(" · ")}</p></header>
${figures(result)}
${tables(result)}
<footer>${record.program.name} ${record.program.version}. ${record.researchUse}</footer>
</main>
</body>`;
  const title = `${record.result.synthetic ? "SYNTHETIC: " : ""}${record.input.title}, ${record.job.method}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
${body.markup}
</html>
`;
}

/** `report.html`. */
export const reportWriter: Writer = {
  id: "report",
  title: "Report",
  async write(result, folder) {
    const path = join(folder, "report.html");
    return [{ format: "report", path, sha256: await writeAtomically(path, reportHtml(result)) }];
  },
};
