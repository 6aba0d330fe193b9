import { type ReactNode, useId } from "react";
import { type MaskForm, type MaskKind, usualCentre } from "../state/mask-form.ts";
import { words } from "../words/en.ts";
import { FieldError } from "./FieldError.tsx";
import styles from "./forms.module.css";

interface MaskFieldProps {
  readonly mask: MaskForm;
  /** Lines of the fully sampled input. */
  readonly lines: number;
  readonly compare: boolean;
  readonly errors: Readonly<Record<string, string>>;
  onMask(mask: MaskForm): void;
  onCompare(compare: boolean): void;
}

/** Leaves out lines of a fully sampled input, and compares the result with all of them. */
export function MaskField({ mask, lines, compare, errors, onMask, onCompare }: MaskFieldProps): ReactNode {
  const id = useId();
  const kinds = Object.entries(words.form.maskKinds) as [MaskKind, string][];
  const usual = usualCentre(lines, Number(mask.factor) || 1);
  return (
    <fieldset className={styles.block}>
      <legend>{words.form.sampling}</legend>
      <label htmlFor={`${id}-kind`}>{words.form.maskKind}</label>
      <select
        id={`${id}-kind`}
        value={mask.kind}
        onChange={(event) => onMask({ ...mask, kind: event.target.value as MaskForm["kind"] })}
      >
        <option value="none">{words.form.maskNone}</option>
        {kinds.map(([kind, text]) => (
          <option key={kind} value={kind}>
            {text}
          </option>
        ))}
      </select>
      {mask.kind !== "none" && (
        <>
          <div className={styles.pair}>
            <div>
              <label htmlFor={`${id}-factor`}>
                {words.form.factor}{" "}
                <span className={styles.unit}>({words.form.factorHelp.toLowerCase()})</span>
              </label>
              <input
                id={`${id}-factor`}
                type="text"
                inputMode="decimal"
                value={mask.factor}
                aria-invalid={errors[":factor"] !== undefined}
                aria-describedby={`${id}-factor-error`}
                onChange={(event) => onMask({ ...mask, factor: event.target.value })}
              />
              <FieldError id={`${id}-factor-error`} error={errors[":factor"]} />
            </div>
            <div>
              <label htmlFor={`${id}-centre`}>{words.form.centre}</label>
              <input
                id={`${id}-centre`}
                type="text"
                inputMode="decimal"
                placeholder={String(usual)}
                value={mask.centre}
                aria-invalid={errors[":centre"] !== undefined}
                aria-describedby={`${id}-help ${id}-centre-error`}
                onChange={(event) => onMask({ ...mask, centre: event.target.value })}
              />
              <FieldError id={`${id}-centre-error`} error={errors[":centre"]} />
            </div>
          </div>
          <p id={`${id}-help`} className={styles.help}>
            {words.form.centreHelp}
          </p>
          <label className={styles.check}>
            <input type="checkbox" checked={compare} onChange={(event) => onCompare(event.target.checked)} />
            <span>{words.form.compare}</span>
          </label>
          <p className={styles.help}>{words.form.compareHelp}</p>
        </>
      )}
    </fieldset>
  );
}
