import { EchoError } from "../base/errors.ts";

/**
 * Decodes one frame of RLE Lossless (PS3.5 Annex G): a header of sixteen 32-bit words (number of segments, their
 * offsets), then PackBits segments, one per byte of the samples, most significant byte first.
 *
 * @returns little-endian samples of `bytesPerSample`, row-major.
 * @throws EchoError DAMAGED when segments lie outside of the frame or do not fill it.
 */
export function decodeRle(
  frame: Uint8Array,
  samples: number,
  bytesPerSample: number,
  at: { path: string; where: string },
): Uint8Array {
  if (frame.length < 64) throw new EchoError("DAMAGED", "an RLE frame is shorter than its header", at);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const segments = view.getUint32(0, true);
  if (segments !== bytesPerSample) {
    throw new EchoError(
      "DAMAGED",
      `an RLE frame of ${segments} segments where ${bytesPerSample} are needed`,
      at,
    );
  }
  const out = new Uint8Array(samples * bytesPerSample);
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const next = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : frame.length;
    if (start < 64 || start > next || next > frame.length) {
      throw new EchoError("DAMAGED", `RLE segment ${segment} lies outside of its frame`, at);
    }
    const first = bytesPerSample - 1 - segment;
    const filled = unpack(frame.subarray(start, next), out, first, bytesPerSample, samples);
    if (filled < samples) {
      throw new EchoError("DAMAGED", `RLE segment ${segment} ends after ${filled} of ${samples} samples`, at);
    }
  }
  return out;
}

/** PackBits into every `stride`-th byte from `first`; returns the number of bytes written, at most `count`. */
function unpack(source: Uint8Array, out: Uint8Array, first: number, stride: number, count: number): number {
  let read = 0;
  let written = 0;
  while (written < count && read < source.length) {
    const control = source[read++];
    if (control < 128) {
      const literal = Math.min(control + 1, source.length - read, count - written);
      for (let i = 0; i < literal; i++) out[first + stride * written++] = source[read + i];
      read += control + 1;
    } else if (control > 128) {
      if (read >= source.length) break;
      const value = source[read++];
      const repeat = Math.min(257 - control, count - written);
      for (let i = 0; i < repeat; i++) out[first + stride * written++] = value;
    }
  }
  return written;
}
