import { basename } from "node:path";
import type { RunRecord } from "../../contracts/record.ts";
import { orientationName } from "../dataset/geometry.ts";
import type { Result } from "../dataset/result.ts";
import { type Html, html, nothing } from "./html.ts";
import { shortNumber } from "./report-figures.ts";

type Row = readonly [name: string, value: string | Html];

function section(title: string, content: Html): Html {
  return html`<section><h2>${title}</h2>${content}</section>`;
}

function textTable(rows: readonly Row[]): Html {
  const body = rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`);
  return html`<table><tbody>${body}</tbody></table>`;
}

/** Numbers in one right-aligned column, units in the next where there are any. */
function numberTable(rows: readonly (readonly [name: string, value: string, unit: string])[]): Html {
  const units = rows.some(([, , unit]) => unit !== "");
  const body = rows.map(
    ([name, value, unit]) =>
      html`<tr><th scope="row">${name}</th><td class="number">${value}</td>${units ? html`<td class="unit">${unit}</td>` : nothing}</tr>`,
  );
  return html`<table class="numbers"><tbody>${body}</tbody></table>`;
}

/** Three digits, trailing zeros kept, so that a column of residuals lines up. */
function threeDigits(value: number): string {
  return value >= 1e-3 && value < 1000 ? value.toPrecision(3) : shortNumber(value);
}

function metrics(record: RunRecord): Html {
  const { metrics: found } = record.result;
  if (found === null) {
    return section(
      "Agreement with the reference",
      html`<p class="note">No reference was given, so nothing is measured against one.</p>`,
    );
  }
  const rows: [string, string, string][] = [
    ["NMSE", found.nmse.toFixed(5), ""],
    ["NRMSE", found.nrmse.toFixed(5), ""],
    ["PSNR", found.psnr.toFixed(2), "dB"],
    ["SSIM", found.ssim.toFixed(4), ""],
    ["HFEN", found.hfen.toFixed(4), ""],
    ["Slices compared", String(found.n), ""],
  ];
  const synthetic = record.result.synthetic ? " Measured on synthetic data." : "";
  return section(
    "Agreement with the reference",
    html`${numberTable(rows)}<p class="note">Definitions of version ${found.metricVersion}.${synthetic}</p>`,
  );
}

function checks(record: RunRecord): Html {
  const { selfCheck, residual, iterations } = record.result;
  const known = residual.filter((one) => one !== null);
  const rows: [string, string, string][] = [
    ["Self-check", selfCheck.passed ? "passed" : "failed", ""],
    ["All pixels finite", selfCheck.finite ? "yes" : "no", ""],
    ["Constant picture", selfCheck.constant ? "yes" : "no", ""],
  ];
  if (selfCheck.dataMisfit !== null)
    rows.push(["Largest data misfit |Ax − y| / |y|", threeDigits(selfCheck.dataMisfit), ""]);
  if (known.length > 0) {
    const sorted = [...known].sort((a, b) => a - b);
    rows.push(["Residual, median over slices", threeDigits(sorted[Math.floor(sorted.length / 2)]), ""]);
    rows.push(["Residual, smallest", threeDigits(sorted[0]), ""]);
    rows.push(["Residual, largest", threeDigits(sorted[sorted.length - 1]), ""]);
  }
  if (iterations.length > 0) {
    const [least, most] = [Math.min(...iterations), Math.max(...iterations)];
    rows.push(["Iterations per slice", least === most ? String(least) : `${least} to ${most}`, ""]);
  }
  const note = selfCheck.note === "" ? nothing : html`<p class="note">${selfCheck.note}</p>`;
  return section("Self-check and residual", html`${numberTable(rows)}${note}`);
}

function shown(value: unknown): string {
  if (typeof value === "number") return shortNumber(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function options(record: RunRecord): Html {
  const rows = Object.entries(record.options).map(([name, value]) => [name, shown(value), ""] as const);
  const scale = record.scale.length === 0 ? null : [Math.min(...record.scale), Math.max(...record.scale)];
  const extra: [string, string, string][] = [];
  if (scale !== null) {
    const text =
      scale[0] === scale[1] ? shortNumber(scale[0]) : `${shortNumber(scale[0])} to ${shortNumber(scale[1])}`;
    extra.push(["Scale factor of the scan", text, "input scale"]);
  }
  if (record.mask !== null) {
    extra.push(["Mask", record.mask.spec ?? "as acquired", ""]);
    extra.push(["Acceleration", shortNumber(record.mask.acceleration), "×"]);
  }
  extra.push(["Seed", String(record.seed), ""]);
  return section(
    "Method and options",
    html`${numberTable([["Method", record.job.method, ""], ...rows, ...extra])}<p class="note">Options act on the scan divided by its scale factor; regularisation and noise levels are in units of that scaled scan, per real component. Results are in the input’s own scale.</p>`,
  );
}

function geometry(result: Result): Html {
  const place = result.record.result.geometry;
  const [slices, rows, columns] = result.image.shape;
  const vector = (value: readonly number[], digits: number): string =>
    `(${value.map((one) => one.toFixed(digits).replace("-", "−")).join(", ")})`;
  const known = place.orientation !== "unknown";
  const spacing = `${shortNumber(place.spacingMm[0])} × ${shortNumber(place.spacingMm[1])} mm (x × y)`;
  const stated = result.record.result.warnings.every((warning) => warning.code !== "NO_SPACING");
  const list: Row[] = [
    [
      "Orientation",
      known ? orientationName(place) : "unknown: the input does not say how it lies in the patient",
    ],
    ["Matrix", `${columns} × ${rows} pixels, ${slices} ${slices === 1 ? "slice" : "slices"}`],
    ["Pixel spacing", stated ? spacing : `unknown (${spacing} assumed)`],
    ["Distance of slices", place.sliceSpacingMm === null ? "–" : `${shortNumber(place.sliceSpacingMm)} mm`],
    ["Slice thickness", place.sliceThicknessMm === null ? "–" : `${shortNumber(place.sliceThicknessMm)} mm`],
  ];
  if (known) {
    list.push(
      ["Orientation taken from", place.orientation === "known" ? "the input" : "the user, who stated it"],
      ["Row direction (LPS)", vector(place.rowDirection, 4)],
      ["Column direction (LPS)", vector(place.columnDirection, 4)],
      ["First pixel, first slice (LPS, mm)", vector(place.positions[0], 2)],
    );
  }
  return section("Geometry", textTable(list));
}

function code(text: string): Html {
  return html`<code>${text}</code>`;
}

function provenance(record: RunRecord): Html {
  const { platform } = record;
  const libraries = Object.entries(platform.libraries).map(([name, version]) => `${name} ${version}`);
  const list: Row[] = [
    ["Input", `${record.input.title} (${record.input.format})`],
    ["Dataset", code(record.input.datasetId)],
    ...record.input.files
      .slice(0, 8)
      .map(
        (file): Row => [
          `${basename(file.path)}, ${file.bytes.toLocaleString("en")} bytes`,
          code(file.sha256),
        ],
      ),
  ];
  if (record.input.files.length > 8)
    list.push(["More input files", `${record.input.files.length - 8}, listed in record.json`]);
  list.push(
    ["Pixels (SHA-256)", code(record.result.pixelsSha256)],
    ["Model (SHA-256)", record.modelSha256 === null ? "no network" : code(record.modelSha256)],
    ["Program", `${record.program.name} ${record.program.version}`],
    ["Provider", `${record.provider.id}: ${record.provider.reason}`],
    [
      "Machine",
      `${platform.os} ${platform.arch}, ${platform.cpu}, ${platform.threads} threads, Node ${platform.node}`,
    ],
    ["Libraries", libraries.length === 0 ? "–" : libraries.join(", ")],
    ["Made", record.created],
  );
  return section("Provenance", textTable(list));
}

function timings(record: RunRecord): Html {
  const rows = Object.entries(record.seconds).map(([name, value]) => [name, value.toFixed(2), "s"] as const);
  return section(
    "Time and memory",
    numberTable([...rows, ["Peak memory", (record.peakBytes / 1e6).toFixed(0), "MB"]]),
  );
}

function warnings(record: RunRecord): Html {
  const list = record.result.warnings;
  if (list.length === 0) return nothing;
  return section(
    "Warnings",
    html`<ul class="warnings">${list.map((one) => html`<li>${one.text}</li>`)}</ul>`,
  );
}

function quoted(text: string): string {
  return /^[\w./:=,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command that makes the same result again, with base names instead of paths. */
export function reconCommand(record: RunRecord): string {
  const { job } = record;
  const words = ["pureecho", "recon", basename(job.input), "--method", job.method];
  if (job.dataset !== null) words.push("--dataset", job.dataset);
  if (job.slices !== null) words.push("--slices", job.slices.join(":"));
  for (const [name, value] of Object.entries(job.options)) words.push("--set", `${name}=${value}`);
  if (job.orientation !== null) words.push("--set", `orientation=${job.orientation}`);
  if (job.model !== null) words.push("--model", basename(job.model));
  if (job.mask !== null) words.push("--mask", job.mask.endsWith(".npy") ? basename(job.mask) : job.mask);
  if (job.maps !== null) words.push("--maps", basename(job.maps));
  if (job.reference !== null) words.push("--reference", basename(job.reference));
  if (job.threads !== null) words.push("--threads", String(job.threads));
  if (job.device !== "auto") words.push("--device", job.device);
  words.push("--seed", String(job.seed));
  return words.map(quoted).join(" ");
}

function rerun(record: RunRecord): Html {
  return section(
    "How to repeat this result",
    html`<p class="note">The record beside this report holds everything that is needed; <code>rerun</code> answers whether the pixels are the same.</p><pre>pureecho rerun record.json
${reconCommand(record)}</pre>`,
  );
}

export function tables(result: Result): Html {
  const { record } = result;
  return html`${warnings(record) === nothing ? nothing : html`<div class="alone">${warnings(record)}</div>`}
<section class="tables">${metrics(record)}${checks(record)}${options(record)}${geometry(result)}</section>
${provenance(record)}${timings(record)}${rerun(record)}`;
}
