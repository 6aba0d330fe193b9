import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { deviceChoiceSchema, type OutputFormat, outputFormats } from "../../contracts/record.ts";

export interface VoiceOptions {
  json: boolean;
  quiet: boolean;
  threads?: number;
}

export interface CommonOptions extends VoiceOptions {
  device: "auto" | "cpu" | "cuda" | "webgpu" | "dml" | "coreml";
  seed: number;
  out: string;
}

function wholeNumber(lowest: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < lowest) {
      throw new InvalidArgumentError(`Give a whole number of at least ${lowest}.`);
    }
    return value;
  };
}

export const positive = wholeNumber(1);
export const notNegative = wholeNumber(0);

export function portNumber(text: string): number {
  const port = positive(text);
  if (port > 65_535) throw new InvalidArgumentError("Give a port of at most 65535.");
  return port;
}

export function notNegativeNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError("Give a number of at least 0.");
  return value;
}

/** `a:b`, half-open. */
export function sliceRange(text: string): [number, number] {
  const match = /^(\d+):(\d+)$/.exec(text);
  if (match === null || Number(match[1]) >= Number(match[2])) {
    throw new InvalidArgumentError("Give a:b with a below b: the slices from a up to, not with, b.");
  }
  return [Number(match[1]), Number(match[2])];
}

/** Repeated `--set key=value`. */
export function collectSetting(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Give key=value.");
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

export function formatList(text: string): OutputFormat[] {
  const formats = text.split(",").filter((one) => one !== "");
  const unknown = formats.find((one) => !(outputFormats as readonly string[]).includes(one));
  if (unknown !== undefined || formats.length === 0) {
    throw new InvalidArgumentError(`Give one or more of ${outputFormats.join(", ")}, parted by commas.`);
  }
  return formats as OutputFormat[];
}

/** The options of every command. */
export function withVoiceOptions(command: Command): Command {
  return command
    .option("--json", "print one JSON document", false)
    .option("--quiet", "print no progress", false)
    .option("--threads <n>", "threads to compute with", positive);
}

/** The options of every command that computes and writes (design section 5). */
export function withCommonOptions(command: Command, out: string): Command {
  return withVoiceOptions(command)
    .addOption(
      new Option("--device <id>", "where networks run").choices(deviceChoiceSchema.options).default("auto"),
    )
    .option("--seed <n>", "seed of every random draw", notNegative, 0)
    .option("--out <dir>", "folder for what is written", (text: string) => resolve(text), resolve(out));
}
