import type { ReactNode } from "react";
import styles from "./forms.module.css";

/** A short word that must not be missed, such as SYNTHETIC. */
export function Tag({ text, help }: { text: string; help: string }): ReactNode {
  return (
    <span className={styles.tag} title={help}>
      {text}
    </span>
  );
}
