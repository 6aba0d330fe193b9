import type { MethodDescription } from "../../electron/contracts/operations.ts";
import type { WindowResponse } from "../../electron/contracts/window.ts";
import type { EngineMessage } from "../bridge/client.ts";
import { BridgeError } from "../bridge/error.ts";
import type { TransportState } from "../bridge/transport.ts";
import { words } from "../words/en.ts";
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

export const session: Part<SessionState> = (set, get, { client }) => {
  /** Asks for the methods; without an engine it is asked again when one is there. */
  const loadMethods = async (): Promise<void> => {
    const answer = await client.ask("methods", {}).catch(() => null);
    if (answer === null) return;
    const { methods } = answer;
    const { engine, recipe, chooseMethod } = get();
    set({ methods, engine: engine.state === "starting" ? { state: "ready", text: "" } : engine });
    if (recipe.method === "" && methods.length > 0) chooseMethod(methods[0].id);
  };
  return {
    connection: "connecting",
    engine: { state: "starting", text: "" },
    engineStarts: 0,
    welcome: null,
    methods: [],
    async connected(state) {
      set({ connection: state });
      if (state !== "open" || get().welcome !== null) return;
      try {
        const welcome = await client.ask("welcome", {});
        set({ welcome });
        await loadMethods();
        // Files among the places are those that the program was started with.
        await get().openPlaces(welcome.places.filter((one) => one.kind === "file").map((one) => one.handle));
      } catch (error) {
        set({ openFault: BridgeError.from(error, words.codes.INTERNAL).fault });
      }
    },
    engineTold({ state, text }) {
      const back = state !== "lost";
      set({ engine: { state, text }, engineStarts: get().engineStarts + (back ? 1 : 0) });
      if (back && get().methods.length === 0 && get().connection === "open") void loadMethods();
    },
    dismissEngine: () => set({ engine: { state: "ready", text: "" } }),
  };
};
