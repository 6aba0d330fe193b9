import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type ToWindow, toWindowSchema, type WindowResponse } from "../../electron/contracts/window.ts";
import { Desk, type DeskOptions } from "../../electron/hosts/desk/desk.ts";
import { FakeEngine, type FakeHandlers, fakePicture, fakeSummary } from "./fake-engine.ts";

export const recipe = {
  dataset: "0123456789abcdef",
  method: "sense",
  slices: null,
  options: { lambda: 0.01 },
  mask: "equispaced:3:24:0",
  compareWithFull: true,
  orientation: null,
  device: "cpu" as const,
  seed: 7,
};

const metrics = { nmse: 0.1, nrmse: 0.3, psnr: 30, ssim: 0.9, hfen: 0.2, n: 3, metricVersion: "1" };

/** Just enough of a record for what the desk reads of it; the schema is met in full. */
function record(): unknown {
  return {
    recordVersion: 1,
    program: { name: "PureEcho", version: "0" },
    researchUse: "",
    kind: "recon",
    created: "",
    job: { input: "/secret/scan.h5", method: "sense", out: "/secret/out" },
    input: { path: "/secret/scan.h5", datasetId: "", format: "", title: "", files: [] },
    options: {},
    mask: null,
    scale: [1],
    seed: 7,
    provider: { id: "cpu", reason: "" },
    modelSha256: null,
    platform: { node: "", os: "", arch: "", cpu: "", threads: 1, libraries: {} },
    result: {
      shape: [3, 8, 6],
      pixelsSha256: "a",
      synthetic: true,
      selfCheck: { passed: true, finite: true, constant: false, dataMisfit: 0.1, note: "" },
      residual: [0.1],
      iterations: [3],
      metrics,
      geometry: {
        orientation: "unknown",
        rowDirection: [1, 0, 0],
        columnDirection: [0, 1, 0],
        spacingMm: [1, 1],
        sliceSpacingMm: null,
        sliceThicknessMm: null,
        positions: [],
        frameOfReferenceUid: null,
      },
      warnings: [],
    },
    seconds: {},
    peakBytes: 1,
    outputs: [],
  };
}

export const handlers: FakeHandlers = {
  inspect: async ({ paths }) => ({
    datasets: paths.filter((path) => path.endsWith(".h5")).map((path) => fakeSummary(path)),
    refused: paths
      .filter((path) => !path.endsWith(".h5"))
      .map((path) => ({
        path,
        code: "UNKNOWN_FORMAT",
        where: null,
        reason: `${path} is of no known format`,
      })),
  }),
  slice: async ({ index }) => fakePicture(3, index),
  recon: async (job, told) => {
    told.onEvent?.({
      kind: "progress",
      stage: "sense",
      fraction: 0.5,
      slice: 0,
      iteration: 1,
      residual: 0.4,
    });
    told.onEvent?.({ kind: "notice", level: "warning", text: `read ${job.input} twice` });
    await writeFile(join(job.out, "record.json"), JSON.stringify(record()));
    return {
      outputs: [],
      record: join(job.out, "record.json"),
      pixelsSha256: "a",
      seconds: { total: 1 },
      peakBytes: 1,
      selfCheck: { passed: true, finite: true, constant: false, dataMisfit: 0.1, note: "" },
      residual: [0.1, null],
      metrics,
    };
  },
  export: async ({ out }) => {
    await mkdir(join(out, "dicom"), { recursive: true });
    await writeFile(join(out, "dicom", "1.dcm"), "one");
    await writeFile(join(out, "report.html"), "two");
    await writeFile(join(out, "record.json"), "three");
    return {
      outputs: [
        { format: "dicom", path: join(out, "dicom", "1.dcm"), sha256: "1" },
        { format: "report", path: join(out, "report.html"), sha256: "2" },
        { format: "record", path: join(out, "record.json"), sha256: "3" },
      ],
    };
  },
};

/** A desk, and a window that awaits answers by number. */
export function deskIn(folder: string, over: Partial<DeskOptions> = {}, engine = new FakeEngine(handlers)) {
  const desk = new Desk({
    engine,
    host: "web",
    dataFolder: join(folder, "data"),
    samplesFolder: null,
    folders: [],
    ...over,
  });
  const sent: ToWindow[] = [];
  const send = (message: ToWindow): void => {
    sent.push(toWindowSchema.parse(message));
  };
  let id = 0;
  const ask = async (operation: string, request: unknown = {}): Promise<unknown> => {
    const mine = ++id;
    await desk.handle({ type: "ask", id: mine, operation, request }, send);
    const answer = sent.find((one) => "id" in one && one.id === mine && one.type !== "event");
    if (answer?.type === "answer") return answer.response;
    if (answer?.type === "failed")
      throw Object.assign(new Error(answer.fault.reason), { fault: answer.fault });
    throw new Error("no answer");
  };
  const open = async (path: string): Promise<WindowResponse<"open">> => {
    const places = await desk.adopt([path]);
    return (await ask("open", { handles: places.map((one) => one.handle) })) as WindowResponse<"open">;
  };
  return { desk, engine, sent, send, ask, open };
}
