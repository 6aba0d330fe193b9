import { type ReactNode, useEffect, useRef } from "react";
import type { OpenedDataset, Place } from "../../electron/contracts/window.ts";
import { Fault } from "../forms/Fault.tsx";
import { Tag } from "../forms/Tag.tsx";
import { useWindow, useWindowStore } from "../state/context.ts";
import { words } from "../words/en.ts";
import styles from "./pages.module.css";

/** The left side: ways in, what was found, what was refused and why. */
export function ScansPanel(): ReactNode {
  const datasets = useWindow((state) => state.datasets);
  const refused = useWindow((state) => state.refused.length);
  const opening = useWindow((state) => state.opening);
  const fault = useWindow((state) => state.openFault);
  const dismiss = useWindow((state) => state.dismissOpenFault);
  const welcome = useWindow((state) => state.welcome);
  const folders = (welcome?.places ?? []).filter((place) => place.kind === "folder");
  return (
    <section className={styles.panel} aria-label={words.open.heading}>
      <h2>{words.open.heading}</h2>
      <OpenButtons />
      {folders.length > 0 && (
        <>
          <h3>{words.open.folders}</h3>
          <Places places={folders} />
        </>
      )}
      <div role="status" className={styles.status}>
        {opening !== null
          ? opening.text
          : [
              datasets.length === 0 ? words.open.none : words.open.found(datasets.length),
              refused === 0 ? "" : `${words.open.refused(refused)}.`,
            ].join(" ")}
      </div>
      {fault !== null && <Fault fault={fault} onDismiss={dismiss} />}
      <RefusedList />
      <ul className={styles.datasets}>
        {datasets.map((dataset) => (
          <DatasetRow key={dataset.handle} dataset={dataset} />
        ))}
      </ul>
    </section>
  );
}

/** Files and folders through the host's dialog, or through the browser's own. */
export function OpenButtons(): ReactNode {
  const { tools } = useWindowStore();
  const welcome = useWindow((state) => state.welcome);
  const chooseFiles = useWindow((state) => state.chooseFiles);
  const openFiles = useWindow((state) => state.openFiles);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const native = welcome?.canChooseFiles === true;
  const take = (input: HTMLInputElement): void => {
    const taken = [...(input.files ?? [])];
    input.value = "";
    void openFiles(taken);
  };
  return (
    <div className={styles.buttons}>
      <button
        type="button"
        className={styles.primary}
        disabled={welcome === null}
        onClick={() => (native ? void chooseFiles("files") : files.current?.click())}
      >
        {words.open.files}
      </button>
      <button
        type="button"
        disabled={welcome === null}
        onClick={() => (native ? void chooseFiles("folder") : folder.current?.click())}
      >
        {words.open.folder}
      </button>
      {tools.client.kind === "web" && (
        <>
          <input
            ref={files}
            type="file"
            multiple
            hidden
            aria-label={words.open.files}
            onChange={(event) => take(event.target)}
          />
          <input
            ref={folder}
            type="file"
            multiple
            hidden
            webkitdirectory=""
            aria-label={words.open.folder}
            onChange={(event) => take(event.target)}
          />
        </>
      )}
    </div>
  );
}

declare module "react" {
  interface InputHTMLAttributes<T> {
    webkitdirectory?: T extends HTMLInputElement ? string : never;
  }
}

function Places({ places }: { places: readonly Place[] }): ReactNode {
  const inside = useWindow((state) => state.inside);
  const browse = useWindow((state) => state.browse);
  const fold = useWindow((state) => state.fold);
  const openPlaces = useWindow((state) => state.openPlaces);
  if (places.length === 0) return <p className={styles.soft}>{words.open.empty}</p>;
  return (
    <ul className={styles.places}>
      {places.map((place) => {
        const within = inside[place.handle];
        return (
          <li key={place.handle}>
            <div className={styles.place}>
              {place.kind === "folder" ? (
                <button
                  type="button"
                  className={styles.twist}
                  aria-expanded={within !== undefined}
                  aria-label={`${within === undefined ? words.open.browse : words.open.close}: ${place.name}`}
                  onClick={() => (within === undefined ? void browse(place.handle) : fold(place.handle))}
                >
                  {within === undefined ? "▸" : "▾"}
                </button>
              ) : (
                <span className={styles.twist} aria-hidden="true" />
              )}
              <span className={styles.name} title={place.name}>
                {place.name}
              </span>
              <button
                type="button"
                aria-label={`${words.open.openPlace}: ${place.name}`}
                onClick={() => void openPlaces([place.handle])}
              >
                {words.open.openPlace}
              </button>
            </div>
            {within !== undefined && <Places places={within} />}
          </li>
        );
      })}
    </ul>
  );
}

function DatasetRow({ dataset }: { dataset: OpenedDataset }): ReactNode {
  const selected = useWindow((state) => state.selected === dataset.handle);
  const select = useWindow((state) => state.select);
  const close = useWindow((state) => state.closeDataset);
  const [rows, columns] = dataset.matrix;
  const facts = [
    words.dataset.matrix(rows, columns),
    words.dataset.slices(dataset.shape[0]),
    ...(dataset.kind === "kspace" ? [words.dataset.coils(dataset.coils)] : []),
    ...(dataset.acceleration > 1.001 ? [words.dataset.undersampled(dataset.acceleration.toFixed(1))] : []),
    dataset.orientation === "unknown" ? words.dataset.unknownOrientation : dataset.orientation,
  ];
  return (
    <li className={styles.dataset} data-selected={selected}>
      <button
        type="button"
        className={styles.datasetButton}
        aria-current={selected ? "true" : undefined}
        onClick={() => select(dataset.handle)}
      >
        <span className={styles.title}>{dataset.title}</span>
        <span className={styles.kind}>
          {dataset.format} · {words.dataset.kind[dataset.kind]}
        </span>
        <span className={styles.kind}>{facts.join(" · ")}</span>
        {dataset.synthetic && <Tag text={words.synthetic} help={words.syntheticHelp} />}
      </button>
      <button
        type="button"
        className={styles.closeButton}
        aria-label={`${words.open.remove}: ${dataset.title}`}
        title={words.open.remove}
        onClick={() => close(dataset.handle)}
      >
        ×
      </button>
      {dataset.warnings.length > 0 && (
        <details className={styles.remarksBox}>
          <summary>{words.dataset.warnings(dataset.warnings.length)}</summary>
          <ul className={styles.remarks}>
            {dataset.warnings.map((warning) => (
              <li key={warning.code + warning.text}>{warning.text}</li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}

function RefusedList(): ReactNode {
  const refused = useWindow((state) => state.refused);
  const dismiss = useWindow((state) => state.dismissRefused);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    // Whoever had scrolled down to the last scans, or to a folder's files, sees what just came above them.
    if (refused.length > 0) box.current?.scrollIntoView({ block: "nearest" });
  }, [refused]);
  if (refused.length === 0) return null;
  return (
    <section ref={box} className={styles.refused} aria-label={words.open.refused(refused.length)}>
      <h3>{words.open.refused(refused.length)}</h3>
      <ul>
        {refused.map((one, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list is replaced as a whole
          <li key={index}>
            <strong>{one.name}</strong>
            <span className={styles.code}>
              {Object.hasOwn(words.codes, one.code)
                ? words.codes[one.code as keyof typeof words.codes]
                : one.code}
              {one.where === null ? "" : `, ${words.open.at} ${one.where}`}
            </span>
            <p>{one.reason}</p>
          </li>
        ))}
      </ul>
      <button type="button" onClick={dismiss}>
        {words.dismiss}
      </button>
    </section>
  );
}
