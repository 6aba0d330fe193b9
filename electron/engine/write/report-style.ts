/** Style of the report; `image` and `kspace` are the true aspect ratios of its pictures (width over height). */
export function reportStyle(aspect: { image: number; kspace: number }): string {
  return `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1b1f24; --soft: #5b6570; --rule: #d6dade; --faint: #eef0f2;
  --mark: #8a4b00; --mark-paper: #fff4e2; --mark-rule: #e3b778;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --ink: #e6e8ea; --soft: #9aa4ae; --rule: #343b42; --faint: #1e2327;
    --mark: #ffcf8f; --mark-paper: #33260f; --mark-rule: #6d5223;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; }
.notice { position: sticky; top: 0; z-index: 1; margin: 0; padding: .45rem 1rem; background: var(--mark-paper); color: var(--mark); border-bottom: 1px solid var(--mark-rule); font-size: .8125rem; text-align: center; }
.notice b { letter-spacing: .06em; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.25rem 3rem; }
header p { margin: 0; color: var(--soft); }
.kicker { font-size: .8125rem; letter-spacing: .08em; text-transform: uppercase; }
h1, h2 { font-family: Charter, "Bitstream Charter", "Iowan Old Style", Georgia, "DejaVu Serif", serif; font-weight: 600; line-height: 1.2; text-wrap: balance; overflow-wrap: anywhere; }
h1 { margin: .25rem 0 .5rem; font-size: 2rem; }
h2 { margin: 0 0 .6rem; font-size: 1.2rem; }
section { margin-top: 2.25rem; }
figure { margin: 0; min-width: 0; }
figcaption { margin-top: .5rem; color: var(--soft); font-size: .8125rem; line-height: 1.45; }
figcaption b { color: var(--ink); font-weight: 600; }
.caption { max-width: 60rem; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 1rem; align-items: start; }
.panels.single { grid-template-columns: minmax(0, 30rem); }
.panels.pair { grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 20.6rem)); }
@media (max-width: 30rem) { .panels.pair { grid-template-columns: 1fr; } }
.panel h3 { margin: 0 0 .35rem; font-size: .8125rem; font-weight: 600; }
.frame { position: relative; background: #000; outline: 1px solid var(--rule); }
.frame img { display: block; width: 100%; height: auto; }
img.scan { aspect-ratio: ${aspect.image.toFixed(6)}; object-fit: fill; }
img.grid { aspect-ratio: ${aspect.kspace.toFixed(6)}; object-fit: fill; image-rendering: pixelated; }
.edge { position: absolute; color: #fff; font: 600 .75rem/1 system-ui, sans-serif; text-shadow: 0 0 3px #000, 0 0 3px #000; }
.edge.left { left: .4rem; top: 50%; transform: translateY(-50%); }
.edge.right { right: .4rem; top: 50%; transform: translateY(-50%); }
.edge.top { top: .4rem; left: 50%; transform: translateX(-50%); }
.edge.bottom { bottom: .4rem; left: 50%; transform: translateX(-50%); }
.bar { margin-top: .5rem; }
.bar img { display: block; width: 100%; height: .55rem; border: 1px solid var(--rule); }
.bar div { display: flex; justify-content: space-between; color: var(--soft); font-size: .75rem; font-variant-numeric: tabular-nums; }
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)); gap: .5rem; }
.strip .frame { display: block; }
.strip span { display: block; padding-top: .15rem; color: var(--soft); font-size: .75rem; text-align: center; font-variant-numeric: tabular-nums; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 2.25rem 2.5rem; align-items: start; }
.tables section { margin-top: 0; min-width: 0; }
table { width: 100%; border-collapse: collapse; font-size: .875rem; border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink); }
th, td { padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--faint); }
tr:first-child > * { border-top: 0; }
thead th { border-bottom: 1px solid var(--rule); color: var(--soft); font-size: .75rem; font-weight: 600; }
tbody th { font-weight: 400; color: var(--soft); width: 30%; }
.numbers tbody th { width: auto; }
main > section > .numbers { max-width: 30rem; }
td { overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.unit { width: 5.5rem; padding: .3rem 0; color: var(--soft); }
tr > .number:last-child { padding-right: 0; }
code, pre { font: .8125rem/1.5 ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", Menlo, monospace; }
td code { font-size: .75rem; overflow-wrap: anywhere; }
pre { margin: .5rem 0; padding: .75rem 1rem; background: var(--faint); border: 1px solid var(--rule); white-space: pre-wrap; overflow-wrap: anywhere; }
.note { color: var(--soft); font-size: .8125rem; }
ul.warnings { margin: 0; padding-left: 1.2rem; font-size: .9375rem; }
footer { margin-top: 2.5rem; padding-top: .75rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .8125rem; }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --rule: #bbb; --faint: #eee; --mark: #000; --mark-paper: #fff; --mark-rule: #000; }
  body { font-size: 10pt; }
  .notice { position: static; }
  main { max-width: none; padding: 1rem 0; }
  figure, tr, .tables section { break-inside: avoid; }
  h2 { break-after: avoid; }
  img { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
}
