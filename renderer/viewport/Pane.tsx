import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from "react";
import type { Picture } from "../../electron/contracts/operations.ts";
import { words } from "../words/en.ts";
import { drawPane, Painter } from "./draw.ts";
import { pressKey } from "./keys.ts";
import type { MapName } from "./maps.ts";
import styles from "./Pane.module.css";
import { type Component, valueAt, type Window } from "./paint.ts";
import { type Placing, pixelAt, type Rectangle } from "./placing.ts";
import type { PaneName, ResultShows, ViewControl, WindowGroup } from "./showing.ts";
import { usePointer } from "./use-pointer.ts";
import { plainNumber, plainWindow } from "./window-level.ts";

export interface PaneProps {
  readonly name: PaneName;
  readonly title: string;
  readonly shows: ResultShows;
  readonly group: WindowGroup;
  readonly component: Component;
  readonly window: Window;
  /** The window that pictures of this group were first shown with. */
  readonly suggested: Window;
  readonly placing: Placing;
  readonly probe: readonly [number, number] | null;
  readonly picture: Picture | null;
  /** Number of the slice on the screen and how many there are, counted in the dataset from 1. */
  readonly slice: number;
  readonly slices: number;
  readonly synthetic: boolean;
  /** What lies over the picture: loading, nothing yet, a fault. */
  readonly cover: ReactNode;
  /** Controls and tags in the pane's head. */
  readonly head: ReactNode;
  /** The view as it stands at the moment of a key or a movement. Stable between renders. */
  readonly control: () => ViewControl;
  onResetWindow(): void;
}

function mapOf(shows: ResultShows, component: string): MapName {
  if (shows === "difference") return "difference";
  return component === "phase" ? "phase" : "grey";
}

/** One picture with its letters, its window and its text twin. Both panes share slice, zoom and probe. */
export function Pane(props: PaneProps): ReactNode {
  const { picture, shows, title, group, component, suggested, placing, probe, control } = props;
  const window_ = props.window;
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const rectangle = useRef<Rectangle | null>(null);
  const [painter] = useState(() => new Painter());
  const [size, setSize] = useState({ width: 0, height: 0 });

  const known = picture !== null && picture.edges.left !== "";
  const lengths = picture !== null && (shows === "image" || shows === "reference" || shows === "difference");

  useLayoutEffect(() => {
    const target = frame.current;
    if (target === null) return;
    const measure = (): void => setSize({ width: target.clientWidth, height: target.clientHeight });
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    measure();
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    if (canvas.current === null) return;
    const drawing =
      picture === null ? null : { picture, component, window: window_, map: mapOf(shows, component) };
    rectangle.current = drawPane(canvas.current, painter, drawing, placing, {
      ...size,
      density: window.devicePixelRatio,
      scale: lengths,
    });
  });

  usePointer(frame, rectangle, control, { group, component, window: window_, suggested });

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const done = pressKey(event.key, event.shiftKey, {
      state: control(),
      pane: props.name,
      group,
      component,
      window: window_,
      suggested,
      resetWindow: props.onResetWindow,
    });
    if (done) event.preventDefault();
  };

  const lines = picture === null ? [] : twin(picture, component, window_, probe, props);
  return (
    <section className={styles.pane} aria-label={title} data-pane={props.name}>
      <div className={styles.head}>
        <h2>{title}</h2>
        {props.head}
      </div>
      <div
        ref={frame}
        className={styles.frame}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture is worked with by keyboard; its keys are described
        tabIndex={0}
        aria-label={title}
        aria-roledescription={words.viewer.role}
        aria-describedby="viewer-keys"
        onKeyDown={onKeyDown}
        data-slice={picture === null ? undefined : props.slice}
        data-lower={window_[0]}
        data-upper={window_[1]}
      >
        <canvas ref={canvas} className={styles.canvas} role="img" aria-label={[title, ...lines].join(". ")} />
        {known && picture !== null && props.cover === null && (
          <div className={styles.letters} aria-hidden="true">
            <span className={styles.left}>{picture.edges.left}</span>
            <span className={styles.right}>{picture.edges.right}</span>
            <span className={styles.top}>{picture.edges.top}</span>
            <span className={styles.bottom}>{picture.edges.bottom}</span>
          </div>
        )}
        {picture !== null && props.cover === null && (
          <div className={styles.notes}>
            {props.synthetic && <strong>{words.synthetic}</strong>}
            {!known && lengths && <span>{words.dataset.unknownOrientation}</span>}
            {lengths && !picture.spacingKnown && <span>{words.viewer.noScale}</span>}
            {shows === "difference" && <span>{words.viewer.signed}</span>}
          </div>
        )}
        {props.cover !== null && <div className={styles.cover}>{props.cover}</div>}
      </div>
      <div className={styles.foot} data-map={mapOf(shows, component)}>
        {lines.map((line) => (
          <span key={line}>{line}</span>
        ))}
        {picture !== null && mapOf(shows, component) !== "grey" && (
          <span className={styles.bar} aria-hidden="true" />
        )}
      </div>
    </section>
  );
}

/** The picture in words: for screen readers, and in sight below it. */
function twin(
  picture: Picture,
  component: Parameters<typeof valueAt>[2],
  window_: Window,
  probe: readonly [number, number] | null,
  { slice, slices }: PaneProps,
): string[] {
  const [column, row] = pixelAt(picture, probe ?? [0.5, 0.5]);
  const value = valueAt(picture, row * picture.columns + column, component);
  const range = words.viewer.windowText(...plainWindow(window_));
  return [
    `${words.viewer.sliceOf(slice, slices)} · ${range}`,
    words.viewer.valueText(plainNumber(value), column + 1, row + 1),
  ];
}
