import { type ReactNode, useId } from "react";
import type { DeviceChoice } from "../../electron/contracts/record.ts";
import type { OpenedDataset, WindowRecipe } from "../../electron/contracts/window.ts";
import { useWindow } from "../state/context.ts";
import { fieldsOf, writtenOf } from "../state/option-fields.ts";
import { canMask } from "../state/recipe.ts";
import { words } from "../words/en.ts";
import { FieldError } from "./FieldError.tsx";
import styles from "./forms.module.css";
import { MaskField } from "./MaskField.tsx";
import { OptionField } from "./OptionField.tsx";

const nothing: Readonly<Record<string, string>> = {};

/** The whole recipe: method, its options, mask, orientation, seed and device. */
export function RecipeForm({
  dataset,
  errors,
}: {
  dataset: OpenedDataset;
  errors: Readonly<Record<string, string>>;
}): ReactNode {
  const id = useId();
  const methods = useWindow((state) => state.methods);
  const recipe = useWindow((state) => state.recipe);
  const change = useWindow((state) => state.change);
  const chooseMethod = useWindow((state) => state.chooseMethod);
  const write = useWindow((state) => state.write);
  const resetOption = useWindow((state) => state.resetOption);
  const resetOptions = useWindow((state) => state.resetOptions);
  const method = methods.find((one) => one.id === recipe.method) ?? null;
  const fields = method === null ? [] : fieldsOf(method.optionsSchema);
  const written = recipe.written[recipe.method] ?? nothing;
  return (
    <>
      <div className={styles.field}>
        <label htmlFor={`${id}-method`}>{words.form.method}</label>
        <select
          id={`${id}-method`}
          value={recipe.method}
          onChange={(event) => chooseMethod(event.target.value)}
        >
          {methods.map((one) => (
            <option key={one.id} value={one.id}>
              {one.title}
            </option>
          ))}
        </select>
        {method !== null && <p className={styles.help}>{method.help}</p>}
      </div>
      {canMask(dataset) && (
        <MaskField
          mask={recipe.mask}
          lines={dataset.shape[2]}
          compare={recipe.compare}
          errors={errors}
          onMask={(mask) => change({ mask })}
          onCompare={(compare) => change({ compare })}
        />
      )}
      {fields.length > 0 && (
        <fieldset className={styles.block}>
          <legend>{words.form.options}</legend>
          {fields.map((field) => (
            <OptionField
              key={field.key}
              field={field}
              written={written[field.key] ?? writtenOf(field.initial)}
              error={errors[field.key] ?? null}
              onWrite={(text) => write(field.key, text)}
              onReset={() => resetOption(field.key)}
            />
          ))}
          <button type="button" disabled={Object.keys(written).length === 0} onClick={resetOptions}>
            {words.form.reset}
          </button>
        </fieldset>
      )}
      {dataset.orientation === "unknown" && (
        <div className={styles.field}>
          <label htmlFor={`${id}-orientation`}>{words.form.orientation}</label>
          <select
            id={`${id}-orientation`}
            value={recipe.orientation ?? ""}
            aria-describedby={`${id}-orientation-help`}
            onChange={(event) => {
              const value = event.target.value;
              change({ orientation: value === "" ? null : (value as WindowRecipe["orientation"]) });
            }}
          >
            <option value="">{words.form.orientationKept}</option>
            {Object.entries(words.form.orientations).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </select>
          <p id={`${id}-orientation-help`} className={styles.help}>
            {words.form.orientationHelp}
          </p>
        </div>
      )}
      {dataset.shape[0] > 1 && (
        <div className={styles.field}>
          <label htmlFor={`${id}-slices`}>{words.form.slices}</label>
          <select
            id={`${id}-slices`}
            value={recipe.thisSliceOnly ? "this" : "all"}
            onChange={(event) => change({ thisSliceOnly: event.target.value === "this" })}
          >
            <option value="all">
              {words.form.allSlices} ({dataset.shape[0]})
            </option>
            <option value="this">{words.form.thisSlice}</option>
          </select>
        </div>
      )}
      <details className={styles.more} open={errors[":seed"] !== undefined || undefined}>
        <summary>{words.form.more}</summary>
        <div className={styles.pair}>
          <div>
            <label htmlFor={`${id}-seed`}>{words.form.seed}</label>
            <input
              id={`${id}-seed`}
              type="text"
              inputMode="numeric"
              value={recipe.seed}
              aria-invalid={errors[":seed"] !== undefined}
              aria-describedby={`${id}-seed-help ${id}-seed-error`}
              onChange={(event) => change({ seed: event.target.value })}
            />
            <FieldError id={`${id}-seed-error`} error={errors[":seed"]} />
          </div>
          <div>
            <label htmlFor={`${id}-device`}>{words.form.device}</label>
            <select
              id={`${id}-device`}
              value={recipe.device}
              onChange={(event) => change({ device: event.target.value as DeviceChoice })}
            >
              {Object.entries(words.form.devices).map(([value, text]) => (
                <option key={value} value={value}>
                  {text}
                </option>
              ))}
            </select>
          </div>
        </div>
        <p id={`${id}-seed-help`} className={styles.help}>
          {words.form.seedHelp}
        </p>
      </details>
    </>
  );
}
