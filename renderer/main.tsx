import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./base.css";
import { openClient } from "./bridge/client.ts";
import { App } from "./pages/App.tsx";
import { StoreContext } from "./state/context.ts";
import { createWindowStore } from "./state/store.ts";

const client = openClient();
const store = createWindowStore(client);
client.listen({
  onState: (state) => void store.api.getState().connected(state),
  onEngine: (message) => store.api.getState().engineTold(message),
  onOpened: (places) => void store.api.getState().openPlaces(places.map((place) => place.handle)),
});

const root = document.getElementById("window");
if (root === null) throw new Error("the page has no place for the window");
createRoot(root).render(
  <StrictMode>
    <StoreContext value={store}>
      <App />
    </StoreContext>
  </StrictMode>,
);
