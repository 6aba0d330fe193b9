import { describe, expect, it } from "vitest";
import type { FromWindow, ToWindow } from "../../../electron/contracts/window.ts";
import { Client, type EngineMessage } from "../../../renderer/bridge/client.ts";
import type { Transport, TransportState } from "../../../renderer/bridge/transport.ts";

function bridge() {
  const sent: FromWindow[] = [];
  let receive: (message: ToWindow) => void = () => undefined;
  let state: (state: TransportState) => void = () => undefined;
  const transport: Transport = {
    kind: "desktop",
    send: (message) => sent.push(message),
    listen: (onMessage, onState) => {
      receive = onMessage;
      state = onState;
    },
    adopt: async () => [],
    download: () => undefined,
  };
  const client = new Client(transport);
  const engine: EngineMessage[] = [];
  const opened: string[] = [];
  client.listen({
    onState: () => undefined,
    onEngine: (message) => engine.push(message),
    onOpened: (places) => opened.push(...places.map((place) => place.name)),
  });
  return {
    client,
    sent,
    engine,
    opened,
    receive: (message: ToWindow) => receive(message),
    state: (one: TransportState) => state(one),
  };
}

const denied = { code: "FORBIDDEN" as const, path: null, where: null, reason: "no", hint: null };

describe("client of the bridge", () => {
  it("brings every answer to its question, in any order", async () => {
    const { client, sent, receive } = bridge();
    const first = client.ask("methods", {});
    const second = client.ask("models", {});
    expect(sent.map((one) => one.type === "ask" && one.operation)).toEqual(["methods", "models"]);
    receive({ type: "answer", id: sent[1].id, response: { models: [], note: "none" } });
    receive({ type: "failed", id: sent[0].id, fault: denied });
    expect(await second).toEqual({ models: [], note: "none" });
    await expect(first).rejects.toMatchObject({ fault: { code: "FORBIDDEN" } });
    // Late and foreign answers have nobody to go to.
    receive({ type: "answer", id: sent[0].id, response: {} });
    receive({ type: "answer", id: 999, response: {} });
  });

  it("tells events while a question is open, and cancels it by its number", async () => {
    const { client, sent, receive } = bridge();
    const stop = new AbortController();
    const stages: string[] = [];
    const answer = client.ask(
      "methods",
      {},
      {
        signal: stop.signal,
        onEvent: (event) => event.kind === "notice" && stages.push(event.text),
      },
    );
    const { id } = sent[0];
    receive({ type: "event", id, event: { kind: "notice", level: "info", text: "one" } });
    stop.abort();
    expect(sent.at(-1)).toEqual({ type: "cancel", id });
    receive({ type: "failed", id, fault: { ...denied, code: "CANCELLED" } });
    await expect(answer).rejects.toMatchObject({ fault: { code: "CANCELLED" } });
    receive({ type: "event", id, event: { kind: "notice", level: "info", text: "late" } });
    expect(stages).toEqual(["one"]);
  });

  it("leaves no question open when the host is gone, and passes on what it did not ask for", async () => {
    const { client, engine, opened, receive, state } = bridge();
    const answer = client.ask("methods", {});
    receive({ type: "engine", state: "lost", text: "ended" });
    expect(engine).toEqual([{ type: "engine", state: "lost", text: "ended" }]);
    receive({
      type: "opened",
      places: [{ handle: `p-${"0".repeat(24)}`, name: "scan.h5", kind: "file", note: "" }],
    });
    expect(opened).toEqual(["scan.h5"]);
    state("closed");
    await expect(answer).rejects.toMatchObject({ fault: { code: "ENGINE_LOST" } });
  });
});
