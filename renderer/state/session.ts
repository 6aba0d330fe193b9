import type { MethodDescription } from "../../electron/contracts/operations.ts";
import type { WindowResponse } from "../../electron/contracts/window.ts";
import type { EngineMessage } from "../bridge/client.ts";
import type { TransportState } from "../bridge/transport.ts";
import type { Part } from "./store.ts";

export type Welcome = WindowResponse<"welcome">;

/** The host and its engine. */
export interface SessionState {
  connection: TransportState;
  engine: { state: EngineMessage["state"] | "starting"; text: string };
  /** Grows whenever the engine is back, so that pictures which failed are asked for again. */
  engineStarts: number;
  welcome: Welcome | null;
  methods: readonly MethodDescription[];
  connected(state: TransportState): Promise<void>;
  engineTold(message: EngineMessage): void;
  dismissEngine(): void;
}

export const session: Part<SessionState> = (set, get, { client }) => ({
  connection: "connecting",
  engine: { state: "starting", text: "" },
  engineStarts: 0,
  welcome: null,
  methods: [],
  async connected(state) {
    set({ connection: state });
    if (state !== "open" || get().welcome !== null) return;
    const welcome = await client.ask("welcome", {}).catch(() => null);
    if (welcome === null) return;
    set({ welcome });
    const { methods } = await client.ask("methods", {}).catch(() => ({ methods: [] }));
    set({ methods, engine: { state: "ready", text: "" } });
    if (get().recipe.method === "" && methods.length > 0) get().chooseMethod(methods[0].id);
    // Files among the places are those that the program was started with.
    await get().openPlaces(welcome.places.filter((one) => one.kind === "file").map((one) => one.handle));
  },
  engineTold({ state, text }) {
    const back = state !== "lost";
    set({ engine: { state, text }, engineStarts: get().engineStarts + (back ? 1 : 0) });
    if (back && get().methods.length === 0 && get().connection === "open") {
      client
        .ask("methods", {})
        .then(({ methods }) => {
          set({ methods });
          if (get().recipe.method === "" && methods.length > 0) get().chooseMethod(methods[0].id);
        })
        .catch(() => undefined);
    }
  },
  dismissEngine: () => set({ engine: { state: "ready", text: "" } }),
});
