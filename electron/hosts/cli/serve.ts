import { startEngine } from "../engine/client.ts";
import { startWebHost } from "../web/server.ts";
import type { VoiceOptions } from "./options.ts";
import { answer, exitCodes } from "./terminal.ts";

/** Runs the web host until it is interrupted. */
export async function serve(folders: string[], options: VoiceOptions & { port?: number }): Promise<number> {
  const engine = startEngine({
    environment: options.threads === undefined ? {} : { PUREECHO_THREADS: String(options.threads) },
    onLog: (line) => {
      if (process.env.PUREECHO_LOG === "1") process.stderr.write(`engine: ${line}\n`);
    },
  });
  try {
    const host = await startWebHost({ engine, folders, port: options.port ?? 0 });
    answer(options, { url: host.url }, () => [
      `PureEcho is at ${host.url}`,
      "The address holds this start's key: keep it to yourself. Ctrl-C ends it.",
    ]);
    await new Promise<void>((stop) => {
      process.once("SIGINT", () => stop());
      process.once("SIGTERM", () => stop());
    });
    await host.close();
  } finally {
    await engine.close();
  }
  return exitCodes.done;
}
