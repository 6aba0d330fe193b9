import { type ReactNode, useState } from "react";
import { Fault } from "../forms/Fault.tsx";
import { Tag } from "../forms/Tag.tsx";
import { useWindow, useWindowStore } from "../state/context.ts";
import type { KeptResult } from "../state/job.ts";
import { plainNumber } from "../viewport/window-level.ts";
import { duration, size, words } from "../words/en.ts";
import styles from "./pages.module.css";

type Format = keyof typeof words.export.formats;
const formats = Object.keys(words.export.formats) as Format[];

/** What a run gave: figures, remarks, and the way out of the program. */
export function ResultCard({ kept }: { kept: KeptResult }): ReactNode {
  const { result, notices } = kept;
  const worst = result.residual.reduce<number | null>(
    (most, one) => (one === null ? most : Math.max(most ?? 0, one)),
    null,
  );
  const { metrics, selfCheck } = result;
  return (
    <section className={styles.card} aria-label={words.result.figures} data-pixels={result.pixelsSha256}>
      <h3>
        {words.result.heading} {result.synthetic && <Tag text={words.synthetic} help={words.syntheticHelp} />}
      </h3>
      <dl className={styles.facts}>
        <Fact name={words.result.time} value={duration(result.seconds.total ?? 0)} />
        <Fact name={words.result.slices} value={String(result.slices)} />
        {worst !== null && (
          <Fact name={words.result.residual} value={plainNumber(worst)} help={words.result.residualHelp} />
        )}
        <Fact
          name={words.result.check}
          value={selfCheck.passed ? words.result.passed : words.result.failed}
          help={selfCheck.note}
        />
        <Fact name={words.result.memory} value={size(result.peakBytes)} />
        <Fact
          name={words.result.pixels}
          value={`${result.pixelsSha256.slice(0, 12)}…`}
          help={result.pixelsSha256}
          wide
        />
      </dl>
      {metrics !== null && (
        <>
          <h4>{words.result.metrics}</h4>
          <dl className={styles.facts}>
            <Fact name={words.result.nrmse} value={plainNumber(metrics.nrmse)} />
            <Fact name={words.result.nmse} value={plainNumber(metrics.nmse)} />
            <Fact name={words.result.psnr} value={`${metrics.psnr.toFixed(2)} dB`} />
            <Fact name={words.result.ssim} value={metrics.ssim.toFixed(4)} />
            <Fact name={words.result.hfen} value={plainNumber(metrics.hfen)} />
          </dl>
        </>
      )}
      {notices.length > 0 && (
        <>
          <h4>{words.result.remarks}</h4>
          <ul className={styles.remarks}>
            {notices.map((notice) => (
              <li key={notice}>{notice}</li>
            ))}
          </ul>
        </>
      )}
      <ExportBox />
    </section>
  );
}

function Fact(props: { name: string; value: string; help?: string; wide?: boolean }): ReactNode {
  const { name, value, help } = props;
  return (
    <div title={help} className={props.wide === true ? styles.wide : undefined}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** For what appears at the end of the column, below what is in sight. */
function show(node: HTMLElement | null): void {
  node?.scrollIntoView({ block: "nearest" });
}

function ExportBox(): ReactNode {
  const { tools } = useWindowStore();
  const exporting = useWindow((state) => state.exporting);
  const exportResult = useWindow((state) => state.exportResult);
  const [chosen, setChosen] = useState<ReadonlySet<Format>>(new Set<Format>(["dicom", "report"]));
  const toggle = (format: Format): void => {
    const next = new Set(chosen);
    if (!next.delete(format)) next.add(format);
    setChosen(next);
  };
  const writing = exporting.state === "writing";
  return (
    <fieldset className={styles.export}>
      <legend>{words.export.heading}</legend>
      <div className={styles.formats}>
        {formats.map((format) => (
          <label key={format}>
            <input type="checkbox" checked={chosen.has(format)} onChange={() => toggle(format)} />
            <span>{words.export.formats[format]}</span>
          </label>
        ))}
      </div>
      <button
        type="button"
        disabled={chosen.size === 0 || writing}
        onClick={() => void exportResult(formats.filter((one) => chosen.has(one)))}
      >
        {writing
          ? words.export.writing
          : tools.client.kind === "web"
            ? words.export.runWeb
            : words.export.runDesktop}
      </button>
      {chosen.size === 0 && <p className={styles.soft}>{words.export.choose}</p>}
      {exporting.state === "done" && (
        <p ref={show} className={styles.note} role="status">
          {words.export.written(exporting.written.length)}.{" "}
          {exporting.downloaded ? words.export.downloaded : ""}
        </p>
      )}
      {exporting.fault !== null && (
        <div ref={show}>
          <Fault fault={exporting.fault} />
        </div>
      )}
    </fieldset>
  );
}
