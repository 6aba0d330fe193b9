import { defineConfig, type EnvironmentOptions } from "vite";

function half(name: string, input: string, format: "es" | "cjs"): EnvironmentOptions {
  return {
    consumer: "server",
    resolve: { noExternal: true, external: ["electron"] },
    build: {
      outDir: "dist/desktop",
      emptyOutDir: false,
      target: "node24",
      minify: false,
      sourcemap: false,
      license: name === "main.js" ? { fileName: "LICENSES.md" } : false,
      rolldownOptions: {
        input,
        output: { format, entryFileNames: name, codeSplitting: false },
      },
    },
  };
}

/**
 * Bundles the two halves of the desktop shell. The preload is CommonJS in one file: a sandboxed preload can require
 * nothing but `electron`.
 */
export default defineConfig({
  publicDir: false,
  environments: {
    main: half("main.js", "electron/hosts/desktop/main.ts", "es"),
    preload: half("preload.cjs", "electron/hosts/desktop/preload.ts", "cjs"),
  },
  builder: {
    async buildApp(builder) {
      await builder.build(builder.environments.main);
      await builder.build(builder.environments.preload);
    },
  },
});
