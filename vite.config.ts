import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The window: one page for the web host and for the shell's own scheme, so addresses inside it are relative. */
export default defineConfig({
  root: "renderer",
  base: "./",
  publicDir: false,
  plugins: [react()],
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    target: "chrome130",
    // Nothing inline: the content security policy allows files of this origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  css: { modules: { localsConvention: "camelCaseOnly" } },
});
