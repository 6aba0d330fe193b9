import { resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import type { OperationName, OperationRequest, OperationResponse } from "../../contracts/operations.ts";
import { type OutputFormat, type RawFormat, rawFormats, researchUse } from "../../contracts/record.ts";
import { EchoError } from "../../engine/base/errors.ts";
import { programVersion } from "../../engine/pipeline/program.ts";
import { type Engine, startEngine } from "../engine/client.ts";
import { runDemo } from "./demo.ts";
import {
  type CommonOptions,
  collectSetting,
  formatList,
  notNegativeNumber,
  portNumber,
  positive,
  sliceRange,
  type VoiceOptions,
  withCommonOptions,
  withVoiceOptions,
} from "./options.ts";
import {
  datasetLines,
  deviceLines,
  methodLines,
  metricLines,
  modelLines,
  outputLines,
  reconLines,
  refusalLines,
} from "./sentences.ts";
import { serve } from "./serve.ts";
import { answer, complain, exitCodes, progressPrinter } from "./terminal.ts";

interface ReconOptions extends CommonOptions {
  method: string;
  dataset?: string;
  slices?: [number, number];
  set: Record<string, string>;
  model?: string;
  mask?: string;
  maps?: string;
  reference?: string;
  format: OutputFormat[];
}

/** A mask given as a file, a reference or maps are paths from the caller's folder; specifications are left alone. */
function pathOrWord(text: string | undefined, words: (text: string) => boolean): string | null {
  if (text === undefined) return null;
  return words(text) ? text : resolve(text);
}

/** Runs one engine operation for one command: progress on standard error, Ctrl-C cancels, the engine is closed. */
async function once<N extends OperationName>(
  common: CommonOptions,
  operation: N,
  request: OperationRequest<N>,
): Promise<OperationResponse<N>> {
  return withEngine(common, (ask) => ask(operation, request));
}

type Ask = <N extends OperationName>(
  operation: N,
  request: OperationRequest<N>,
) => Promise<OperationResponse<N>>;

export async function withEngine<T>(
  common: CommonOptions,
  work: (ask: Ask, engine: Engine) => Promise<T>,
): Promise<T> {
  const cancel = new AbortController();
  const interrupt = (): void => cancel.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const engine = startEngine({
    environment: common.threads === undefined ? {} : { PUREECHO_THREADS: String(common.threads) },
    onLog: (line) => {
      if (!common.quiet && process.env.PUREECHO_LOG === "1") process.stderr.write(`engine: ${line}\n`);
    },
  });
  const progress = progressPrinter(common);
  try {
    return await work(
      (operation, request) =>
        engine.ask(operation, request, { signal: cancel.signal, onEvent: progress.onEvent }),
      engine,
    );
  } finally {
    progress.end();
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
    await engine.close();
  }
}

const maskHelp =
  "undersample: KIND:R:CENTRE[:OFFSET] with KIND equispaced, fraction, random, magic, magic-fraction, vardens (falling density) or poisson (both axes; CENTRE is the edge of a square), or a .npy of zeros and ones";

/** Commander's own complaints are told by `complain`, in the form of every other error. */
const silent = { writeErr: () => undefined };

function program(): Command {
  const root = new Command("pureecho")
    .description(`Reconstructs, judges and exports MRI from raw k-space and DICOM. ${researchUse}`)
    .version(programVersion)
    .exitOverride()
    .configureOutput(silent);

  const command = (name: string, help: string, out = "."): Command =>
    withCommonOptions(root.command(name).description(help).exitOverride().configureOutput(silent), out);

  /** Every command ends in an exit code of the contract; nothing is thrown past here. */
  const run =
    <A extends unknown[], O extends VoiceOptions>(work: (...args: [...A, O]) => Promise<number>) =>
    async (...args: unknown[]): Promise<void> => {
      const options = args.at(-2) as O;
      process.exitCode = await work(...(args.slice(0, -1) as [...A, O])).catch((error: unknown) =>
        complain(options, error),
      );
    };

  command("inspect <paths...>", "say what is in files and folders").action(
    run(async (paths: string[], options: CommonOptions) => {
      const found = await once(options, "inspect", { paths: paths.map((path) => resolve(path)) });
      answer(options, found, () => {
        const lines = [...found.datasets.flatMap(datasetLines), ...refusalLines(found.refused)];
        return lines.length > 0 ? lines : ["no file was found"];
      });
      return found.datasets.length > 0 ? exitCodes.done : exitCodes.refused;
    }),
  );

  command("recon <input>", "reconstruct one dataset", "pureecho-out")
    .requiredOption("--method <id>", "method (pureecho methods lists them)")
    .option("--dataset <id>", "dataset of an input that holds several")
    .option("--slices <a:b>", "only the slices from a up to, not with, b; the first is 0", sliceRange)
    .option(
      "--set <key=value>",
      "option of the method, or orientation=axial for data that has none",
      collectSetting,
      {},
    )
    .option("--model <id>", "model folder of a learned method")
    .option("--mask <spec>", maskHelp)
    .option("--maps <file>", "coil sensitivities [coil, y, x] as .npy or .cfl")
    .option(
      "--reference <file>",
      "compare with a result, .npy, DICOM folder, NIfTI, or full (the input before --mask)",
    )
    .option("--format <list>", "dicom,nifti,png,npy,hdf5,report", formatList, ["npy", "png", "report"])
    .action(
      run(async (input: string, options: ReconOptions) => {
        const { orientation = null, ...set } = options.set;
        const known = ["axial", "sagittal", "coronal"];
        if (orientation !== null && !known.includes(orientation)) {
          throw new EchoError(
            "USAGE",
            `there is no orientation ${orientation}; known are ${known.join(", ")}`,
            {
              where: "--set orientation",
            },
          );
        }
        const done = await once(options, "recon", {
          input: resolve(input),
          dataset: options.dataset ?? null,
          method: options.method,
          slices: options.slices ?? null,
          options: set,
          model: options.model ?? null,
          mask: pathOrWord(options.mask, (text) => !text.endsWith(".npy")),
          maps: pathOrWord(options.maps, () => false),
          reference: pathOrWord(options.reference, (text) => text === "full"),
          orientation: orientation as OperationRequest<"recon">["orientation"],
          formats: options.format,
          out: options.out,
          device: options.device,
          threads: options.threads ?? null,
          seed: options.seed,
        });
        answer(options, done, () => reconLines(done));
        return exitCodes.done;
      }),
    );

  command("simulate <image>", "make multi-coil k-space from images", "pureecho-out")
    .option("--dataset <id>", "dataset of an input that holds several")
    .option("--coils <n>", "number of coils", positive, 8)
    .option("--mask <spec>", maskHelp)
    .option(
      "--noise <sigma>",
      "noise per real component, in units of the scan's scale",
      notNegativeNumber,
      0.01,
    )
    .option("--slices <a:b>", "only the slices from a up to, not with, b; the first is 0", sliceRange)
    .addOption(new Option("--format <id>", "kind of raw data file").choices(rawFormats).default("ismrmrd"))
    .action(
      run(
        async (
          image: string,
          options: CommonOptions & {
            dataset?: string;
            coils: number;
            mask?: string;
            noise: number;
            slices?: [number, number];
            format: RawFormat;
          },
        ) => {
          const { outputs } = await once(options, "simulate", {
            image: resolve(image),
            dataset: options.dataset ?? null,
            coils: options.coils,
            mask: pathOrWord(options.mask, (text) => !text.endsWith(".npy")),
            noise: options.noise,
            slices: options.slices ?? null,
            format: options.format,
            out: options.out,
            seed: options.seed,
          });
          answer(options, { outputs }, () => outputLines(outputs));
          return exitCodes.done;
        },
      ),
    );

  command("judge <result>", "compare a result with a reference")
    .requiredOption("--reference <file>", "a result, .npy, DICOM folder or NIfTI")
    .action(
      run(async (result: string, options: CommonOptions & { reference: string }) => {
        const metrics = await once(options, "judge", {
          result: resolve(result),
          reference: resolve(options.reference),
        });
        answer(options, metrics, () => metricLines(metrics));
        return exitCodes.done;
      }),
    );

  command("rerun <record>", "repeat a result and compare").action(
    run(async (record: string, options: CommonOptions) => {
      const done = await once(options, "rerun", { record: resolve(record) });
      answer(options, done, () => [
        done.same === "bits"
          ? "same bits"
          : `${done.same}: largest difference ${done.largestDifference.toExponential(2)} of the largest magnitude`,
      ]);
      return done.same === "differs" ? exitCodes.someFailed : exitCodes.done;
    }),
  );

  command("methods", "list the reconstruction methods and their options").action(
    run(async (options: CommonOptions) => {
      const { methods } = await once(options, "methods", {});
      answer(options, { methods }, () => methods.flatMap(methodLines));
      return exitCodes.done;
    }),
  );

  command("models", "list the installed models").action(
    run(async (options: CommonOptions) => {
      const found = await once(options, "models", {});
      answer(options, found, () => modelLines(found.models, found.note));
      return exitCodes.done;
    }),
  );

  command("devices", "test where networks can run").action(
    run(async (options: CommonOptions) => {
      const { providers } = await once(options, "devices", { device: options.device });
      answer(options, { providers }, () => deviceLines(providers));
      return providers.some((one) => one.usable) ? exitCodes.done : exitCodes.notAvailable;
    }),
  );

  withVoiceOptions(root.command("serve [folders...]"))
    .description("open the window in a browser: a host on 127.0.0.1")
    .exitOverride()
    .configureOutput(silent)
    .option("--port <n>", "port, chosen freely by default", portNumber)
    .action(
      run((folders: string[], options: VoiceOptions & { port?: number }) =>
        serve(
          folders.map((folder) => resolve(folder)),
          options,
        ),
      ),
    );

  command("demo", "the main job on the samples: pictures, exports and a report", "demo").action(
    run((options: CommonOptions) => runDemo(options)),
  );

  return root;
}

/** Entry of the command line. Sets `process.exitCode`; never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...argv]);
  } catch (error) {
    const voice = { json: argv.includes("--json"), quiet: false };
    if (!(error instanceof CommanderError)) {
      process.exitCode = complain(voice, error);
    } else if (error.exitCode === 0) {
      process.exitCode = exitCodes.done;
    } else {
      const reason = error.message.replace(/^error: /, "");
      const told = reason === "(outputHelp)" ? "no command is given" : reason;
      process.exitCode = complain(
        voice,
        new EchoError("USAGE", told, {
          hint: "pureecho --help lists the commands, pureecho <command> --help its options.",
        }),
      );
    }
  }
}
