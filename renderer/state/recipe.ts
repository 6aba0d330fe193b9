import type { DeviceChoice } from "../../electron/contracts/record.ts";
import type { OpenedDataset, WindowRecipe } from "../../electron/contracts/window.ts";
import { words } from "../words/en.ts";
import { type MaskForm, noMask, readMask } from "./mask-form.ts";
import { type Field, fieldsOf, namedError, type OptionValue, readField, writtenOf } from "./option-fields.ts";
import type { Part, State } from "./store.ts";

/** The form as it is written, not yet checked. */
export interface RecipeForm {
  method: string;
  /** What stands in the inputs, by method and option; an option that is absent has its default. */
  written: Readonly<Record<string, Readonly<Record<string, string>>>>;
  mask: MaskForm;
  compare: boolean;
  thisSliceOnly: boolean;
  orientation: WindowRecipe["orientation"];
  device: DeviceChoice;
  seed: string;
}

export interface RecipeState {
  recipe: RecipeForm;
  chooseMethod(id: string): void;
  write(key: string, text: string): void;
  resetOption(key: string): void;
  resetOptions(): void;
  change(part: Partial<RecipeForm>): void;
  /** Brings the form in line with a dataset that was just chosen. */
  fitRecipe(): void;
}

export function selectedDataset(state: Pick<State, "datasets" | "selected">): OpenedDataset | null {
  return state.datasets.find((one) => one.handle === state.selected) ?? null;
}

export function fieldsOfMethod(state: Pick<State, "methods" | "recipe">): Field[] {
  const method = state.methods.find((one) => one.id === state.recipe.method);
  return method === undefined ? [] : fieldsOf(method.optionsSchema);
}

/** Whether lines may be left out: only fully sampled k-space can be undersampled and compared with itself. */
export function canMask(dataset: OpenedDataset | null): boolean {
  return dataset !== null && dataset.kind === "kspace" && dataset.acceleration <= 1.001;
}

export interface CheckedRecipe {
  recipe: WindowRecipe | null;
  errors: Readonly<Record<string, string>>;
}

const seedField: Field = {
  key: "seed",
  title: words.form.seed,
  help: "",
  unit: "",
  kind: "integer",
  choices: [],
  minimum: 0,
  maximum: null,
  above: null,
  below: null,
  nullable: false,
  initial: 0,
};

/** The form as a recipe, or the texts that stand beside the inputs which prevent it. */
export function checkRecipe(
  state: Pick<State, "recipe" | "methods" | "datasets" | "selected" | "slice">,
): CheckedRecipe {
  const { recipe: form } = state;
  const dataset = selectedDataset(state);
  const errors: Record<string, string> = {};
  const options: Record<string, OptionValue> = {};
  const written = form.written[form.method] ?? {};
  for (const field of fieldsOfMethod(state)) {
    const read = readField(field, written[field.key] ?? writtenOf(field.initial));
    if (read.error !== null) errors[field.key] = read.error;
    else options[field.key] = read.value;
  }
  const seed = readField(seedField, form.seed);
  if (seed.error !== null) errors[":seed"] = namedError(seedField, seed.error);
  const lines = dataset?.kind === "kspace" ? dataset.shape[2] : 1;
  const mask = canMask(dataset) ? readMask(form.mask, lines) : readMask(noMask, lines);
  if (mask.errors.factor !== null) errors[":factor"] = mask.errors.factor;
  if (mask.errors.centre !== null) errors[":centre"] = mask.errors.centre;
  if (dataset === null || Object.keys(errors).length > 0) return { recipe: null, errors };
  return {
    errors,
    recipe: {
      handle: dataset.handle,
      dataset: dataset.id,
      method: form.method,
      slices: form.thisSliceOnly ? [state.slice, state.slice + 1] : null,
      options,
      mask: mask.spec,
      compareWithFull: canMask(dataset) && mask.spec !== null && form.compare,
      orientation: dataset.orientation === "unknown" ? form.orientation : null,
      device: form.device,
      seed: Number(seed.value),
    },
  };
}

export const recipe: Part<RecipeState> = (set, get) => {
  const change = (part: Partial<RecipeForm>): void => set({ recipe: { ...get().recipe, ...part } });
  const writeAll = (texts: Readonly<Record<string, string>>): void =>
    change({ written: { ...get().recipe.written, [get().recipe.method]: texts } });
  return {
    recipe: {
      method: "",
      written: {},
      mask: noMask,
      compare: true,
      thisSliceOnly: false,
      orientation: null,
      device: "auto",
      seed: "0",
    },
    chooseMethod: (method) => change({ method }),
    write: (key, text) => writeAll({ ...get().recipe.written[get().recipe.method], [key]: text }),
    resetOption(key) {
      const { [key]: _reset, ...rest } = get().recipe.written[get().recipe.method] ?? {};
      writeAll(rest);
    },
    resetOptions: () => writeAll({}),
    change,
    fitRecipe: () => change({ thisSliceOnly: false, orientation: null }),
  };
};
