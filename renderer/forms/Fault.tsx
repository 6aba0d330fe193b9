import type { ReactNode } from "react";
import type { Fault as FaultValue } from "../../electron/contracts/errors.ts";
import { words } from "../words/en.ts";
import styles from "./forms.module.css";

/** What went wrong: the kind in plain words, file and place, the cause, and what can be done. */
export function Fault({ fault, onDismiss }: { fault: FaultValue; onDismiss?: () => void }): ReactNode {
  const place = [fault.path, fault.where].filter((part) => part !== null && part !== "").join(", ");
  return (
    <div className={styles.fault} role="alert" data-code={fault.code}>
      <strong>{words.codes[fault.code]}</strong>
      {place !== "" && <span className={styles.place}>{place}</span>}
      <p>{sentence(fault.reason)}</p>
      {fault.hint !== null && <p className={styles.hint}>{sentence(fault.hint)}</p>}
      {onDismiss !== undefined && (
        <button type="button" onClick={onDismiss}>
          {words.dismiss}
        </button>
      )}
    </div>
  );
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
