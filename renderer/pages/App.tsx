import type { ReactNode } from "react";
import { useWindow } from "../state/context.ts";
import { selectedDataset } from "../state/recipe.ts";
import { words } from "../words/en.ts";
import { DropZone } from "./DropZone.tsx";
import styles from "./pages.module.css";
import { ReconPanel } from "./ReconPanel.tsx";
import { ScansPanel } from "./ScansPanel.tsx";
import { StartScreen } from "./StartScreen.tsx";
import { Viewer } from "./Viewer.tsx";

/** The one window. */
export function App(): ReactNode {
  const dataset = useWindow(selectedDataset);
  const connection = useWindow((state) => state.connection);
  if (connection === "locked") {
    return (
      <main className={styles.locked}>
        <h1>{words.name}</h1>
        <p>{words.connection.locked}</p>
        <p className={styles.soft}>{words.research}</p>
      </main>
    );
  }
  return (
    <>
      <a className={styles.skip} href="#pictures">
        {words.skip}
      </a>
      <div className={styles.app}>
        <ScansPanel />
        <main id="pictures" tabIndex={-1} className={styles.middle}>
          <Notices />
          {dataset === null ? <StartScreen /> : <Viewer key={dataset.handle} dataset={dataset} />}
        </main>
        <ReconPanel />
        <StatusBar />
      </div>
      <DropZone />
    </>
  );
}

/** What the user must know now: the engine ended, the connection is gone. */
function Notices(): ReactNode {
  const connection = useWindow((state) => state.connection);
  const engine = useWindow((state) => state.engine);
  const dismiss = useWindow((state) => state.dismissEngine);
  return (
    <div className={styles.notices} role="status">
      {connection === "closed" && <p className={styles.warning}>{words.connection.closed}</p>}
      {(engine.state === "lost" || engine.state === "restarted") && (
        <p className={styles.warning} data-engine={engine.state}>
          <span>
            <strong>{words.engine[engine.state]}.</strong> {engine.text}
          </span>
          {engine.state === "restarted" && (
            <button type="button" onClick={dismiss}>
              {words.dismiss}
            </button>
          )}
        </p>
      )}
    </div>
  );
}

function StatusBar(): ReactNode {
  const connection = useWindow((state) => state.connection);
  const engine = useWindow((state) => state.engine);
  const version = useWindow((state) => state.welcome?.version ?? "");
  const dataset = useWindow(selectedDataset);
  const well = connection === "open" && (engine.state === "ready" || engine.state === "restarted");
  return (
    <footer className={styles.footer}>
      <span className={styles.research}>{words.research}</span>
      {dataset?.synthetic === true && <strong className={styles.tagged}>{words.synthetic}</strong>}
      <span className={styles.state} data-well={well}>
        {connection === "connecting"
          ? words.connection.connecting
          : connection === "closed"
            ? words.engine.lost
            : words.engine[engine.state]}
      </span>
      <span>
        {words.name} {version}
      </span>
    </footer>
  );
}
