import { cpus } from "node:os";
import manifest from "../../../package.json" with { type: "json" };

export const programVersion: string = manifest.version;

/** What a record keeps of the machine, so that a different result elsewhere can be explained. */
export function platformOfThisRun(threads: number): {
  node: string;
  os: string;
  arch: string;
  cpu: string;
  threads: number;
  libraries: Record<string, string>;
} {
  return {
    node: process.version,
    os: process.platform,
    arch: process.arch,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    threads,
    libraries: Object.fromEntries(
      ["onnxruntime-node", "h5wasm", "dicom-parser", "dcmjs", "fast-png"].map((name) => [
        name,
        (manifest.dependencies as Record<string, string>)[name] ?? "",
      ]),
    ),
  };
}
