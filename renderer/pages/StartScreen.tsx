import type { ReactNode } from "react";
import { useWindow } from "../state/context.ts";
import { words } from "../words/en.ts";
import styles from "./pages.module.css";
import { OpenButtons } from "./ScansPanel.tsx";

/** What the middle shows before anything is open: the way in, and small scans to try. */
export function StartScreen(): ReactNode {
  const welcome = useWindow((state) => state.welcome);
  const opening = useWindow((state) => state.opening);
  const openPlaces = useWindow((state) => state.openPlaces);
  const samples = (welcome?.places ?? []).filter((place) => place.kind === "sample");
  return (
    <div className={styles.start}>
      <div className={styles.startBox}>
        <h1>{words.start.heading}</h1>
        <p>{words.start.text}</p>
        <OpenButtons />
        <p className={styles.soft}>
          {words.start.formats} {words.start.local}
        </p>
        {samples.length > 0 && (
          <>
            <h2>{words.start.samples}</h2>
            <ul className={styles.samples}>
              {samples.map((sample) => (
                <li key={sample.handle}>
                  <button
                    type="button"
                    disabled={opening !== null}
                    onClick={() => void openPlaces([sample.handle])}
                  >
                    <strong>{sample.name}</strong>
                    <span>{sample.note}</span>
                  </button>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
    </div>
  );
}
