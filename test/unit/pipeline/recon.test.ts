import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OperationEvent } from "../../../electron/contracts/operations.ts";
import { type ReconJob, reconJobSchema } from "../../../electron/contracts/record.ts";
import { complexZeros } from "../../../electron/engine/base/complex.ts";
import { emptyOrigin, unknownGeometry } from "../../../electron/engine/dataset/geometry.ts";
import { createOperations } from "../../../electron/engine/pipeline/operations.ts";
import { readComplexNpy } from "../../../electron/engine/read/index.ts";
import { rawWriters } from "../../../electron/engine/write/index.ts";
import { writeTestScan } from "../../support/scan.ts";

let folder = "";
let scan = "";
const operations = createOperations();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "pureecho-recon-"));
  scan = await writeTestScan(folder, { coils: 3, rows: 24, columns: 20, slices: 3 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function job(name: string, given: Partial<ReconJob>): ReconJob {
  return reconJobSchema.parse({
    input: scan,
    method: "zero-filled",
    out: join(folder, name),
    formats: ["npy"],
    ...given,
  });
}

async function run(
  operation: string,
  request: unknown,
  told: { signal?: AbortSignal; onEvent?: (event: OperationEvent) => void } = {},
): Promise<Record<string, unknown>> {
  const signal = told.signal ?? new AbortController().signal;
  const response = await operations.run(operation, request, {
    signal,
    onEvent: told.onEvent ?? (() => undefined),
  });
  return response as Record<string, unknown>;
}

describe("recon", () => {
  it("stops at the iteration in which it was cancelled, and writes nothing", async () => {
    const cancel = new AbortController();
    const seen: number[] = [];
    const out = join(folder, "cancelled");
    const running = run(
      "recon",
      // Undersampled: with every line sense is done after a few iterations.
      job("cancelled", {
        method: "sense",
        mask: "equispaced:2:8:0",
        options: { iterations: 200, tolerance: 0 },
      }),
      {
        signal: cancel.signal,
        onEvent: (event) => {
          if (event.kind !== "progress" || event.iteration === null) return;
          seen.push(event.iteration);
          if (event.iteration === 7) cancel.abort();
        },
      },
    );
    await expect(running).rejects.toMatchObject({ fault: { code: "CANCELLED" } });
    expect(Math.max(...seen)).toBe(7);
    expect(existsSync(out)).toBe(false);
  });

  it("takes slices apart without changing them", async () => {
    await run("recon", job("all", {}));
    await run("recon", job("one", { slices: [1, 2] }));
    const all = await readComplexNpy(join(folder, "all/complex.npy"));
    const one = await readComplexNpy(join(folder, "one/complex.npy"));
    expect(all.shape).toEqual([3, 24, 20]);
    expect(one.shape).toEqual([1, 24, 20]);
    const plane = 2 * 24 * 20;
    expect(one.data).toEqual(all.data.subarray(plane, 2 * plane));
  });

  it("refuses what is no picture and leaves no file", async () => {
    const [empty] = await rawWriters.ismrmrd.write(
      {
        title: "nothing",
        samples: complexZeros(1, 2, 16, 16),
        mask: { shape: [16], data: new Uint8Array(16).fill(1) },
        geometry: unknownGeometry(1, [1, 1], null),
        origin: emptyOrigin(),
        synthetic: true,
        note: "zeros",
        reference: null,
      },
      folder,
      "empty",
    );
    await expect(run("recon", job("nothing", { input: empty.path }))).rejects.toMatchObject({
      fault: { code: "SELF_CHECK_FAILED", path: empty.path },
    });
    expect(existsSync(join(folder, "nothing"))).toBe(false);
  });

  it("keeps a result without formats, exports it later with the same pixels, and notices tampering", async () => {
    const kept = job("kept", {
      formats: [],
      mask: "equispaced:2:8:0",
      reference: "full",
      orientation: "axial",
    });
    const first = await run("recon", kept);
    expect(first.outputs).toEqual([]);
    const exported = await run("export", {
      folder: kept.out,
      formats: ["npy", "dicom"],
      out: join(folder, "exported"),
    });
    const list = exported.outputs as { format: string; path: string }[];
    expect(list.filter((one) => one.path.endsWith(".dcm"))).toHaveLength(3);
    expect(list.at(-1)).toMatchObject({ format: "record", path: join(folder, "exported/record.json") });
    const record = JSON.parse(readFileSync(join(folder, "exported/record.json"), "utf8"));
    expect(record.result.pixelsSha256).toBe(first.pixelsSha256);

    for (const view of ["image", "reference", "difference", "kspace", "mask"]) {
      const request = { source: { kind: "result", folder: kept.out }, index: 2, view };
      expect(await run("slice", request)).toMatchObject({ rows: 24, columns: 20, slices: 3, components: 2 });
    }

    const pixels = join(kept.out, "complex.npy");
    const bytes = readFileSync(pixels);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(pixels, bytes);
    await expect(
      run("export", { folder: kept.out, formats: ["npy"], out: join(folder, "tampered") }),
    ).rejects.toMatchObject({ fault: { code: "DAMAGED", path: pixels } });
    expect(existsSync(join(folder, "tampered"))).toBe(false);
  });

  it("takes an image as it is, and computes k-space only for a mask", async () => {
    await run("recon", job("source", {}));
    const input = join(folder, "source/image.npy");
    const plain = await run("recon", job("plain", { input }));
    expect(await readComplexNpy(join(folder, "plain/complex.npy"))).toEqual(await readComplexNpy(input));
    const record = JSON.parse(readFileSync(plain.record as string, "utf8"));
    expect(record.mask).toBeNull();
    expect(record.result.warnings.map((one: { code: string }) => one.code)).not.toContain("COMPUTED_KSPACE");

    const masked = await run("recon", job("masked", { input, mask: "equispaced:2:8:0" }));
    const told = JSON.parse(readFileSync(masked.record as string, "utf8"));
    expect(told.result.synthetic).toBe(true);
    expect(told.result.warnings.map((one: { code: string }) => one.code)).toContain("COMPUTED_KSPACE");
    expect(told.mask).toMatchObject({ spec: "equispaced:2:8:0", of: 24 });
  });

  it("says that exports of signed images are magnitudes", async () => {
    const signed = complexZeros(1, 8, 8);
    for (let i = 0; i < 64; i++) signed.data[2 * i] = i - 20;
    const header = `${"{'descr': '<f4', 'fortran_order': False, 'shape': (8, 8), }".padEnd(117)}\n`;
    const values = Float32Array.from({ length: 64 }, (_, i) => signed.data[2 * i]);
    const input = join(folder, "signed.npy");
    const head = Buffer.concat([
      Buffer.from("\x93NUMPY\x01\x00", "latin1"),
      Buffer.from([118, 0]),
      Buffer.from(header),
    ]);
    writeFileSync(input, Buffer.concat([head, Buffer.from(values.buffer)]));
    const notices: string[] = [];
    await run("recon", job("signed", { input }), {
      onEvent: (event) => {
        if (event.kind === "notice") notices.push(event.text);
      },
    });
    expect(notices.join()).toContain("negative values");
  });

  it("says when a mask meets data that was not fully sampled, and keeps the lines of both", async () => {
    const half = await rawWriters.ismrmrd.write(
      {
        title: "half",
        samples: {
          shape: [1, 2, 24, 20],
          data: Float32Array.from({ length: 2 * 2 * 24 * 20 }, (_, i) => Math.sin(i)),
        },
        mask: { shape: [24], data: Uint8Array.from({ length: 24 }, (_, line) => (line % 2 === 0 ? 1 : 0)) },
        geometry: unknownGeometry(1, [1, 1], null),
        origin: emptyOrigin(),
        synthetic: true,
        note: "every second line",
        reference: null,
      },
      folder,
      "half",
    );
    const notices: string[] = [];
    const done = await run("recon", job("both", { input: half[0].path, mask: "equispaced:3:0:0" }), {
      onEvent: (event) => {
        if (event.kind === "notice") notices.push(event.text);
      },
    });
    expect(notices.join()).toContain("not fully sampled");
    const { mask } = JSON.parse(readFileSync(done.record as string, "utf8"));
    expect(mask).toMatchObject({ lines: 4, of: 24 });
  });

  it("refuses a reference or a folder that cannot be had before it works", async () => {
    const seen: string[] = [];
    const onEvent = (event: OperationEvent): void => {
      if (event.kind === "progress") seen.push(event.stage);
    };
    const gone = join(folder, "gone.npy");
    await expect(run("recon", job("r", { reference: gone }), { onEvent })).rejects.toMatchObject({
      fault: { code: "NOT_FOUND", path: gone },
    });
    await expect(run("recon", job("r", { out: scan }), { onEvent })).rejects.toMatchObject({
      fault: { code: "WRITE_FAILED", path: scan },
    });
    expect(seen).toEqual([]);
  });

  it("asks which dataset is meant when an input holds several", async () => {
    await expect(run("recon", job("several", { input: join(folder, "all") }))).rejects.toMatchObject({
      fault: { code: "AMBIGUOUS", path: join(folder, "all") },
    });
  });

  it("refuses operations and requests out of contract", async () => {
    await expect(run("explode", {})).rejects.toMatchObject({ fault: { code: "USAGE" } });
    await expect(run("recon", { input: 3 })).rejects.toMatchObject({
      fault: { code: "USAGE", where: "recon.input" },
    });
    await expect(run("inspect", { paths: ["/x"], more: true })).rejects.toMatchObject({
      fault: { code: "USAGE" },
    });
  });
});
