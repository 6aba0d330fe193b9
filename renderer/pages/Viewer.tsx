import { type ReactNode, useEffect } from "react";
import type { OpenedDataset } from "../../electron/contracts/window.ts";
import { Fault } from "../forms/Fault.tsx";
import { useWindow, useWindowStore } from "../state/context.ts";
import type { PictureRequest } from "../state/pictures.ts";
import { usePicture, usePrefetch } from "../state/use-picture.ts";
import { Pane, type PaneProps } from "../viewport/Pane.tsx";
import { drawingOf, type InputShows, type ResultShows, windowKey } from "../viewport/showing.ts";
import { suggestedWindow } from "../viewport/window-level.ts";
import { words } from "../words/en.ts";
import { Choice } from "./Choice.tsx";
import { Toolbar } from "./Toolbar.tsx";
import styles from "./Viewer.module.css";

/** The engine's name of what a pane shows. */
function viewOf(shows: ResultShows): PictureRequest["view"] {
  return shows === "logKspace" ? "kspace" : shows;
}

/** Input and result side by side, one slice, one zoom. */
export function Viewer({ dataset }: { dataset: OpenedDataset }): ReactNode {
  const slice = useWindow((state) => state.slice);
  const component = useWindow((state) => state.component);
  const inputShows = useWindow((state) => state.inputShows);
  const resultShows = useWindow((state) => state.resultShows);
  const coil = useWindow((state) => state.coil);
  const job = useWindow((state) => state.job);
  const kept = useWindow((state) => state.results[dataset.handle]);
  const slices = dataset.shape[0];
  const running = job.state === "running" && job.dataset === dataset.handle;
  const from = kept?.recipe.slices?.[0] ?? 0;
  const within = kept !== undefined && slice >= from && slice < from + kept.result.slices;

  const inputRequest: PictureRequest = {
    handle: dataset.handle,
    dataset: dataset.id,
    index: slice,
    view: viewOf(inputShows),
    coil: inputShows === "mask" ? null : coil,
  };
  const missing = resultShows === "reference" || resultShows === "difference";
  const resultRequest: PictureRequest | null =
    !within || kept === undefined || (missing && !kept.result.hasReference)
      ? null
      : {
          handle: kept.result.handle,
          dataset: null,
          index: slice - from,
          view: viewOf(resultShows),
          coil: null,
        };
  const input = usePicture(inputRequest);
  const result = usePicture(resultRequest);
  usePrefetch(inputRequest, slices, !input.loading && job.state !== "running");
  usePrefetch(resultRequest, kept?.result.slices ?? 0, !result.loading && job.state !== "running");

  const preview = running ? job.preview : null;
  const shownPreview = preview !== null && resultShows === "image";
  const drawing = drawingOf(inputShows, component, coil);
  return (
    <div className={styles.viewer}>
      <h1 className={styles.hidden}>{dataset.title}</h1>
      <Toolbar slices={slices} group={drawing.group} drawn={drawing.component} picture={input.picture} />
      <div className={styles.panes}>
        <LinkedPane
          name="input"
          title={words.viewer.input}
          shows={inputShows}
          coil={coil}
          picture={input.picture}
          slice={input.index + 1}
          slices={slices}
          cover={coverOf(input, slice)}
          head={<InputHead dataset={dataset} />}
          synthetic={dataset.synthetic}
        />
        <LinkedPane
          name="result"
          title={shownPreview ? words.viewer.preview : words.viewer.result}
          shows={resultShows}
          coil={null}
          picture={shownPreview ? preview.picture : result.picture}
          slice={shownPreview ? preview.slice + 1 : from + result.index + 1}
          slices={slices}
          cover={shownPreview ? null : resultCover(resultRequest, result, slice)}
          head={<ResultHead hasReference={kept?.result.hasReference ?? false} />}
          synthetic={kept?.result.synthetic ?? dataset.synthetic}
        />
      </div>
      <details className={styles.keys}>
        <summary>{words.viewer.keysHeading}</summary>
        <p id="viewer-keys">{words.viewer.keys}</p>
      </details>
    </div>
  );

  function resultCover(
    request: PictureRequest | null,
    shown: ReturnType<typeof usePicture>,
    at: number,
  ): ReactNode {
    if (request !== null) return coverOf(shown, at);
    if (running) return <p role="status">{words.viewer.working}</p>;
    if (within && missing) return <p>{words.viewer.noReference}</p>;
    return (
      <>
        <p>{words.viewer.noResult}</p>
        <p className={styles.soft}>{words.viewer.noResultHelp}</p>
      </>
    );
  }
}

