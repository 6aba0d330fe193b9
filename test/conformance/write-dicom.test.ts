import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Result } from "../../electron/engine/dataset/result.ts";
import { writers } from "../../electron/engine/write/index.ts";
import { askPython } from "../support/python-judge.ts";
import { rampImage, testGeometry, testResult } from "../support/result.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

/** The 2022 dictionary of dciodvfy lacks Synthetic Data (0008,001C), which the standard has since 2023. */
const allowed =
  /^Error - Attribute with an even group number is not a recognized standard attribute - \(0x0008,0x001c\)/;

const references = [0, 1, 2].map((slice) => ({
  sopClassUid: "1.2.840.10008.5.1.4.1.1.4.1",
  sopInstanceUid: `1.2.3.4.${slice + 1}`,
  frame: slice + 1,
}));

const results: Record<string, Result> = {
  "raw data that say nothing of themselves": testResult(),
  "synthetic content": testResult({ synthetic: true }),
  "a derived series with all of its source": testResult({
    image: rampImage(3, 6, 5, 1e-9),
    origin: {
      patientName: "Müller^Jürgen",
      patientId: "x1",
      patientBirthDate: "19700102",
      patientSex: "O",
      studyInstanceUid: "1.2.3.4",
      studyDate: "20200304",
      studyTime: "101112",
      studyId: "7",
      accessionNumber: "a7",
      referringPhysician: "Doe^Jane",
      seriesDescription: "t1 tirm tra with a description that is much longer than sixty-four characters",
      seriesNumber: 5,
      bodyPart: "KNEE",
      patientPosition: "HFS",
      protocolName: "knee",
      manufacturer: "SIEMENS",
      fieldStrengthTesla: 2.89362,
      echoTimeMs: 4.92,
      repetitionTimeMs: 400.5,
      inversionTimeMs: 220,
      flipAngleDeg: 90,
      echoTrainLength: 3,
      scanningSequence: "SE\\IR",
      sequenceVariant: "SK\\SP",
      acquisitionType: "2D",
      references,
    },
  }),
  "one slice of a head, huge amplitudes": testResult({
    image: rampImage(1, 6, 5, 1e11),
    origin: { bodyPart: "HEAD", patientPosition: "FFP", scanningSequence: "GR" },
  }),
  "a stated orientation without thickness": testResult({
    geometry: {
      ...testGeometry(3, { orientation: "stated" }),
      sliceThicknessMm: null,
      frameOfReferenceUid: null,
    },
  }),
  "an oblique stack": testResult({
    geometry: testGeometry(3, { row: [0.8, 0.6, 0], column: [-0.6 * 0.6, 0.8 * 0.6, -0.8] }),
  }),
  "an unknown orientation": testResult({ geometry: testGeometry(3, { orientation: "unknown" }) }),
  "one synthetic slice of unknown orientation": testResult({
    image: rampImage(1, 6, 5),
    synthetic: true,
    geometry: testGeometry(1, { orientation: "unknown" }),
  }),
  "an empty picture": testResult({ image: rampImage(1, 4, 4, 0) }),
};

const folder = mkdtempSync(join(tmpdir(), "pureecho-dicom-"));

describe("DICOM export", () => {
  describeWithTools(["dciodvfy", "dcmftest"], "judged by dciodvfy and dcmftest", () => {
    test.each(Object.keys(results))("%s", async (name) => {
      const outputs = await writers.dicom.write(results[name], join(folder, name));
      for (const { path } of outputs) {
        const errors = runTool("dciodvfy", [path], { allowFailure: true })
          .split("\n")
          .filter((line) => line.startsWith("Error"));
        const synthetic = results[name].record.result.synthetic;
        expect(errors.filter((line) => !(synthetic && allowed.test(line)))).toEqual([]);
        expect(errors).toHaveLength(synthetic ? 1 : 0);
        expect(runTool("dcmftest", [path])).toMatch(/^yes/);
      }
    });
  });

  describeWithTools(["python"], "read by pydicom", () => {
    test("pixels, spacing, names beyond ASCII and sources", async () => {
      const derived = results["a derived series with all of its source"];
      const unknown = results["an unknown orientation"];
      const place = join(folder, "pydicom");
      const paths = [
        ...(await writers.dicom.write(derived, join(place, "derived"))),
        ...(await writers.dicom.write(unknown, join(place, "unknown"))),
      ].map((one) => one.path);
      const answers = askPython("write-judges.py", place, { series: paths }).series as Record<
        string,
        unknown
      >[];
      expect(answers[2]).toMatchObject({
        patient: "Müller^Jürgen",
        frames: 1,
        shape: [6, 5],
        spacing: [2.5, 1.25],
        synthetic: "",
        sources: ["1.2.3.4.3"],
      });
      expect(Number(answers[2].largest) / 453e-9).toBeCloseTo(1, 4);
      expect(answers[3]).toMatchObject({ frames: 3, shape: [3, 6, 5], spacing: [], sources: [] });
      expect(Number(answers[3].largest)).toBeCloseTo(453, 1);
    });
  });
});
