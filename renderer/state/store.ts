import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../bridge/client.ts";
import { type JobState, job } from "./job.ts";
import { PictureCache } from "./pictures.ts";
import { type RecipeState, recipe } from "./recipe.ts";
import { type ScansState, scans } from "./scans.ts";
import { type SessionState, session } from "./session.ts";
import { type ViewState, view } from "./view.ts";

export type State = SessionState & ScansState & RecipeState & JobState & ViewState;

/** What the parts of the state may use beside each other. */
export interface Tools {
  readonly client: Pick<Client, "ask" | "adopt" | "download" | "kind">;
  readonly cache: PictureCache;
}
type Set = (part: Partial<State>) => void;
/** One room of the state: its values and the actions on them. */
export type Part<S> = (set: Set, get: () => State, tools: Tools) => S;

export interface Store {
  readonly api: StoreApi<State>;
  readonly tools: Tools;
}

export function createWindowStore(client: Tools["client"]): Store {
  const tools: Tools = { client, cache: new PictureCache() };
  const api = createStore<State>()((set, get) => ({
    ...session(set, get, tools),
    ...scans(set, get, tools),
    ...recipe(set, get, tools),
    ...job(set, get, tools),
    ...view(set, get, tools),
  }));
  return { api, tools };
}
