import { plainNumber } from "../viewport/window-level.ts";
import { words } from "../words/en.ts";

export type OptionValue = string | number | boolean | null;

/** One input of the form, read from a property of a method's JSON Schema. */
export interface Field {
  readonly key: string;
  readonly title: string;
  readonly help: string;
  readonly unit: string;
  readonly kind: "number" | "integer" | "boolean" | "choice" | "text";
  readonly choices: readonly (string | number)[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly above: number | null;
  readonly below: number | null;
  /** Whether the option may be left empty (null). */
  readonly nullable: boolean;
  readonly initial: OptionValue;
}

type Json = Readonly<Record<string, unknown>>;

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** A unit worth showing: 1 is none, and some options are called after theirs. */
function unitOf(unit: string, title: string): string {
  return unit === "1" || unit.toLowerCase() === title.toLowerCase() ? "" : unit;
}

/** A bound that means something to a person: the limits of safe integers, which zod writes down, do not. */
function bound(value: unknown): number | null {
  return typeof value === "number" && Math.abs(value) < Number.MAX_SAFE_INTEGER ? value : null;
}

function optionValue(value: unknown): OptionValue {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

/** Splits `T | null` into T and whether null is allowed; a union of constants becomes an enumeration. */
function plainType(property: Json): { type: Json; nullable: boolean } {
  const parts = Array.isArray(property.anyOf) ? property.anyOf.filter(isJson) : null;
  if (parts === null) return { type: property, nullable: false };
  const others = parts.filter((part) => part.type !== "null");
  const nullable = others.length < parts.length;
  if (others.length > 1 && others.every((part) => "const" in part)) {
    return { type: { enum: others.map((part) => part.const) }, nullable };
  }
  return { type: others[0] ?? {}, nullable };
}

function kindOf(type: Json): Field["kind"] {
  if (Array.isArray(type.enum)) return "choice";
  if (type.type === "integer") return "integer";
  if (type.type === "number") return "number";
  if (type.type === "boolean") return "boolean";
  return "text";
}

/** The inputs of a form for a method's options, in the order of its schema. */
export function fieldsOf(schema: Json): Field[] {
  const properties = isJson(schema.properties) ? schema.properties : {};
  return Object.entries(properties).flatMap(([key, property]) => {
    if (!isJson(property)) return [];
    const { type, nullable } = plainType(property);
    const choices = Array.isArray(type.enum)
      ? type.enum.filter((one) => typeof one === "string" || typeof one === "number")
      : [];
    return [
      {
        key,
        title: text(property.title) || key,
        help: text(property.help) || text(property.description),
        unit: unitOf(text(property.unit), text(property.title)),
        kind: kindOf(type),
        choices,
        minimum: bound(type.minimum),
        maximum: bound(type.maximum),
        above: bound(type.exclusiveMinimum),
        below: bound(type.exclusiveMaximum),
        nullable,
        initial: optionValue(property.default),
      },
    ];
  });
}

/** The allowed range in words, empty when everything is allowed. */
export function rangeOf(field: Field): string {
  const show = (value: number | null): string | null => (value === null ? null : plainNumber(value));
  const parts = [words.form.range(show(field.minimum), show(field.maximum))];
  if (field.above !== null) parts.unshift(words.form.above(plainNumber(field.above)));
  if (field.below !== null) parts.push(words.form.below(plainNumber(field.below)));
  return parts.filter((part) => part !== "").join(", ");
}

/** What is wrong with a field that shares its line with another: names the field and what it takes. */
export function namedError(field: Field, error: string): string {
  return words.form.named(field.title, error, words.form.allowed(rangeOf(field)));
}

/** What the user wrote in a field, as a value of the option or as the reason why it is none. */
export function readField(
  field: Field,
  written: string,
): { value: OptionValue; error: null } | { value: null; error: string } {
  const trimmed = written.trim();
  const wrong = (error: string): { value: null; error: string } => ({ value: null, error });
  if (field.kind === "boolean") return { value: trimmed === "true", error: null };
  if (trimmed === "") return field.nullable ? { value: null, error: null } : wrong(words.form.needed);
  if (field.kind === "text") return { value: trimmed, error: null };
  if (field.kind === "choice") {
    const choice = field.choices.find((one) => String(one) === trimmed);
    return choice === undefined ? wrong(words.form.needed) : { value: choice, error: null };
  }
  const value = Number(trimmed.replace(",", "."));
  if (!Number.isFinite(value)) return wrong(words.form.notNumber);
  if (field.kind === "integer" && !Number.isSafeInteger(value)) return wrong(words.form.notWhole);
  if (field.minimum !== null && value < field.minimum)
    return wrong(words.form.tooSmall(plainNumber(field.minimum)));
  if (field.maximum !== null && value > field.maximum)
    return wrong(words.form.tooLarge(plainNumber(field.maximum)));
  if (field.above !== null && value <= field.above)
    return wrong(words.form.notAbove(plainNumber(field.above)));
  if (field.below !== null && value >= field.below)
    return wrong(words.form.notBelow(plainNumber(field.below)));
  return { value, error: null };
}

/** A value as it stands in its input. */
export function writtenOf(value: OptionValue): string {
  return value === null ? "" : String(value);
}
