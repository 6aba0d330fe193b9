import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { outputFormats, rawFormats } from "../../../electron/contracts/record.ts";
import { sha256OfFile } from "../../../electron/engine/base/hash.ts";
import { emptyOrigin } from "../../../electron/engine/dataset/geometry.ts";
import { readComplexNpy } from "../../../electron/engine/read/index.ts";
import { sameBytes } from "../../../electron/engine/write/hdf5.ts";
import {
  type RawScan,
  rawWriters,
  writeKept,
  writeRecord,
  writers,
} from "../../../electron/engine/write/index.ts";
import { encodeNpy } from "../../../electron/engine/write/npy.ts";
import { rampImage, testGeometry, testResult } from "../../support/result.ts";

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "pureecho-write-"));

function scan(): RawScan {
  return {
    title: "test",
    samples: { shape: [1, 2, 4, 3], data: Float32Array.from({ length: 48 }, (_, i) => i + 1) },
    mask: { shape: [4], data: new Uint8Array(4).fill(1) },
    geometry: testGeometry(1),
    origin: emptyOrigin(),
    synthetic: false,
    note: "",
    reference: null,
  };
}

describe("every writer", () => {
  test.each(outputFormats)(
    "%s tells the hashes of what lies on the disk and leaves nothing else",
    async (format) => {
      const place = await folder();
      const outputs = await writers[format].write(testResult(), place);
      expect(outputs.length).toBeGreaterThan(0);
      for (const output of outputs) expect(await sha256OfFile(output.path)).toBe(output.sha256);
      const files = (await readdir(place, { recursive: true, withFileTypes: true })).filter((one) =>
        one.isFile(),
      );
      expect(files.map((one) => join(one.parentPath, one.name)).sort()).toEqual(
        outputs.map((one) => one.path).sort(),
      );
    },
  );

  test.each(outputFormats)("%s leaves no half file where it cannot write", async (format) => {
    const place = join(await folder(), "taken");
    await writeFile(place, "a file stands where the folder should be");
    await expect(writers[format].write(testResult(), place)).rejects.toThrow(/WRITE_FAILED/);
    expect(await readFile(place, "utf8")).toMatch(/stands where/);
  });

  test.each(rawFormats)("%s leaves no half file where its name is taken by a folder", async (format) => {
    const place = await folder();
    const name = format === "bart" ? "scan.cfl" : "scan.h5";
    await mkdir(join(place, name, "inside"), { recursive: true });
    await expect(rawWriters[format].write(scan(), place, "scan")).rejects.toThrow(/WRITE_FAILED/);
    expect(await readdir(place)).toEqual([name]);
  });

  test("a difference on reading back is an error", () => {
    expect(() => sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3), "a.h5", "/x")).toThrow(
      /WRITE_FAILED: a.h5: \/x/,
    );
  });
});

describe("npy", () => {
  test("has the golden header", () => {
    const bytes = encodeNpy("<c8", [1, 2], Float32Array.of(1, 2, 3, 4));
    const text = Buffer.from(bytes).toString("latin1");
    expect(text.slice(0, 8)).toBe("\x93NUMPY\x01\x00");
    expect(bytes.length).toBe(128 + 16);
    expect(text.slice(10, 127).trimEnd()).toBe("{'descr': '<c8', 'fortran_order': False, 'shape': (1, 2), }");
    expect(text[127]).toBe("\n");
    expect(() => encodeNpy("<f4", [3], Float32Array.of(1))).toThrow(/SHAPE_MISMATCH/);
  });
});

describe("PNG", () => {
  test("is 16 bits, white at the robust maximum, and says so", async () => {
    const [first] = await writers.png.write(testResult({ image: rampImage(1, 6, 5) }), await folder());
    const picture = decode(await readFile(first.path));
    expect(picture.depth).toBe(16);
    expect(picture.channels).toBe(1);
    const step = Number(/one gray step is (\S+)/.exec(picture.text.Comment)?.[1]);
    expect(picture.data[2 * 5 + 1] * step).toBeCloseTo(121, 1);
    expect(Math.max(...picture.data)).toBe(65535);
    expect(picture.text.Aspect).toMatch(/not square.*stretch the height by 2/);
  });
});

describe("kept results", () => {
  test("come back through the readers; the record lists the outputs", async () => {
    const place = await folder();
    const mask = rampImage(1, 6, 5);
    const result = testResult({ pictures: { mask: { shape: [6, 5], data: mask.data } } });
    const outputs = await writeKept(result, place);
    expect((await readdir(place)).sort()).toEqual(["complex.npy", "image.npy", "mask.npy", "stored.json"]);
    expect((await readComplexNpy(join(place, "complex.npy"))).data).toEqual(result.image.data);
    const record = await writeRecord(result, place, outputs);
    expect(JSON.parse(await readFile(record.path, "utf8")).outputs).toEqual(outputs);
  });

  test("a record that is not whole is not written", async () => {
    const place = await folder();
    const result = testResult({ record: { peakBytes: Number.NaN } });
    await expect(writeRecord(result, place, [])).rejects.toThrow(/WRITE_FAILED/);
    expect(await readdir(place)).toEqual([]);
  });
});
