import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type Engine, type EngineOptions, startEngine } from "../../../electron/hosts/engine/client.ts";
import { repositoryRoot } from "../../support/shared.ts";

const script = join(repositoryRoot, "test/fixtures/fake-engine.ts");
let engine: Engine | null = null;

function start(options: EngineOptions = {}): Engine {
  engine = startEngine({ script, ...options });
  return engine;
}

afterEach(async () => {
  await engine?.close();
  engine = null;
});

/** Starts an operation that never ends by itself and resolves when it is running. */
function endless(running: Engine, signal?: AbortSignal): { begun: Promise<void>; end: Promise<unknown> } {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const end = running.ask("rerun", { record: "x" }, { signal, onEvent: () => begin() });
  end.catch(() => undefined);
  return { begun, end };
}

describe("the engine's supervision", () => {
  it("answers, and validates what the engine says", async () => {
    const running = start();
    expect(await running.ask("models", {})).toMatchObject({ models: [] });
    await expect(running.ask("methods", {})).rejects.toMatchObject({ fault: { code: "INTERNAL" } });
  });

  it("tells a crash, fails what ran, and is back in under a second", async () => {
    const running = start();
    const states: string[] = [];
    const back = new Promise<number>((resolve) => {
      running.onState((state) => {
        states.push(state);
        if (state === "restarted") resolve(performance.now());
      });
    });
    const job = endless(running);
    await job.begun;
    const killed = performance.now();
    process.kill(running.pid!, "SIGKILL");
    await expect(job.end).rejects.toMatchObject({ fault: { code: "ENGINE_LOST" } });
    expect((await back) - killed).toBeLessThan(1_000);
    expect(states.slice(-2)).toEqual(["lost", "restarted"]);
    expect(await running.ask("models", {})).toMatchObject({ models: [] });
  });

  it("stops restarting an engine that ends again and again", async () => {
    const running = startEngine({ script: join(repositoryRoot, "test/fixtures/no-such-engine.ts") });
    engine = running;
    const texts: string[] = [];
    await new Promise<void>((resolve) => {
      running.onState((_, text) => {
        texts.push(text);
        if (text.includes("is not restarted")) resolve();
      });
    });
    expect(texts.length).toBe(6);
    await expect(running.ask("models", {})).rejects.toMatchObject({ fault: { code: "ENGINE_LOST" } });
  });

  it("cancels by asking", async () => {
    const running = start();
    const pid = running.pid;
    const cancel = new AbortController();
    const job = endless(running, cancel.signal);
    await job.begun;
    cancel.abort();
    await expect(job.end).rejects.toMatchObject({ fault: { code: "CANCELLED" } });
    expect(running.pid).toBe(pid);
  });

  it("ends a process that does not listen to cancelling", async () => {
    const running = start({ graceMs: 100, environment: { FAKE_ENGINE_STUBBORN: "1" } });
    const pid = running.pid;
    const cancel = new AbortController();
    const job = endless(running, cancel.signal);
    await job.begun;
    cancel.abort();
    await expect(job.end).rejects.toMatchObject({ fault: { code: "CANCELLED" } });
    expect(await running.ask("models", {})).toMatchObject({ models: [] });
    expect(running.pid).not.toBe(pid);
  });

  it("replaces an idle process that holds too much memory, without a word to the user", async () => {
    const running = start({ recycleBytes: 1_000, environment: { FAKE_ENGINE_RSS: "2000" } });
    const states: string[] = [];
    running.onState((state) => states.push(state));
    const first = await running.ask("models", {});
    const second = await running.ask("models", {});
    expect(second.note).not.toBe(first.note);
    expect(states).not.toContain("lost");
  });

  it("refuses work after closing", async () => {
    const running = start();
    await running.ask("models", {});
    await running.close();
    await expect(running.ask("models", {})).rejects.toMatchObject({ fault: { code: "ENGINE_LOST" } });
  });
});
