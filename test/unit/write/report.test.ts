import { createHash } from "node:crypto";
import { decode } from "fast-png";
import { describe, expect, test } from "vitest";
import { reportHtml } from "../../../electron/engine/write/report.ts";
import { differencePicture } from "../../../electron/engine/write/report-pictures.ts";
import { reconCommand } from "../../../electron/engine/write/report-tables.ts";
import { rampImage, testGeometry, testResult } from "../../support/result.ts";

describe("report", () => {
  test("is one document without scripts or anything from outside, and its style is the one its policy allows", () => {
    const page = reportHtml(testResult({ pictures: { reference: rampImage(3, 6, 5, 1.01) } }));
    expect(page).not.toMatch(/<script|https?:|<link|url\(|style="/i);
    for (const source of page.matchAll(/src="([^"]{0,30})/g))
      expect(source[1]).toMatch(/^data:image\/png;base64,/);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    expect(page).toContain(`sha256-${createHash("sha256").update(style).digest("base64")}`);
    expect(page).toContain("default-src &#39;none&#39;");
    expect(page).toContain("For research use only");
  });

  test("escapes what comes from files", () => {
    const result = testResult();
    const title = `<img src=x onerror="alert('1')">&`;
    const input = { ...result.record.input, title, format: "<b>" };
    const page = reportHtml({ ...result, record: { ...result.record, input } });
    expect(page).not.toContain("<img src=x");
    expect(page).not.toContain("<b>)");
    expect(page).toContain("&#60;img src=x");
  });

  test("says what is synthetic, and does not say it of what is not", () => {
    expect(reportHtml(testResult({ synthetic: true }))).toMatch(/<b>SYNTHETIC<\/b>/);
    expect(reportHtml(testResult())).not.toMatch(/SYNTHETIC/);
  });

  test("shows edges of a known orientation only", () => {
    expect(reportHtml(testResult())).toContain('<span class="edge left">R</span>');
    const unknown = reportHtml(testResult({ geometry: testGeometry(3, { orientation: "unknown" }) }));
    expect(unknown).not.toContain('<span class="edge');
    expect(unknown).toContain("orientation unknown");
  });

  test("prints metrics with units, hashes and the way to repeat it, and no patient", () => {
    const result = testResult({ origin: { patientName: "Secret^Name", patientId: "secret-id" } });
    const page = reportHtml(result);
    for (const part of [
      "33.21",
      "dB",
      "0.9123",
      result.record.result.pixelsSha256,
      "pureecho rerun record.json",
    ]) {
      expect(page).toContain(part);
    }
    expect(page.toLowerCase()).not.toContain("secret");
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  test("the command quotes for a shell and names no folder", () => {
    const { record } = testResult();
    const job = { ...record.job, input: "/srv/scans/a scan's.h5", slices: [1, 3] as [number, number] };
    expect(reconCommand({ ...record, job })).toBe(
      "pureecho recon 'a scan'\\''s.h5' --method sense --slices 1:3 --set lambda=0.01 --mask equispaced:4:24 --reference full --seed 7",
    );
  });

  test("the difference is white at zero, red above, blue below", () => {
    const plane = (...data: number[]) => ({ rows: 1, columns: 3, data: Float32Array.from(data) });
    const { picture, limit } = differencePicture(plane(1, 3, 1), plane(1, 1, 3));
    expect(limit).toBe(2);
    const { data } = decode(Buffer.from(picture.split(",")[1], "base64"));
    expect([...data]).toEqual([247, 247, 247, 178, 42, 36, 33, 85, 165]);
  });
});
