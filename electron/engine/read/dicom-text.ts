import type { DataSet } from "dicom-parser";

/** Encodings of Specific Character Set (0008,0005), PS3.3 C.12.1.1.2, with and without code extensions. */
const encodings: Record<string, string> = {
  "": "latin1",
  "ISO_IR 6": "latin1",
  "ISO_IR 100": "latin1",
  "ISO_IR 101": "iso-8859-2",
  "ISO_IR 109": "iso-8859-3",
  "ISO_IR 110": "iso-8859-4",
  "ISO_IR 144": "iso-8859-5",
  "ISO_IR 127": "iso-8859-6",
  "ISO_IR 126": "iso-8859-7",
  "ISO_IR 138": "iso-8859-8",
  "ISO_IR 148": "windows-1254",
  "ISO_IR 203": "iso-8859-15",
  "ISO_IR 13": "shift_jis",
  "ISO_IR 166": "windows-874",
  "ISO_IR 192": "utf-8",
  "ISO_IR 58": "gb18030",
  "ISO_IR 149": "euc-kr",
  GB18030: "gb18030",
  GBK: "gbk",
};

/** Escape sequences of PS3.3 table C.12-3 and C.12-4 and what follows them; null: ISO 2022 Japanese, kept as it is. */
const escapes: readonly (readonly [string, string | null])[] = [
  ["\x1b$B", null],
  ["\x1b$(D", null],
  ["\x1b(J", "shift_jis"],
  ["\x1b)I", "shift_jis"],
  ["\x1b$)C", "euc-kr"],
  ["\x1b$)A", "gb18030"],
  ["\x1b(B", "latin1"],
  ["\x1b-A", "latin1"],
  ["\x1b-B", "iso-8859-2"],
  ["\x1b-C", "iso-8859-3"],
  ["\x1b-D", "iso-8859-4"],
  ["\x1b-L", "iso-8859-5"],
  ["\x1b-G", "iso-8859-6"],
  ["\x1b-F", "iso-8859-7"],
  ["\x1b-H", "iso-8859-8"],
  ["\x1b-M", "windows-1254"],
  ["\x1b-T", "windows-874"],
];

function decode(bytes: Uint8Array, encoding: string): string {
  return new TextDecoder(encoding).decode(bytes);
}

/** Text of one value in the character set `stated`; undefined sets are read as Latin-1. */
function decodeText(bytes: Uint8Array, stated: string): string {
  const sets = stated.split("\\").map((name) => name.trim().replace("ISO 2022 IR", "ISO_IR"));
  const first = encodings[sets[0]] ?? "latin1";
  const text = Buffer.from(bytes).toString("latin1");
  if (!text.includes("\x1b")) return clean(decode(bytes, first));
  let out = "";
  let encoding: string | null = first;
  const parts = text.split("\x1b").map((part, index) => (index === 0 ? part : `\x1b${part}`));
  for (const part of parts) {
    const found = escapes.find(([sequence]) => part.startsWith(sequence));
    if (found !== undefined) encoding = found[1];
    const body = found === undefined ? part : part.slice(found[0].length);
    if (encoding === null) {
      const sequence = found?.[0] ?? "";
      out += jis(Buffer.from(body, "latin1"), sequence === "\x1b$(D");
      continue;
    }
    // Delimiters end a code extension: what follows is the first set again (PS3.5 6.1.2.5.3).
    const end = body.search(/[\^=\\\r\n]/);
    const inside = end < 0 ? body : body.slice(0, end);
    out += decode(Buffer.from(inside, "latin1"), encoding);
    if (end >= 0) out += decode(Buffer.from(body.slice(end), "latin1"), first);
  }
  return clean(out);
}

/** JIS X 0208 (or the supplementary 0212) through EUC-JP, whose two bytes are the same ones with the high bit set. */
function jis(bytes: Buffer, supplementary: boolean): string {
  const shifted: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    if (supplementary) shifted.push(0x8f);
    shifted.push(bytes[i] | 0x80, bytes[i + 1] | 0x80);
  }
  return decode(Uint8Array.from(shifted), "euc-jp");
}

function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: padding is spaces and NUL (PS3.5 6.2)
  return text.replace(/[\s\u0000]+$/, "").trimStart();
}

/** Text of an element in the file's own character set, empty where it is missing. */
export function textOf(dataSet: DataSet, tag: string, characterSet: string): string {
  const element = dataSet.elements[tag];
  if (element === undefined || element.length === 0) return "";
  const bytes = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  return decodeText(bytes, characterSet);
}

/** Decimal or integer string values; values that are no numbers become NaN. */
export function numbersOf(dataSet: DataSet, tag: string): number[] {
  const text = dataSet.string(tag);
  return text === undefined || text === "" ? [] : text.split("\\").map((part) => Number.parseFloat(part));
}
