/**
 * One binary form for every border that carries messages with pixels (engine pipe, web socket): a length-prefixed
 * JSON text in which typed arrays are replaced by references into the bytes that follow it.
 *
 * Layout, little-endian: u32 JSON bytes n | n bytes of UTF-8 JSON padded with spaces to a multiple of 8 | arrays,
 * each starting at a multiple of 8.
 */

const arrayKinds = { f32: Float32Array, u8: Uint8Array } as const;
type ArrayKind = keyof typeof arrayKinds;
const referenceKey = "$array";

function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** @throws TypeError when the value holds a typed array other than Float32Array or Uint8Array. */
export function encodeFrame(message: unknown): Uint8Array<ArrayBuffer> {
  const parts: { offset: number; bytes: Uint8Array }[] = [];
  let bodyLength = 0;
  const json = JSON.stringify(message, (_key, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    const kind: ArrayKind | null =
      value instanceof Float32Array ? "f32" : value instanceof Uint8Array ? "u8" : null;
    if (kind === null) throw new TypeError("a frame carries Float32Array and Uint8Array only");
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const offset = bodyLength;
    parts.push({ offset, bytes });
    bodyLength = aligned(bodyLength + bytes.length);
    return { [referenceKey]: [kind, offset, bytes.length] };
  });
  const text = new TextEncoder().encode(json);
  const head = aligned(4 + text.length);
  const frame = new Uint8Array(head + bodyLength);
  new DataView(frame.buffer).setUint32(0, head - 4, true);
  frame.fill(0x20, 4, head);
  frame.set(text, 4);
  for (const part of parts) frame.set(part.bytes, head + part.offset);
  return frame;
}

/**
 * @throws RangeError on a truncated frame or a reference outside of it, SyntaxError on bad JSON. Arrays are copies:
 * they do not keep the frame alive.
 */
export function decodeFrame(frame: Uint8Array): unknown {
  if (frame.length < 4) throw new RangeError("frame shorter than its head");
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const textLength = view.getUint32(0, true);
  const head = 4 + textLength;
  if (head > frame.length) throw new RangeError("frame shorter than its text");
  const text = new TextDecoder("utf-8", { fatal: true }).decode(frame.subarray(4, head));
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== "object" || value === null || !(referenceKey in value)) return value;
    const reference = (value as Record<string, unknown>)[referenceKey];
    if (!Array.isArray(reference) || reference.length !== 3) throw new RangeError("bad array reference");
    const [kind, offset, length] = reference as [string, number, number];
    if (kind !== "f32" && kind !== "u8") throw new RangeError("unknown array kind");
    if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
      throw new RangeError("bad array reference");
    }
    if (head + offset + length > frame.length) throw new RangeError("array reference outside of the frame");
    // Not `slice`: on Node's Buffer it is a view, and the array would then begin where the shared memory does.
    const bytes = new Uint8Array(length);
    bytes.set(frame.subarray(head + offset, head + offset + length));
    return kind === "f32" ? new Float32Array(bytes.buffer, 0, length / 4) : bytes;
  });
}
