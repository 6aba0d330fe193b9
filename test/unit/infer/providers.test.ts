import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ProviderReport, providerReportSchema } from "../../../electron/contracts/operations.ts";
import { providerIds } from "../../../electron/contracts/record.ts";
import { plainReason } from "../../../electron/engine/infer/plain-reason.ts";
import { probe } from "../../../electron/engine/infer/probe.ts";
import {
  bestProvider,
  chooseProvider,
  notCarried,
  selfTest,
  selfTestAll,
} from "../../../electron/engine/infer/providers.ts";
import { differenceFromOwnNumbers, workingProviders } from "../../../electron/engine/infer/self-test.ts";

const absent = process.platform === "darwin" ? "dml" : "coreml";

describe("self-test", () => {
  test("the CPU really convolves and multiplies, and its speed is measured", async () => {
    const report = await selfTest("cpu", 2);
    expect(report.reason).toMatch(/convolution and a matrix product ran/);
    expect(report.usable).toBe(true);
    expect(report.gflops).toBeGreaterThan(0.1);
  });

  test("every provider is reported, each refusal with a reason in words and without paths", async () => {
    const all = await selfTestAll("auto", 2);
    expect(all.map((report) => report.id)).toEqual([...providerIds]);
    for (const report of all) {
      providerReportSchema.parse(report);
      expect(report.reason).not.toMatch(/\/\w+\/|onnxruntime_src|undefined/);
      expect(report.reason.length).toBeGreaterThan(10);
      expect(report.gflops === null).toBe(!report.usable);
    }
  });

  test("wrong numbers are noticed", () => {
    const image = new Float32Array(2 * 64 * 96 * 96).fill(1);
    const left = new Float32Array(512 * 512).fill(1);
    const nothing = [new Float32Array(image.length), new Float32Array(left.length)];
    expect(differenceFromOwnNumbers(image, left, nothing[0], nothing[1])).toBeGreaterThan(0.5);
    expect(differenceFromOwnNumbers(image, left, nothing[0].fill(Number.NaN), nothing[1])).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});

test("work that fell back to another provider shows in the profile, moving data does not", () => {
  const event = (name: string, provider: string): object => ({
    cat: "Node",
    args: { op_name: name, provider },
  });
  const gpu = "WebGpuExecutionProvider";
  const cpu = "CPUExecutionProvider";
  const moved = [event("MemcpyToHost", cpu), { cat: "Session", args: {} }, event("Conv", gpu)];
  expect(workingProviders(JSON.stringify(moved))).toEqual([gpu]);
  expect(workingProviders(JSON.stringify([...moved, event("MatMul", cpu)]))).toEqual([cpu, gpu]);
});

describe("choice", () => {
  const report = (id: ProviderReport["id"], usable: boolean, gflops: number | null): ProviderReport => ({
    id,
    usable,
    reason: usable ? "ran" : `why not ${id}`,
    gflops,
  });

  test("auto falls back to the CPU and says why", () => {
    const chosen = bestProvider(report("cpu", true, 40), [
      report("cuda", false, null),
      report("webgpu", false, null),
    ]);
    expect(chosen.id).toBe("cpu");
    expect(chosen.reason).toContain("cuda: why not cuda");
    expect(chosen.reason).toContain("webgpu: why not webgpu");
  });

  test("auto takes the fastest accelerator, but none that is hardly faster than the CPU", () => {
    const cpu = report("cpu", true, 40);
    const cuda = report("cuda", true, 900);
    expect(bestProvider(cpu, [report("webgpu", true, 300), cuda]).id).toBe("cuda");
    expect(bestProvider(cpu, [report("webgpu", true, 45)]).id).toBe("cpu");
    expect(bestProvider(report("cpu", false, null), [report("webgpu", true, 45)]).id).toBe("webgpu");
  });

  test("a named provider is taken or refused with the reason, never replaced", async () => {
    expect((await chooseProvider("cpu")).id).toBe("cpu");
    await expect(chooseProvider(absent)).rejects.toMatchObject({
      fault: { code: "DEVICE_UNAVAILABLE", reason: expect.stringMatching(/exists on (macOS|Windows) only/) },
    });
    const auto = await chooseProvider("auto", 2);
    expect((await selfTest(auto.id, 2)).usable).toBe(true);
  });
});

describe("reasons", () => {
  test("what a build or a system does not have is told apart", () => {
    expect(notCarried("dml", "linux", ["cpu"], null)).toMatch(/Windows only/);
    expect(notCarried("coreml", "win32", ["cpu", "coreml"], null)).toMatch(/macOS only/);
    expect(notCarried("cuda", "darwin", ["cpu"], null)).toMatch(/Linux only/);
    expect(notCarried("webgpu", "linux", ["cpu"], null)).toMatch(/no WebGPU provider/);
    expect(notCarried("cuda", "linux", ["cpu", "cuda"], tmpdir())).toMatch(/no NVIDIA library found/);
    expect(notCarried("cpu", "linux", ["cpu"], null)).toBeNull();
  });

  test.each([
    [
      "Failed to load library /a/b/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file",
      /NVIDIA library found: libcublasLt\.so\.13/,
    ],
    ["CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version", /driver is too old/],
    ["CUDA failure 100: no CUDA-capable device is detected", /no NVIDIA GPU/],
    [
      "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file\nNo supported adapters",
      /no Vulkan adapter found/,
    ],
    [
      "/onnxruntime_src/onnxruntime/core/x.cc:136 was false. Failed to get a WebGPU adapter: No supported adapters",
      /^no Vulkan adapter found$/,
    ],
    ["\n/secret/folder/x.cc:7 something new\nmore", /^x\.cc:7 something new$/],
  ])("%s", (text, words) => {
    expect(plainReason("linux", text)).toMatch(words);
  });
});

describe("a provider that breaks its process", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pureecho-probe-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const answer = z.strictObject({ fine: z.boolean() });
  const say = "process.send({ fine: true }, () => process.disconnect());";
  test.each([
    ["aborts", "process.abort();", /ended by SIGABRT/],
    ["hangs", "for (;;);", /did not answer within 1 s/],
    ["fails", 'console.error("driver noise"); process.exit(3);', /exit code 3/],
    ["talks nonsense", "process.send({ fine: 7 }, () => process.disconnect());", /no answer/],
    ["says nothing", "", /no answer/],
    ["answers and crashes on its way out", `${say} process.on("exit", () => process.abort());`, /SIGABRT/],
  ])("%s: contained and said", async (name, code, words) => {
    const entry = join(folder, `${name.replaceAll(" ", "-")}.mjs`);
    await writeFile(entry, code);
    const probed = await probe(entry, [], answer, name === "hangs" ? 1000 : 20_000);
    expect(probed.answered).toBe(false);
    expect(probed.answered === false && probed.reason).toMatch(words);
    if (name === "fails") expect(probed.stderr).toContain("driver noise");
  });

  test("one that answers and ends well is believed", async () => {
    const entry = join(folder, "fine.mjs");
    await writeFile(entry, say);
    expect(await probe(entry, [], answer, 10_000)).toMatchObject({ answered: true, answer: { fine: true } });
  });
});
