import { edgeLetters } from "../dataset/geometry.ts";
import type { Result } from "../dataset/result.ts";
import { type Html, html, nothing } from "./html.ts";
import { magnitudeVolume, windowRule } from "./pixels.ts";
import {
  differencePicture,
  divergingBar,
  grayPicture,
  kspaceDecades,
  logPicture,
  magnitudePlane,
} from "./report-pictures.ts";

/** Most slices in the strip; of longer stacks evenly spaced ones. */
const mostInStrip = 24;

export function shortNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e6) return String(Number(value.toPrecision(4)));
  const [digits, power] = value.toExponential(3).split("e");
  // No-break spaces keep a number on one line.
  return `${Number(digits)}\u00a0×\u00a010${superscript(Number(power))}`;
}

function superscript(power: number): string {
  return [...String(power)].map((one) => "⁰¹²³⁴⁵⁶⁷⁸⁹"["0123456789".indexOf(one)] ?? "⁻").join("");
}

function panel(
  title: string,
  picture: string,
  alternative: string,
  kind: "scan" | "grid",
  below = nothing,
): Html {
  return html`<div class="panel"><h3>${title}</h3><div class="frame"><img class="${kind}" src="${picture}" alt="${alternative}"></div>${below}</div>`;
}

function lettered(title: string, picture: string, alternative: string, result: Result): Html {
  const edges = edgeLetters(result.record.result.geometry);
  const letters = (["left", "right", "top", "bottom"] as const)
    .filter((side) => edges[side] !== "")
    .map((side) => html`<span class="edge ${side}">${edges[side]}</span>`);
  return html`<div class="panel"><h3>${title}</h3><div class="frame"><img class="scan" src="${picture}" alt="${alternative}">${letters}</div></div>`;
}

/** Result, reference and difference of the middle slice, k-space and mask, and the other slices as a strip. */
export function figures(result: Result): Html {
  const volume = magnitudeVolume(result.image);
  const white = volume.robustMaximum;
  const { slices, rows, columns } = volume;
  const middle = Math.floor(slices / 2);
  const { reference, kspace, mask } = result.pictures;
  const plane = magnitudePlane(result.image, middle);
  const fits = reference !== null && reference.shape.join() === result.image.shape.join();
  const panels = [lettered("Result", grayPicture(plane, white), `result, slice ${middle + 1}`, result)];
  let told = html`Slice ${middle + 1} of ${slices}. Gray: ${windowRule} (${shortNumber(white)} in the input’s own scale)`;
  if (fits) {
    const other = magnitudePlane(reference, middle);
    const { picture, limit } = differencePicture(plane, other);
    const percent = white > 0 ? ((100 * limit) / white).toFixed(1) : "0";
    const bar = html`<div class="bar"><img src="${divergingBar()}" alt="color scale, blue negative, white zero, red positive"><div><span>−${shortNumber(limit)}</span><span>0</span><span>+${shortNumber(limit)}</span></div></div>`;
    panels.push(
      lettered("Reference", grayPicture(other, white), `reference, slice ${middle + 1}`, result),
      panel("Result − reference", picture, `difference, slice ${middle + 1}`, "scan", bar),
    );
    told = html`${told}, the same window for result and reference. Difference of the magnitudes: zero is white, red where the result is brighter; the ends of the map are ±${shortNumber(limit)}, ${percent} % of the white of the gray window (99.5th percentile of the absolute difference).`;
  } else {
    told = html`${told}. ${reference === null ? "No reference was given." : "The reference has another shape and is not shown."}`;
  }
  const sampled: Html[] = [];
  if (kspace !== null) {
    sampled.push(
      panel("K-space", logPicture(magnitudePlane(kspace)), "magnitude of k-space, logarithmic", "grid"),
    );
  }
  if (mask !== null)
    sampled.push(panel("Sampling mask", grayPicture(magnitudePlane(mask), 1), "sampling mask", "grid"));
  return html`
<section><figure><div class="panels${panels.length === 1 ? " single" : ""}">${panels}</div>
<figcaption class="caption"><b>Figure 1.</b> ${told}</figcaption></figure></section>
${sampled.length === 0 ? nothing : samplingFigure(result, sampled)}
${slices === 1 ? nothing : stripFigure(result, white, middle, rows * columns)}`;
}

function samplingFigure(result: Result, panels: Html[]): Html {
  const { kspace, mask } = result.pictures;
  const lines = result.record.mask;
  const parts: Html[] = [];
  if (kspace !== null) {
    parts.push(
      html`K-space of the middle slice, coils combined by root sum of squares, logarithmic: white is its peak, black ${kspaceDecades} decades below. `,
    );
  }
  if (mask !== null) {
    // Only this kind takes both axes for phase encodings; every other mask has the readout from left to right.
    const axes = lines?.spec?.startsWith("poisson:")
      ? "both axes are phase encodings"
      : "phase encoding runs from top to bottom, the readout from left to right";
    parts.push(html`Mask: white was sampled; ${axes}. `);
    if (lines !== null) {
      parts.push(
        html`${lines.lines} of ${lines.of} ${lines.of > mask.shape[0] ? "points" : "lines"}, acceleration ${shortNumber(lines.acceleration)}.`,
      );
    }
  }
  return html`<section><figure><div class="panels pair">${panels}</div>
<figcaption class="caption"><b>Figure 2.</b> ${parts}</figcaption></figure></section>`;
}

function stripFigure(result: Result, white: number, middle: number, pixels: number): Html {
  const slices = result.image.data.length / (2 * pixels);
  const others = Array.from({ length: slices }, (_, slice) => slice).filter((slice) => slice !== middle);
  const step = Math.max(1, others.length / mostInStrip);
  const shown = Array.from(
    { length: Math.min(others.length, mostInStrip) },
    (_, i) => others[Math.floor(i * step)],
  );
  const number = 2 + (result.pictures.kspace === null && result.pictures.mask === null ? 0 : 1);
  const pictures = shown.map(
    (slice) =>
      html`<div><div class="frame"><img class="scan" src="${grayPicture(magnitudePlane(result.image, slice), white)}" alt="result, slice ${slice + 1}"></div><span>${slice + 1}</span></div>`,
  );
  const left = shown.length < others.length ? html` ${shown.length} of ${others.length} are shown.` : nothing;
  return html`<section><figure><div class="strip">${pictures}</div>
<figcaption class="caption"><b>Figure ${number}.</b> The other slices of the result in the window of Figure 1.${left}</figcaption></figure></section>`;
}
