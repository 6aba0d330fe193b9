import { type ReactNode, useEffect, useId, useState } from "react";
import type { Picture } from "../../electron/contracts/operations.ts";
import { useWindow } from "../state/context.ts";
import type { Component } from "../viewport/paint.ts";
import { fitted, zoomed } from "../viewport/placing.ts";
import { type Tool, type WindowGroup, windowKey } from "../viewport/showing.ts";
import { plainWindow, suggestedWindow } from "../viewport/window-level.ts";
import { words } from "../words/en.ts";
import styles from "./Toolbar.module.css";

const shownComponents = ["magnitude", "phase", "real", "imaginary"] as const;
const tools: readonly Tool[] = ["window", "pan", "zoom"];

interface ToolbarProps {
  readonly slices: number;
  /** Window that the numbers stand for: the one of the input pane. */
  readonly group: WindowGroup;
  readonly drawn: Component;
  readonly picture: Picture | null;
}

/** Everything the pointer and the keys can do in a picture, as buttons and numbers. */
export function Toolbar({ slices, group, drawn, picture }: ToolbarProps): ReactNode {
  const component = useWindow((state) => state.component);
  const tool = useWindow((state) => state.tool);
  const placing = useWindow((state) => state.placing);
  const slice = useWindow((state) => state.slice);
  const look = useWindow((state) => state.look);
  const goTo = useWindow((state) => state.goTo);
  const resetWindow = useWindow((state) => state.resetWindow);
  const sliceId = useId();
  const { viewer } = words;
  return (
    <section className={styles.toolbar} aria-label={viewer.tools}>
      <Segments
        label={viewer.values}
        value={component}
        choices={shownComponents.map((one) => [one, viewer.component[one]])}
        onChange={(value) => look({ component: value })}
      />
      <Segments
        label={viewer.tool.heading}
        value={tool}
        choices={tools.map((one) => [one, viewer.tool[one]])}
        onChange={(value) => look({ tool: value })}
        caption
      />
      <fieldset className={styles.group}>
        <legend>{viewer.tool.zoom}</legend>
        <button
          type="button"
          className={styles.icon}
          aria-label={viewer.zoomOut}
          onClick={() => look({ placing: zoomed(placing, 0.8) })}
        >
          −
        </button>
        <span className={styles.percent}>{Math.round(placing.zoom * 100)} %</span>
        <button
          type="button"
          className={styles.icon}
          aria-label={viewer.zoomIn}
          onClick={() => look({ placing: zoomed(placing, 1.25) })}
        >
          +
        </button>
        <button type="button" onClick={() => look({ placing: fitted })}>
          {viewer.fit}
        </button>
      </fieldset>
      <WindowNumbers group={group} component={drawn} picture={picture} />
      <button
        type="button"
        disabled={picture === null}
        onClick={() => picture && resetWindow(group, drawn, picture)}
      >
        {viewer.resetWindow}
      </button>
      <div className={styles.slice}>
        <label htmlFor={sliceId}>{viewer.slice}</label>
        <input
          id={sliceId}
          type="range"
          min={1}
          max={slices}
          step={1}
          value={slice + 1}
          disabled={slices < 2}
          aria-valuetext={viewer.sliceOf(slice + 1, slices)}
          onChange={(event) => goTo(Number(event.target.value) - 1)}
        />
        <output htmlFor={sliceId}>
          {slice + 1} / {slices}
        </output>
      </div>
    </section>
  );
}

function Segments<T extends string>(props: {
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  onChange(value: T): void;
  caption?: boolean;
}): ReactNode {
  return (
    <fieldset className={styles.group}>
      <legend>{props.label}</legend>
      {props.caption === true && (
        <span className={styles.caption} aria-hidden="true">
          {props.label}
        </span>
      )}
      <div className={styles.segments}>
        {props.choices.map(([value, text]) => (
          <button
            key={value}
            type="button"
            aria-pressed={value === props.value}
            onClick={() => props.onChange(value)}
          >
            {text}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

/** Lower and upper value as free numbers: the drag is bounded, these are not. */
function WindowNumbers({
  group,
  component,
  picture,
}: {
  group: WindowGroup;
  component: Component;
  picture: Picture | null;
}): ReactNode {
  const key = windowKey(group, component);
  const chosen = useWindow((state) => state.windows[key] ?? state.suggested[key]);
  const setWindow = useWindow((state) => state.setWindow);
  const shown = chosen ?? (picture === null ? null : suggestedWindow(picture, component));
  const ends = shown === null ? ["", ""] : plainWindow(shown);
  return (
    <fieldset className={styles.group}>
      <legend>{words.viewer.tool.window}</legend>
      <WindowNumber
        label={words.viewer.lower}
        plain={ends[0]}
        onChange={(value) => shown && value < shown[1] && setWindow(group, component, [value, shown[1]])}
      />
      <WindowNumber
        label={words.viewer.upper}
        plain={ends[1]}
        onChange={(value) => shown && value > shown[0] && setWindow(group, component, [shown[0], value])}
      />
    </fieldset>
  );
}

function WindowNumber(props: { label: string; plain: string; onChange(value: number): void }): ReactNode {
  const { plain } = props;
  const [text, setText] = useState(plain);
  useEffect(() => setText(plain), [plain]);
  const commit = (): void => {
    const value = Number(text);
    if (text.trim() !== "" && text !== plain && Number.isFinite(value)) props.onChange(value);
    // What could not be taken goes back to what holds.
    setText(plain);
  };
  return (
    <label className={styles.number}>
      <span>{props.label}</span>
      <input
        type="text"
        inputMode="decimal"
        value={text}
        disabled={plain === ""}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => event.key === "Enter" && commit()}
      />
    </label>
  );
}
