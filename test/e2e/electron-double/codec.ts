/**
 * Structured clones as text, for both sides of the wire: this function runs in Node and, as its own source, in the page.
 * What cannot be cloned throws as it does in Electron.
 */
export function makeCodec(): { encode: (value: unknown) => string; decode: (text: string) => unknown } {
  const toText = (bytes: Uint8Array): string => {
    if (typeof Buffer !== "undefined") return Buffer.from(bytes).toString("base64");
    let binary = "";
    for (let at = 0; at < bytes.length; at += 8192) {
      binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
    }
    return btoa(binary);
  };
  const toBytes = (text: string): Uint8Array<ArrayBuffer> =>
    Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const pack = (value: unknown): unknown => {
    if (value === undefined) return { $: "undefined" };
    if (typeof value === "number" && !Number.isFinite(value)) return { $: "number", v: String(value) };
    if (value === null || ["string", "number", "boolean"].includes(typeof value)) return value;
    if (value instanceof Float32Array || value instanceof Uint8Array) {
      const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
      return { $: value instanceof Float32Array ? "f32" : "u8", v: toText(bytes) };
    }
    if (Array.isArray(value)) return value.map(pack);
    if (typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value))) {
      return { $: "object", v: Object.entries(value).map(([key, one]) => [key, pack(one)]) };
    }
    throw new Error("An object could not be cloned.");
  };
  const unpack = (value: unknown): unknown => {
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(unpack);
    const { $: kind, v } = value as { $: string; v: unknown };
    if (kind === "undefined") return undefined;
    if (kind === "number") return Number(v);
    if (kind === "f32") return new Float32Array(toBytes(v as string).buffer);
    if (kind === "u8") return toBytes(v as string);
    return Object.fromEntries((v as [string, unknown][]).map(([key, one]) => [key, unpack(one)]));
  };
  return {
    encode: (value) => JSON.stringify(pack(value)),
    decode: (text) => unpack(JSON.parse(text)),
  };
}