function coverOf(shown: ReturnType<typeof usePicture>, slice: number): ReactNode {
  if (shown.fault !== null) {
    return (
      <div className={styles.fault}>
        <p>{words.viewer.failed}</p>
        <Fault fault={shown.fault} />
        <button type="button" onClick={shown.retry}>
          {words.viewer.retry}
        </button>
      </div>
    );
  }
  if (shown.picture === null && shown.loading)
    return <p className={styles.late}>{words.viewer.loading(slice + 1)}</p>;
  return null;
}

function InputHead({ dataset }: { dataset: OpenedDataset }): ReactNode {
  const shows = useWindow((state) => state.inputShows);
  const coil = useWindow((state) => state.coil);
  const look = useWindow((state) => state.look);
  const { shows: labels } = words.viewer;
  const choices: [InputShows, string][] =
    dataset.kind === "image"
      ? [["image", labels.image]]
      : [
          ["image", labels.image],
          ["kspace", labels.kspace],
          ["logKspace", labels.logKspace],
          ["mask", labels.mask],
        ];
  const coils: [string, string][] = [["", words.viewer.allCoils]];
  for (let index = 0; index < dataset.coils; index++)
    coils.push([String(index), words.viewer.coilNumber(index + 1)]);
  return (
    <>
      {dataset.kind === "kspace" && dataset.coils > 1 && shows !== "mask" && (
        <Choice
          label={words.viewer.coil}
          value={coil === null ? "" : String(coil)}
          choices={coils}
          onChange={(value) => look({ coil: value === "" ? null : Number(value) })}
        />
      )}
      <Choice
        label={labels.label(words.viewer.input)}
        value={shows}
        choices={choices}
        onChange={(inputShows) => look({ inputShows })}
      />
    </>
  );
}

function ResultHead({ hasReference }: { hasReference: boolean }): ReactNode {
  const shows = useWindow((state) => state.resultShows);
  const look = useWindow((state) => state.look);
  const { shows: labels } = words.viewer;
  const choices: [ResultShows, string][] = [["image", labels.result]];
  if (hasReference) choices.push(["reference", labels.reference], ["difference", labels.difference]);
  choices.push(["kspace", labels.kspace], ["logKspace", labels.logKspace], ["mask", labels.mask]);
  if (!choices.some(([value]) => value === shows)) choices.push([shows, labels[shows]]);
  return (
    <Choice
      label={labels.label(words.viewer.result)}
      value={shows}
      choices={choices}
      onChange={(resultShows) => look({ resultShows })}
    />
  );
}

type Linked =
  | "group"
  | "component"
  | "window"
  | "suggested"
  | "placing"
  | "probe"
  | "control"
  | "onResetWindow";

/** A pane that shares slice, zoom, probe and windows with the other one. */
function LinkedPane(props: Omit<PaneProps, Linked> & { readonly coil: number | null }): ReactNode {
  const { coil, ...rest } = props;
  const { picture, shows } = rest;
  const { api } = useWindowStore();
  const { group, component } = drawingOf(
    shows,
    useWindow((state) => state.component),
    coil,
  );
  const key = windowKey(group, component);
  const chosen = useWindow((state) => state.windows[key]);
  const suggestion = useWindow((state) => state.suggested[key]);
  const placing = useWindow((state) => state.placing);
  const probe = useWindow((state) => state.probe);
  const suggested = suggestion ?? (picture === null ? unit : suggestedWindow(picture, component));
  useEffect(() => {
    if (picture !== null) api.getState().suggest(group, component, picture);
  }, [api, picture, group, component]);
  return (
    <Pane
      {...rest}
      group={group}
      component={component}
      window={chosen ?? suggested}
      suggested={suggested}
      placing={placing}
      probe={probe}
      control={api.getState}
      onResetWindow={() => picture !== null && api.getState().resetWindow(group, component, picture)}
    />
  );
}

const unit = [0, 1] as const;
