import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dicomParser from "dicom-parser";
import { describe, expect, test } from "vitest";
import {
  codeString,
  contentUid,
  dateString,
  decimalString,
  quantised,
  rescaleFor,
  shortText,
  timeString,
} from "../../../electron/engine/write/dicom-values.ts";
import { writers } from "../../../electron/engine/write/index.ts";
import { rampImage, testGeometry, testResult } from "../../support/result.ts";

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), "pureecho-dicom-"));

async function parsed(path: string): Promise<dicomParser.DataSet> {
  return dicomParser.parseDicom(await readFile(path));
}

describe("DICOM values", () => {
  test("decimal strings fit in 16 characters and keep what fits of the number", () => {
    for (const value of [
      0,
      -1,
      1 / 3,
      -1 / 3,
      Math.PI * 1e13,
      -1.23456789012345e-7,
      5e13,
      4e-320,
      123456.789,
    ]) {
      const text = decimalString(value);
      expect(text.length).toBeLessThanOrEqual(16);
      expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-8 + 1e-320);
    }
    expect(() => decimalString(Number.NaN)).toThrow(/WRITE_FAILED/);
  });

  test.each([1e-30, 1e-7, 3, 5e13, 3e38])("largest magnitude %s maps into 16 bits and back", (maximum) => {
    const rescale = rescaleFor(maximum);
    expect(rescale.text.length).toBeLessThanOrEqual(16);
    const values = Float32Array.of(0, maximum / 3, maximum);
    const stored = quantised(values, rescale);
    expect(stored[2]).toBeGreaterThanOrEqual(65534);
    for (const [i, value] of values.entries()) {
      expect(Math.abs(stored[i] * rescale.value - value)).toBeLessThanOrEqual(
        0.51 * rescale.value + 1e-6 * value,
      );
    }
  });

  test("UIDs depend on content alone and are valid", () => {
    expect(contentUid("a", "b")).toBe(contentUid("a", "b"));
    expect(contentUid("a", "b")).not.toBe(contentUid("ab"));
    expect(contentUid("a")).toMatch(/^2\.25\.[1-9]\d{30,38}$/);
  });

  test("text is cleaned of what DICOM may not hold", () => {
    expect(shortText("a\\b\nc", 64)).toBe("a b c");
    expect([...shortText("ü".repeat(80), 64)]).toHaveLength(64);
    expect(codeString("head/neck")).toBe("HEADNECK");
    expect(codeString("GR\\IR")).toBe("GR\\IR");
    expect([dateString("20200304"), dateString("2020.03.04")]).toEqual(["20200304", ""]);
    expect(["10", "101112.25", "1:2", "1"].map(timeString)).toEqual(["10", "101112.25", "", ""]);
  });
});

describe("DICOM series", () => {
  test("holds geometry, labels and source, and gives back the input's scale", async () => {
    const image = rampImage(3, 6, 5, 1e-9);
    const references = [0, 1, 2].map((slice) => ({
      sopClassUid: "1.2.840.10008.5.1.4.1.1.4",
      sopInstanceUid: `1.2.3.${slice}`,
      frame: null,
    }));
    const result = testResult({
      image,
      origin: { studyInstanceUid: "1.2.3", patientName: "Test^Müller", patientId: "p7", references },
    });
    const out = await writers.dicom.write(result, await folder());
    expect(out).toHaveLength(3);
    const data = await parsed(out[1].path);
    expect(data.string("x00080016")).toBe("1.2.840.10008.5.1.4.1.1.4");
    expect(data.string("x00080008")).toMatch(/^DERIVED\\SECONDARY/);
    expect(data.string("x0020000d")).toBe("1.2.3");
    expect(data.string("x00200032")).toBe("-20\\-30\\44");
    expect(data.string("x00200037")).toBe("1\\0\\0\\0\\1\\0");
    expect(data.string("x00280030")).toBe("2.5\\1.25");
    expect(data.string("x00180088")).toBe("4");
    expect(data.string("x00200052")).toBe("1.2.826.0.1.3680043.8.498.1");
    expect(data.string("x00280301")).toBe("NO");
    expect(data.string("x00204000")).toMatch(/research use only/i);
    expect(data.string("x00082111")).toMatch(/method sense/);
    expect(data.string("x0008001c")).toBeUndefined();
    expect(data.string("x0008103e")).not.toMatch(/SYNTHETIC/);
    expect(data.elements.x00082112.items?.[0].dataSet?.string("x00081155")).toBe("1.2.3.1");
    expect(data.elements.x00082112.items).toHaveLength(1);
    const slope = Number(data.string("x00281053"));
    const at = data.elements.x7fe00010;
    const stored = new DataView(data.byteArray.buffer, data.byteArray.byteOffset + at.dataOffset, at.length);
    for (const [y, x] of [
      [0, 0],
      [5, 4],
      [2, 3],
    ]) {
      const value = stored.getUint16(2 * (y * 5 + x), true) * slope;
      expect(Math.abs(value - 1e-9 * (2 + 10 * y + 100 * x))).toBeLessThan(slope);
    }
    const again = await writers.dicom.write(result, await folder());
    expect(again.map((one) => one.sha256)).toEqual(out.map((one) => one.sha256));
  });

  test("refuses a source that is not MR: it must not leave as one", async () => {
    const result = testResult({ origin: { modality: "CT" } });
    const place = await folder();
    await expect(writers.dicom.write(result, place)).rejects.toMatchObject({
      fault: { code: "UNSUPPORTED", where: "(0008,0060)" },
    });
    expect(await readdir(place)).toEqual([]);
  });

  test("marks synthetic content in three places", async () => {
    const [out] = await writers.dicom.write(testResult({ synthetic: true }), await folder());
    const data = await parsed(out.path);
    expect(data.string("x0008001c")).toBe("YES");
    expect(data.string("x0008103e")).toMatch(/SYNTHETIC/);
    expect(data.string("x00082111")).toMatch(/SYNTHETIC/);
  });

  test("an unknown orientation becomes one secondary capture without geometry", async () => {
    const geometry = testGeometry(3, { orientation: "unknown" });
    const out = await writers.dicom.write(testResult({ geometry }), await folder());
    expect(out).toHaveLength(1);
    const data = await parsed(out[0].path);
    expect(data.string("x00080016")).toBe("1.2.840.10008.5.1.4.1.1.7.3");
    expect(data.string("x00280008")).toBe("3");
    for (const tag of ["x00200032", "x00200037", "x00200052", "x00280030"]) {
      expect(data.elements[tag]).toBeUndefined();
    }
  });

  test("refuses pixels that are not finite", async () => {
    const image = rampImage(1, 2, 2);
    image.data[3] = Number.NaN;
    await expect(writers.dicom.write(testResult({ image }), await folder())).rejects.toThrow(/WRITE_FAILED/);
  });
});
