import { type ReactNode, useId } from "react";
import { type Field, rangeOf, writtenOf } from "../state/option-fields.ts";
import { words } from "../words/en.ts";
import { FieldError } from "./FieldError.tsx";
import styles from "./forms.module.css";

interface OptionFieldProps {
  readonly field: Field;
  readonly written: string;
  readonly error: string | null;
  onWrite(text: string): void;
  /** Absent where a value cannot be reset by itself. */
  onReset?: () => void;
}

/** One option: label with unit, input, allowed range and help, what is wrong, and a way back to the default. */
export function OptionField({ field, written, error, onWrite, onReset }: OptionFieldProps): ReactNode {
  const id = useId();
  const changed = written !== writtenOf(field.initial);
  const range = rangeOf(field);
  const described = [`${id}-help`, error === null ? null : `${id}-error`]
    .filter((part) => part !== null)
    .join(" ");
  const label = (
    <>
      {field.title}
      {field.unit !== "" && <span className={styles.unit}> ({field.unit})</span>}
    </>
  );
  return (
    <div className={styles.field} data-option={field.key}>
      {field.kind === "boolean" ? (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={written === "true"}
            aria-describedby={described}
            onChange={(event) => onWrite(String(event.target.checked))}
          />
          <span>{label}</span>
        </label>
      ) : (
        <>
          <label htmlFor={id}>{label}</label>
          <div className={styles.line}>
            {field.kind === "choice" ? (
              <select
                id={id}
                value={written}
                aria-describedby={described}
                onChange={(event) => onWrite(event.target.value)}
              >
                {field.choices.map((choice) => (
                  <option key={String(choice)} value={String(choice)}>
                    {String(choice)}
                  </option>
                ))}
              </select>
            ) : (
              <input
                id={id}
                type="text"
                inputMode={field.kind === "text" ? "text" : field.kind === "integer" ? "numeric" : "decimal"}
                value={written}
                aria-invalid={error !== null}
                aria-describedby={described}
                onChange={(event) => onWrite(event.target.value)}
              />
            )}
            {onReset !== undefined && (
              <button
                type="button"
                className={styles.reset}
                disabled={!changed}
                aria-label={words.form.resetField(field.title)}
                title={words.form.resetField(field.title)}
                onClick={onReset}
              >
                ↺
              </button>
            )}
          </div>
        </>
      )}
      <p id={`${id}-help`} className={styles.help}>
        {[field.help, range === "" ? "" : words.form.allowed(range)].filter((part) => part !== "").join(" ")}
      </p>
      <FieldError id={`${id}-error`} error={error} />
    </div>
  );
}
