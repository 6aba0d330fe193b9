import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileKernels } from "../../../electron/engine/physics/kernels/build.ts";
import { repositoryRoot } from "../../support/shared.ts";

test("kernels.wasm is what its sources compile to", async () => {
  const kept = readFileSync(join(repositoryRoot, "electron/engine/physics/kernels/kernels.wasm"));
  const built = await compileKernels();
  // On failure: npm run kernels.
  expect(Buffer.compare(kept, built)).toBe(0);
});

test("kernels.wasm asks for plain SIMD only and for nothing but memory and abort", async () => {
  const kept = readFileSync(join(repositoryRoot, "electron/engine/physics/kernels/kernels.wasm"));
  const module = new WebAssembly.Module(kept);
  expect(kept.length).toBeLessThan(32_768);
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    expect(`${from}.${name}`).toMatch(/^env\.(memory|abort)$/);
  }
});
