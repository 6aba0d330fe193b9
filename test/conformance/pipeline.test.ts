import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readComplexNpy } from "../../electron/engine/read/index.ts";
import { readCfl } from "../support/cfl.ts";
import { pureecho } from "../support/cli.ts";
import { nrmseAfterScale } from "../support/compare.ts";
import { figure } from "../support/figures.ts";
import { describeShared, sharedData } from "../support/shared.ts";
import { describeWithTools, runTool } from "../support/tools.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pureecho-pipeline-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `recon` as a user does and returns the pixels that it wrote. */
async function recon(name: string, args: readonly string[]): Promise<{ data: Float32Array; sha256: string }> {
  const done = await pureecho([
    "recon",
    ...args,
    "--format",
    "npy",
    "--out",
    file(name),
    "--json",
    "--quiet",
  ]);
  expect(done.stderr).toBe("");
  expect(done.code).toBe(0);
  const { data } = await readComplexNpy(join(file(name), "complex.npy"));
  return { data, sha256: String(done.json().pixelsSha256) };
}

/** What the ISMRMRD tool appended to its input, as interleaved complex. */
const readImages = `
import sys, h5py, numpy
with h5py.File(sys.argv[1]) as file:
    group = file["dataset"]
    images = [group[name]["data"][()] for name in group if isinstance(group[name], h5py.Group) and "data" in group[name]]
image = numpy.squeeze(images[0])
numpy.stack([image, numpy.zeros_like(image)], -1).astype("<f4").tofile(sys.argv[2])
print(*image.shape)
`;

describeShared("the whole path on a real head", () => {
  const ismrmrd = sharedData("raw/brain16/brain16_ismrmrd.h5");

  it("gives the same pixels from the ISMRMRD and the fastMRI form", async () => {
    const one = await recon("ismrmrd", [ismrmrd, "--method", "zero-filled"]);
    const other = await recon("fastmri", [
      sharedData("raw/brain16/brain16_fastmri_like.h5"),
      "--method",
      "zero-filled",
    ]);
    expect(other.sha256).toBe(one.sha256);
  });

  describeWithTools(["bart", "ismrmrd_recon_cartesian_2d", "python"], "beside the tools of the field", () => {
    it("zero-filled equals the ISMRMRD tool and BART", async () => {
      const ours = await recon("zero-filled", [ismrmrd, "--method", "zero-filled"]);

      // The tool writes into its input.
      copyFileSync(ismrmrd, file("copy.h5"));
      runTool("ismrmrd_recon_cartesian_2d", [file("copy.h5")]);
      writeFileSync(file("images.py"), readImages);
      expect(runTool("python", [file("images.py"), file("copy.h5"), file("tool.bin")]).trim()).toBe(
        "128 128",
      );
      const theirs = new Float32Array(new Uint8Array(readFileSync(file("tool.bin"))).buffer);
      const tool = nrmseAfterScale(theirs, ours.data).nrmse;
      figure("brain16 zero-filled against ismrmrd_recon_cartesian_2d, NRMSE", tool, "below 1e-5");
      expect(tool).toBeLessThan(1e-5);

      runTool("bart", ["fft", "-iu", "3", sharedData("raw/brain16/brain16"), file("coils")]);
      runTool("bart", ["rss", "8", file("coils"), file("rss")]);
      const bart = nrmseAfterScale(readCfl(file("rss")).data, ours.data).nrmse;
      figure("brain16 zero-filled against bart fft and rss, NRMSE", bart, "below 1e-5");
      expect(bart).toBeLessThan(1e-5);
    });

    it("sense equals pics with the same maps and mask", async () => {
      runTool("bart", ["ecalib", "-m1", sharedData("raw/brain16/brain16"), file("maps")]);
      const ours = await recon("sense", [
        ...[ismrmrd, "--method", "sense", "--mask", "equispaced:3:24:0", "--maps", file("maps.cfl")],
        ...["--set", "lambda=0.01", "--set", "iterations=30"],
      ]);
      // The mask as the issue states it: every third line from 0 and the 24 in the centre.
      const lines = Array.from({ length: 128 }, (_, line) =>
        line % 3 === 0 || (line >= 52 && line < 76) ? 1 : 0,
      );
      writeFileSync(file("mask.hdr"), "# Dimensions\n1 128\n");
      writeFileSync(
        file("mask.cfl"),
        new Uint8Array(Float32Array.from(lines.flatMap((line) => [line, 0])).buffer),
      );
      runTool("bart", ["fmac", sharedData("raw/brain16/brain16"), file("mask"), file("kept")]);
      runTool("bart", [
        "pics",
        "-l2",
        "-w",
        "1",
        "-r",
        "0.01",
        "-i30",
        file("kept"),
        file("maps"),
        file("pics"),
      ]);
      const pics = nrmseAfterScale(readCfl(file("pics")).data, ours.data).nrmse;
      figure("brain16 sense against bart pics, NRMSE", pics, "below 1e-4");
      expect(pics).toBeLessThan(1e-4);
    });
  });
});

describe("the samples", () => {
  it("demo makes pictures, exports and reports", async () => {
    const done = await pureecho(["demo", "--out", file("demo"), "--json", "--quiet"]);
    expect(done.stderr).toBe("");
    expect(done.code).toBe(0);
    const { outputs } = done.json() as { outputs: { format: string; path: string }[] };
    expect(new Set(outputs.map((one) => one.format))).toEqual(
      new Set(["report", "dicom", "nifti", "png", "npy", "hdf5"]),
    );
    expect(readFileSync(join(file("demo"), "index.html"), "utf8")).toContain("head-sense/report.html");
  });
});
