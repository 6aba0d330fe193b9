import type { ReactNode } from "react";
import styles from "./forms.module.css";

/** What is wrong with a field, beneath it; the field names it by `aria-describedby`. */
export function FieldError({ id, error }: { id: string; error: string | null | undefined }): ReactNode {
  if (error === null || error === undefined) return null;
  return (
    <p id={id} className={styles.error} role="alert">
      {error}
    </p>
  );
}
