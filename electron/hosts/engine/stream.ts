import type { Readable, Writable } from "node:stream";
import { decodeFrame, encodeFrame } from "../../contracts/frame.ts";

/** A frame on a pipe: u32 length, little-endian, then the frame of `contracts/frame.ts`. */
const maximalFrame = 1 << 30;

export function writeFrame(stream: Writable, message: unknown): void {
  const frame = encodeFrame(message);
  const head = Buffer.alloc(4);
  head.writeUInt32LE(frame.length);
  stream.write(head);
  stream.write(frame);
}

/** Calls `take` with every message of a pipe; `broken` once when the other side does not speak frames. */
export function readFrames(
  stream: Readable,
  take: (message: unknown) => void,
  broken: (reason: string) => void,
): void {
  let waiting: Buffer[] = [];
  let bytes = 0;
  let failed = false;
  stream.on("data", (chunk: Buffer) => {
    if (failed) return;
    waiting.push(chunk);
    bytes += chunk.length;
    while (bytes >= 4) {
      if (waiting[0].length < 4) waiting = [Buffer.concat(waiting)];
      const length = waiting[0].readUInt32LE(0);
      if (length > maximalFrame) {
        failed = true;
        broken(`a frame of ${length} bytes was announced`);
        return;
      }
      if (bytes < 4 + length) return;
      const whole = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
      const frame = whole.subarray(4, 4 + length);
      const rest = whole.subarray(4 + length);
      waiting = rest.length > 0 ? [rest] : [];
      bytes = rest.length;
      let message: unknown;
      try {
        message = decodeFrame(frame);
      } catch (error) {
        failed = true;
        broken(error instanceof Error ? error.message : String(error));
        return;
      }
      take(message);
    }
  });
}
