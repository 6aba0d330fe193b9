import { type OperationName, operationEventSchema, operations } from "../../contracts/operations.ts";
import { EchoError } from "../base/errors.ts";
import { describeMethods, methodById, parseOptions } from "../methods/index.ts";
import { openPaths, summaryOf } from "../read/index.ts";
import { devices } from "./devices.ts";
import { exportResult } from "./export.ts";
import { asKspace } from "./image-as-kspace.ts";
import { judge } from "./judge.ts";
import { models } from "./models.ts";
import { OpenInputs } from "./open.ts";
import { picture } from "./pictures.ts";
import { recon } from "./recon.ts";
import { rerun } from "./rerun.ts";
import type { RunContext } from "./run-context.ts";
import { simulate } from "./simulate.ts";

type Handlers = {
  [N in OperationName]: (
    request: ReturnType<(typeof operations)[N]["request"]["parse"]>,
    run: RunContext,
  ) => Promise<ReturnType<(typeof operations)[N]["response"]["parse"]>>;
};

/** Operations that hold whole volumes: one at a time, the others wait. Looking and listing go on meanwhile. */
const heavy: ReadonlySet<OperationName> = new Set(["recon", "simulate", "rerun", "export"]);

export interface Operations {
  /** @throws EchoError USAGE for an unknown operation or a request out of contract, and what the operation throws. */
  run(operation: string, request: unknown, run: RunContext): Promise<unknown>;
}

/** The engine's table of operations; one per process. */
export function createOperations(): Operations {
  const inputs = new OpenInputs();
  const handlers: Handlers = {
    async inspect({ paths }, { signal }) {
      const { datasets, refused } = await openPaths(paths, signal);
      return { datasets: datasets.map(summaryOf), refused };
    },
    methods: async () => ({ methods: describeMethods() }),
    async estimate(request) {
      const dataset = asKspace(await inputs.dataset(request.input, request.dataset));
      const method = methodById(request.method);
      const [rows, columns] = dataset.encoded.matrix;
      const shape = { slices: dataset.slices, coils: dataset.coils, rows, columns };
      const slice = method.estimate(shape, parseOptions(method, request.options));
      const volume = 8 * dataset.slices * dataset.recon.matrix[0] * dataset.recon.matrix[1];
      // What the process holds already, the result and the reference beside what the method needs for one slice.
      return {
        bytes: process.memoryUsage.rss() + 2 * volume + slice.bytes,
        seconds: slice.seconds * dataset.slices,
      };
    },
    recon: (job, run) => recon(job, inputs, run),
    simulate: (request, run) => simulate(request, inputs, run),
    judge: (request) => judge(request),
    rerun: ({ record }, run) => rerun(record, inputs, run),
    export: (request) => exportResult(request),
    slice: (request) => picture(request, inputs),
    devices: ({ device }) => devices(device),
    models: () => models(),
  };
  let turn: Promise<unknown> = Promise.resolve();

  return {
    run(name, raw, run) {
      if (!Object.hasOwn(operations, name)) {
        return Promise.reject(new EchoError("USAGE", `the engine has no operation ${name}`));
      }
      const operation = name as OperationName;
      const request = operations[operation].request.safeParse(raw);
      if (!request.success) {
        const issue = request.error.issues[0];
        return Promise.reject(
          new EchoError("USAGE", issue.message, { where: `${operation}.${issue.path.join(".")}` }),
        );
      }
      const checked: RunContext = {
        signal: run.signal,
        onEvent: (event) => run.onEvent(operationEventSchema.parse(event)),
      };
      const work = (): Promise<unknown> => {
        checked.signal.throwIfAborted();
        return (handlers[operation] as (request: unknown, run: RunContext) => Promise<unknown>)(
          request.data,
          checked,
        );
      };
      if (!heavy.has(operation)) return work();
      const mine = turn.then(work, work);
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
