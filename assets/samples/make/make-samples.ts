/**
 * Makes assets/samples: `npm run samples [-- WORK_FOLDER]`. What is fetched stays in the work folder (by default one in
 * the system's temporary folder) and is fetched once. Needs Python 3.11 or later, pip, apt-get and dpkg-deb.
 */
import { cp, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type {
  OperationName,
  OperationRequest,
  OperationResponse,
} from "../../../electron/contracts/operations.ts";
import type { Sample } from "../../../electron/contracts/sample.ts";
import { sha256, sha256OfFile } from "../../../electron/engine/base/hash.ts";
import { createOperations } from "../../../electron/engine/pipeline/operations.ts";
import { writeHead } from "./head.ts";
import { convertPhantom, fetchSources, origins } from "./sources.ts";

const samplesFolder = dirname(import.meta.dirname);
const seed = 8;
const coils = 8;

/** Five slices for raw data, 12 mm apart; twenty-four for a series, 3 mm apart. */
const rawHeights = [8, 20, 32, 44, 56];
const seriesHeights = Array.from({ length: 24 }, (_, i) => 2 + 3 * i);

const operationsOfThisRun = createOperations();

async function ask<N extends OperationName>(
  name: N,
  request: OperationRequest<N>,
): Promise<OperationResponse<N>> {
  const run = { signal: new AbortController().signal, onEvent: () => undefined };
  return (await operationsOfThisRun.run(name, request, run)) as OperationResponse<N>;
}

/** Simulated multi-coil k-space of axial slices of the template, as ISMRMRD; its path. */
async function simulatedHead(
  work: string,
  template: string,
  title: string,
  heightsMm: readonly number[],
): Promise<string> {
  const image = join(work, `${title}.nii`);
  await writeHead(template, { title, heightsMm }, image);
  const out = join(work, title);
  const { outputs } = await ask("simulate", { image, coils, noise: 0.01, format: "ismrmrd", out, seed });
  return outputs[0].path;
}

/** The classic series: the simulated head through the pipeline, written by the project's own exporter. */
async function makeSeries(work: string, raw: string, target: string): Promise<void> {
  const out = join(work, "series");
  const { outputs } = await ask("recon", {
    input: raw,
    method: "zero-filled",
    options: { combine: "coils" },
    formats: ["dicom"],
    out,
    seed,
  });
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const files = outputs.filter((output) => output.format === "dicom").map((output) => output.path);
  for (const [index, path] of files.entries()) {
    await cp(path, join(target, `slice-${String(index + 1).padStart(2, "0")}.dcm`));
  }
}

async function measured(file: string): Promise<{ bytes: number; sha256: string }> {
  const path = join(samplesFolder, file);
  if (!(await stat(path)).isDirectory()) {
    return { bytes: (await stat(path)).size, sha256: await sha256OfFile(path) };
  }
  const names = (await readdir(path)).sort();
  const lines = await Promise.all(
    names.map(async (name) => `${await sha256OfFile(join(path, name))}  ${name}\n`),
  );
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(path, name))).size));
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), sha256: sha256(...lines) };
}

const headLicence = "BSD-3-Clause (MRIcron), notice of the Montreal Neurological Institute; see NOTICE";

const described: Omit<Sample, "bytes" | "sha256">[] = [
  {
    id: "phantom-raw",
    file: "phantom-2coil.h5",
    title: "Resolution phantom, raw k-space",
    note: "Real raw data of one slice, two coils, 160 x 160, every line acquired, readout oversampled twofold.",
    licence: "MIT",
    origin: `${origins.phantom.file} of ${origins.phantom.package}, converted to ISMRMRD`,
    synthetic: false,
  },
  {
    id: "head-raw",
    file: "head-8coil-simulated.h5",
    title: "Head, simulated raw k-space",
    note: "Simulated from a template: five axial slices, eight coils, 192 x 160, every line, noise added.",
    licence: headLicence,
    origin: `simulated by PureEcho from ch2.nii.gz of ${origins.head.package}`,
    synthetic: true,
  },
  {
    id: "head-series",
    file: "head-series-simulated",
    title: "Head, DICOM series",
    note: "Simulated and reconstructed by PureEcho: 24 axial slices, 3 mm, a derived classic MR series.",
    licence: headLicence,
    origin: `reconstructed and exported by PureEcho from a simulation of ch2.nii.gz of ${origins.head.package}`,
    synthetic: true,
  },
  {
    id: "head-multiframe",
    file: "emri_small.dcm",
    title: "Part of a head, multi-frame DICOM",
    note: "A real enhanced MR image of ten frames, 64 x 64, de-identified; it does not say how its frames lie.",
    licence: "MIT",
    origin: `${origins.multiframe.file} of ${origins.multiframe.package}`,
    synthetic: false,
  },
];

async function main(): Promise<void> {
  const sources = await fetchSources(process.argv[2] ?? join(tmpdir(), "pureecho-sample-sources"));
  const work = await mkdtemp(join(tmpdir(), "pureecho-samples-"));
  try {
    await convertPhantom(sources, join(samplesFolder, "phantom-2coil.h5"));
    await writeFile(join(samplesFolder, "emri_small.dcm"), sources.multiframe);
    const raw = await simulatedHead(work, sources.head, "head", rawHeights);
    await cp(raw, join(samplesFolder, "head-8coil-simulated.h5"));
    const whole = await simulatedHead(work, sources.head, "head-stack", seriesHeights);
    await makeSeries(work, whole, join(samplesFolder, "head-series-simulated"));
    const list: Sample[] = [];
    for (const one of described) list.push({ ...one, ...(await measured(one.file)) });
    await writeFile(join(samplesFolder, "samples.json"), `${JSON.stringify(list, null, 2)}\n`);
    const total = list.reduce((sum, one) => sum + one.bytes, 0);
    process.stdout.write(`${list.length} samples, ${(total / 1e6).toFixed(1)} MB\n`);
  } finally {
    await rm(work, { recursive: true });
  }
}

await main();
