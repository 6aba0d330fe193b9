/** Markup that is already escaped; only `html` makes it. */
export interface Html {
  readonly markup: string;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

type Part = Html | readonly Html[] | string | number;

function markupOf(part: Part): string {
  if (typeof part === "string" || typeof part === "number") return escapeHtml(String(part));
  return "markup" in part ? part.markup : part.map((one) => one.markup).join("");
}

/** Template whose values are escaped unless they are `Html` themselves. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return { markup: strings.map((text, i) => text + (i < parts.length ? markupOf(parts[i]) : "")).join("") };
}

export const nothing: Html = { markup: "" };
