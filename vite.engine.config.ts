import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { defineConfig, type Plugin } from "vite";

/**
 * Bundles what plain Node runs in a package: the engine, the command line, and every process the engine starts for a
 * while (`*-child.ts`). They lie flat in one folder, because each finds the others beside itself. Only two libraries
 * stay outside: ONNX Runtime loads native files, h5wasm its WebAssembly.
 */
const children = globSync("electron/engine/**/*-child.ts", { cwd: import.meta.dirname });

const kernels = "kernels.wasm";

/** The physics kernels are read from beside the file that runs them. */
const besideTheBundle: Plugin = {
  name: "physics-kernels",
  generateBundle() {
    const source = readFileSync(join(import.meta.dirname, "electron/engine/physics/kernels", kernels));
    this.emitFile({ type: "asset", fileName: kernels, source });
  },
};

export default defineConfig({
  publicDir: false,
  plugins: [besideTheBundle],
  build: {
    ssr: true,
    outDir: "dist/engine",
    emptyOutDir: true,
    target: "node24",
    minify: false,
    sourcemap: false,
    // The libraries inside of the bundle want to be named with their licences.
    license: { fileName: "LICENSES.md" },
    rolldownOptions: {
      input: {
        engine: "electron/hosts/engine/child.ts",
        cli: "electron/hosts/cli/main.ts",
        ...Object.fromEntries(children.map((path) => [basename(path, ".ts"), path])),
      },
      output: { format: "es", entryFileNames: "[name].js", chunkFileNames: "part-[name]-[hash].js" },
    },
  },
  ssr: { target: "node", noExternal: true, external: ["onnxruntime-node", "h5wasm"] },
});
