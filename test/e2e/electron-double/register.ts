/** `node --import` this file: `electron` becomes the double, and nothing can start a download. */
import { registerHooks } from "node:module";

const double = new URL("./electron.ts", import.meta.url).href;
registerHooks({
  resolve(specifier, context, next) {
    return specifier === "electron" ? { url: double, shortCircuit: true } : next(specifier, context);
  },
});
if (process.env.DOUBLE_RESOURCES !== undefined) {
  Object.assign(process, { resourcesPath: process.env.DOUBLE_RESOURCES });
}
// As `electron .` does, so that the shell finds its own arguments where Electron puts them.
if (process.env.DOUBLE_PACKAGED !== "1") process.argv.splice(1, 1, ".");
await import("./control.ts");
