import { isAbsolute } from "node:path";
import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from "electron";
import { z } from "zod";
import { type FromWindow, fromWindowSchema, type Place, type ToWindow } from "../../contracts/window.ts";
import { EchoError, faultOf } from "../../engine/base/errors.ts";
import { faultForWindow } from "../desk/plain-words.ts";
import { channels } from "./channels.ts";
import { isWindowAddress } from "./scheme.ts";

const adoptSchema = z.tuple([z.array(z.string().max(4096).refine(isAbsolute)).min(1).max(10_000)]);
const askSchema = z.tuple([fromWindowSchema]);

/** True when a message comes from the page we made: its top frame, still there, at the window's own address. */
function isFromWindow(
  event: Pick<IpcMainEvent | IpcMainInvokeEvent, "sender" | "senderFrame">,
  contents: WebContents | null,
): boolean {
  const frame = event.senderFrame;
  return (
    contents !== null &&
    event.sender === contents &&
    frame !== null &&
    frame.parent === null &&
    isWindowAddress(frame.url)
  );
}

export interface WindowEar {
  onMessage(message: FromWindow): void;
  adopt(paths: string[]): Promise<Place[]>;
  /** Told about every message that was refused, in words without its content. */
  onRefused(reason: string): void;
}

/**
 * The only place where messages of the window are received. Nothing is done for a message before its sender and its
 * form are checked; what does not fit is dropped (messages) or refused in words without a path (questions).
 */
export function listenToWindow(ipc: IpcMain, contents: () => WebContents | null, ear: WindowEar): void {
  const checked = <T>(
    event: IpcMainEvent | IpcMainInvokeEvent,
    schema: z.ZodType<T>,
    args: unknown[],
    channel: string,
  ): T => {
    if (!isFromWindow(event, contents())) {
      ear.onRefused(`${channel}: not sent by the window's own page`);
      throw new EchoError("FORBIDDEN", "this page may not ask");
    }
    const parsed = schema.safeParse(args);
    if (!parsed.success) {
      const places = parsed.error.issues.map((issue) => z.core.toDotPath(issue.path)).join(", ");
      ear.onRefused(`${channel}: not in the agreed form (${places})`);
      throw new EchoError("FORBIDDEN", "the message is not in the agreed form");
    }
    return parsed.data;
  };
  ipc.on(channels.ask, (event, ...args: unknown[]) => {
    let message: FromWindow;
    try {
      [message] = checked(event, askSchema, args, channels.ask);
    } catch {
      return;
    }
    ear.onMessage(message);
  });
  ipc.handle(channels.adopt, async (event, ...args: unknown[]) => {
    try {
      const [paths] = checked(event, adoptSchema, args, channels.adopt);
      return await ear.adopt(paths);
    } catch (error) {
      // Electron passes the text of an error on to the page: no path may be in it.
      const fault = faultForWindow(faultOf(error));
      throw new Error(`${fault.code}: ${fault.reason}`);
    }
  });
}

/** Sends to the window, where it still is. */
export function tellWindow(contents: WebContents | null, message: ToWindow): void {
  if (contents !== null && !contents.isDestroyed()) contents.send(channels.tell, message);
}
