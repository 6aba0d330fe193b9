import { describe, expect, it } from "vitest";
import { decodeFrame, encodeFrame } from "../../../electron/contracts/frame.ts";

describe("frames", () => {
  it("carry nested values, typed arrays and special floats unchanged", () => {
    const message = {
      type: "done",
      text: "Schädel, 頭",
      data: Float32Array.of(1.5, Number.NaN, Number.NEGATIVE_INFINITY, 1e-38),
      deep: [{ bytes: Uint8Array.of(1, 2, 3) }, null, { empty: new Float32Array(0) }],
    };
    expect(decodeFrame(encodeFrame(message))).toEqual(message);
  });

  it("carry views on larger buffers and survive an unaligned place", () => {
    const view = new Float32Array([9, 1, 2, 3, 9]).subarray(1, 4);
    const frame = encodeFrame({ view });
    const shifted = new Uint8Array(frame.length + 1);
    shifted.set(frame, 1);
    expect(decodeFrame(shifted.subarray(1))).toEqual({ view: Float32Array.of(1, 2, 3) });
  });

  it("give arrays of their own out of a Node buffer, whose slice is a view", () => {
    const frame = encodeFrame({ data: Float32Array.of(1, 2, 3), bytes: Uint8Array.of(7, 8) });
    const buffer = Buffer.concat([Buffer.from("before"), frame, Buffer.from("after")]);
    const decoded = decodeFrame(buffer.subarray(6, 6 + frame.length)) as {
      data: Float32Array;
      bytes: Uint8Array;
    };
    buffer.fill(0);
    expect(decoded).toEqual({ data: Float32Array.of(1, 2, 3), bytes: Uint8Array.of(7, 8) });
    expect(decoded.data.buffer.byteLength).toBe(12);
  });

  it("refuse other typed arrays", () => {
    expect(() => encodeFrame({ data: new Float64Array(1) })).toThrow(TypeError);
  });

  it("refuse damaged frames", () => {
    const frame = encodeFrame({ data: Float32Array.of(1, 2) });
    expect(() => decodeFrame(frame.subarray(0, frame.length - 4))).toThrow(RangeError);
    expect(() => decodeFrame(frame.subarray(0, 6))).toThrow(RangeError);
    expect(() => decodeFrame(frame.subarray(0, 2))).toThrow(RangeError);
    const forged = (reference: unknown): Uint8Array => {
      const text = new TextEncoder().encode(JSON.stringify({ data: { $array: reference } }));
      const bytes = new Uint8Array(4 + text.length);
      new DataView(bytes.buffer).setUint32(0, text.length, true);
      bytes.set(text, 4);
      return bytes;
    };
    for (const reference of [["f32", 0, 4], ["f32", -8, 8], ["f64", 0, 0], ["f32", 0, 1.5], ["f32"], "f32"]) {
      expect(() => decodeFrame(forged(reference))).toThrow(RangeError);
    }
  });
});
