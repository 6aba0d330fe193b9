import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { State, Store } from "./store.ts";

export const StoreContext = createContext<Store | null>(null);

export function useWindowStore(): Store {
  const store = useContext(StoreContext);
  if (store === null) throw new Error("the window's store is not provided");
  return store;
}

/** A value of the window's state. `select` must return what stands in the state, not a fresh object. */
export function useWindow<T>(select: (state: State) => T): T {
  return useStore(useWindowStore().api, select);
}
