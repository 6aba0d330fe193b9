/**
 * The engine process: takes operations as frames on standard input and answers on file descriptor 3. Standard
 * output and error are free for what libraries print; the door reads them as its log.
 */
import { createWriteStream } from "node:fs";
import { type FromEngine, toEngineSchema } from "../../contracts/protocol.ts";
import { EchoError, faultOf } from "../../engine/base/errors.ts";
import { createOperations } from "../../engine/pipeline/operations.ts";
import { programVersion } from "../../engine/pipeline/program.ts";
import { readFrames, writeFrame } from "./stream.ts";

const answers = createWriteStream("", { fd: 3 });
const running = new Map<number, AbortController>();
const operations = createOperations();

function send(message: FromEngine): void {
  writeFrame(answers, message);
}

async function start(id: number, operation: string, request: unknown): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const response = await operations.run(operation, request, {
      signal: controller.signal,
      onEvent: (event) => send({ type: "event", id, event }),
    });
    send({ type: "done", id, response, rssBytes: process.memoryUsage.rss() });
  } catch (error) {
    const fault = faultOf(error);
    // The stack of a programming error goes to the log only; the user is told the reason.
    if (fault.code === "INTERNAL") console.error(error);
    send({ type: "failed", id, fault, rssBytes: process.memoryUsage.rss() });
  } finally {
    running.delete(id);
  }
}

function take(raw: unknown): void {
  const message = toEngineSchema.safeParse(raw);
  if (!message.success) {
    console.error(`unreadable message from the door: ${message.error.message}`);
    return;
  }
  switch (message.data.type) {
    case "start":
      void start(message.data.id, message.data.operation, message.data.request);
      break;
    case "cancel":
      running.get(message.data.id)?.abort(new EchoError("CANCELLED", "cancelled by the user"));
      break;
    case "shutdown":
      process.exit(0);
  }
}

readFrames(process.stdin, take, (reason) => {
  console.error(`the door sent no frame: ${reason}`);
  process.exit(1);
});
// The door is gone: nobody is left to answer.
process.stdin.on("end", () => process.exit(0));
answers.on("error", () => process.exit(0));

send({ type: "ready", version: programVersion, pid: process.pid });
