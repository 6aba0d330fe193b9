import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";

/**
 * Compiles `source/*.as` (AssemblyScript) to `kernels.wasm`, which is kept in the repository beside its source so
 * that neither a checkout nor an installation needs a compiler: `npm run kernels`. The sources carry an ending of
 * their own because TypeScript and its linter cannot read them.
 */
export async function compileKernels(): Promise<Uint8Array> {
  let binary: Uint8Array | null = null;
  const result = await asc.main(
    [
      "source/index.ts",
      "--outFile=kernels.wasm",
      "--optimizeLevel=3",
      "--shrinkLevel=0",
      "--converge",
      "--noAssert",
      "--runtime=stub",
      "--enable=simd",
      "--importMemory",
      "--initialMemory=1",
      "--noExportMemory",
    ],
    {
      readFile: (name) =>
        readFile(join(import.meta.dirname, name.replace(/\.ts$/, ".as")), "utf8").catch(() => null),
      writeFile: (_name, contents) => {
        if (contents instanceof Uint8Array) binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (result.error || binary === null) {
    throw new Error(`the kernels do not compile: ${result.error?.message}\n${result.stderr.toString()}`);
  }
  return binary;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const binary = await compileKernels();
  await writeFile(join(import.meta.dirname, "kernels.wasm"), binary);
  process.stdout.write(`kernels.wasm: ${binary.length} bytes\n`);
}
