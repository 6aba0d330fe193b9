import { z } from "zod";
import type { MethodDescription } from "../../contracts/operations.ts";
import { EchoError } from "../base/errors.ts";
import { grappa } from "./grappa.ts";
import { l1Wavelet } from "./l1-wavelet.ts";
import type { Method } from "./method.ts";
import { sense } from "./sense.ts";
import { tv } from "./tv.ts";
import { zeroFilled } from "./zero-filled.ts";

/** Every method; a new one is its own file and one line here. */
export const methods: readonly Method[] = [zeroFilled, sense, grappa, l1Wavelet, tv];

/** The part of an option's JSON Schema that is used here. */
interface OptionSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly unit?: string;
}

function optionsSchemaOf(method: Method): Record<string, unknown> {
  return z.toJSONSchema(method.options, { io: "input" }) as Record<string, unknown>;
}

function optionSchemas(method: Method): Record<string, OptionSchema> {
  return (optionsSchemaOf(method).properties ?? {}) as Record<string, OptionSchema>;
}

/** Methods as the doors show them: the form, the command line's `--set` and the reference are made from this. */
export function describeMethods(): MethodDescription[] {
  return methods.map((method) => ({
    id: method.id,
    title: method.title,
    help: method.help,
    needs: method.needs,
    optionsSchema: optionsSchemaOf(method),
  }));
}

/** @throws EchoError USAGE that names the methods there are. */
export function methodById(id: string): Method {
  const method = methods.find((one) => one.id === id);
  if (method) return method;
  throw new EchoError("USAGE", `there is no method ${JSON.stringify(id)}`, {
    where: "--method",
    hint: `Known methods: ${methods.map((one) => one.id).join(", ")}.`,
  });
}

/** What an option accepts, in words: `a whole number from 1 to 1000 (iterations)`. */
function accepted(schema: OptionSchema): string {
  if (schema.enum) return `one of ${schema.enum.join(", ")}`;
  const kind =
    { integer: "a whole number", number: "a number", boolean: "true or false" }[schema.type ?? ""] ?? "text";
  const range = schema.minimum === undefined ? "" : ` from ${schema.minimum}`;
  const limit = schema.maximum === undefined ? "" : ` to ${schema.maximum}`;
  const unit = schema.unit === undefined || schema.unit === "1" ? "" : ` (${schema.unit})`;
  return `${kind}${range}${limit}${unit}`;
}

/** Text from `--set` as the type its option has; what cannot be read stays text and is refused by the schema. */
function coerced(value: unknown, schema: OptionSchema | undefined): unknown {
  if (typeof value !== "string") return value;
  const text = value.trim();
  if (schema?.type === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (schema?.type !== "number" && schema?.type !== "integer") return value;
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? value : number;
}

/**
 * Options of a method with every default filled in; strings, as a command line gives them, are read as numbers and
 * truth values where the option is one.
 *
 * @throws EchoError USAGE naming the option, what it accepts and its unit.
 */
export function parseOptions(method: Method, raw: Readonly<Record<string, unknown>>): unknown {
  const schemas = optionSchemas(method);
  const values = Object.fromEntries(
    Object.entries(raw).map(([name, value]) => [name, coerced(value, schemas[name])]),
  );
  const parsed = method.options.safeParse(values);
  if (parsed.success) return parsed.data;
  const known = `Options of ${method.id}: ${Object.keys(schemas).join(", ")}.`;
  const unknown = Object.keys(raw).find((name) => !Object.hasOwn(schemas, name));
  if (unknown !== undefined) {
    throw new EchoError("USAGE", `${method.id} has no option ${JSON.stringify(unknown)}`, {
      where: `--set ${unknown}`,
      hint: known,
    });
  }
  const name = String(parsed.error.issues[0].path[0]);
  throw new EchoError("USAGE", `${name} is ${JSON.stringify(raw[name])}, ${accepted(schemas[name])} is due`, {
    where: `--set ${name}`,
    hint: known,
  });
}
