import { words } from "../words/en.ts";
import { type Field, namedError, readField } from "./option-fields.ts";

export type MaskKind = keyof typeof words.form.maskKinds;

/** The mask as the form holds it: `KIND:R:CENTRE`, or none. */
export interface MaskForm {
  readonly kind: MaskKind | "none";
  readonly factor: string;
  /** Empty: the usual number of lines for this matrix and factor. */
  readonly centre: string;
}

export const noMask: MaskForm = { kind: "none", factor: "4", centre: "" };

const plain = { help: "", unit: "", choices: [], maximum: null, nullable: false, initial: null };
const factorField: Field = {
  ...plain,
  key: "factor",
  title: words.form.factor,
  kind: "number",
  minimum: null,
  maximum: 64,
  above: 1,
  below: null,
};
/** For masks that step in whole lines. */
const steppedField: Field = { ...factorField, kind: "integer", minimum: 2, above: null };

/** Centre lines that the field uses: 24 of 256 lines at 4x and 12 at 8x, in proportion. */
export function usualCentre(lines: number, factor: number): number {
  return Math.max(1, Math.round((lines * 96) / (256 * Math.max(factor, 1))));
}

export function readMask(
  form: MaskForm,
  lines: number,
): { spec: string | null; errors: { factor: string | null; centre: string | null } } {
  if (form.kind === "none") return { spec: null, errors: { factor: null, centre: null } };
  const stepped = form.kind === "equispaced" || form.kind === "magic" || form.kind === "magic-fraction";
  const factorKind = stepped ? steppedField : factorField;
  const factor = readField(factorKind, form.factor);
  const centreField: Field = {
    ...plain,
    key: "centre",
    title: words.form.centre,
    // A fraction of all lines, or a whole number of them.
    kind: Number(form.centre.replace(",", ".")) >= 1 ? "integer" : "number",
    minimum: 0,
    maximum: lines,
    above: null,
    below: null,
    nullable: true,
  };
  const centre = readField(centreField, form.centre);
  const errors = {
    factor: factor.error === null ? null : namedError(factorKind, factor.error),
    centre: centre.error === null ? null : namedError(centreField, centre.error),
  };
  if (factor.error !== null || centre.error !== null) return { spec: null, errors };
  const kept = centre.value ?? usualCentre(lines, Number(factor.value));
  return { spec: `${form.kind}:${factor.value}:${kept}`, errors };
}
