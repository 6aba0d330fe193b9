import { researchUse } from "../../contracts/record.ts";
import type { DemoResult } from "./demo.ts";

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

const style = `
:root { color-scheme: light dark; --ink: #14181f; --paper: #f7f8fa; --card: #fff; --line: #d5dae2; --soft: #566072; --tag: #7a3e00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf0; --paper: #12151b; --card: #1b2029; --line: #333b48; --soft: #a3adbd; --tag: #ffb56b; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 72rem; margin: 0 auto; padding: 2rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
p { margin: 0 0 .75rem; max-width: 46rem; }
.soft { color: var(--soft); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1.25rem; margin-top: 1.5rem; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; display: flex; flex-direction: column; }
article img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #000; display: block; }
article div { padding: 1rem 1.25rem 1.25rem; }
h2 { font-size: 1.05rem; margin: 0 0 .4rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .1rem .75rem; margin: 0 0 .75rem; font-variant-numeric: tabular-nums; }
dt { color: var(--soft); } dd { margin: 0; }
.tag { color: var(--tag); font-weight: 600; letter-spacing: .04em; font-size: .8rem; }
a { color: inherit; font-weight: 600; }
`;

/** The overview of `demo`: one card per job with its picture, figures and a link to its report. */
export function demoPage(results: readonly DemoResult[], link: (path: string) => string): string {
  const cards = results.map(({ step, done, picture, report, synthetic, origin }) => {
    const figures: [string, string][] = [["time", `${done.seconds.total.toFixed(2)} s`]];
    if (done.metrics !== null) {
      figures.push(["PSNR", `${done.metrics.psnr.toFixed(2)} dB`], ["SSIM", done.metrics.ssim.toFixed(4)]);
    }
    const list = figures.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("");
    return `<article>
${picture === null ? "" : `<img src="${encodeURI(link(picture))}" alt="${escaped(step.title)}, middle slice">`}
<div><h2>${escaped(step.title)}</h2>
${synthetic ? '<p class="tag">SYNTHETIC</p>' : ""}
<p>${escaped(step.says)}</p>
<dl>${list}</dl>
<p class="soft">${escaped(origin)}</p>
${report === null ? "" : `<a href="${encodeURI(link(report))}">Report: ${escaped(step.title)}</a>`}
</div></article>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
<title>PureEcho demo</title>
<style>${style}</style>
</head>
<body><main>
<h1>PureEcho demo</h1>
<p><strong>${escaped(researchUse)}</strong></p>
<p class="soft">Made from the shipped samples; every card links to a report with the pictures, figures and settings.</p>
<div class="grid">
${cards.join("\n")}
</div>
</main></body>
</html>
`;
}
