import { basename } from "node:path";
import type { Refusal, Warning } from "../../contracts/dataset.ts";
import { cancelled, EchoError, faultOf } from "../base/errors.ts";
import { sha256 } from "../base/hash.ts";
import type { ImageDataset } from "../dataset/dataset.ts";
import { looksBare, readDicomHeader, transferSyntax } from "./dicom-header.ts";
import { type DicomFrame, describeFile, framesOf } from "./dicom-image.ts";
import { type Fragment, fragmentsOf, mirroredWindow, readFrame } from "./dicom-pixels.ts";
import { type Stack, stackKey, stacksOf } from "./dicom-stack.ts";
import { isDicom } from "./file-kind.ts";
import { refusalOf } from "./open-each.ts";
import type { Reader } from "./reader.ts";

/** DICOM images (PS3.3, PS3.5, PS3.10): classic and enhanced, uncompressed, deflated or RLE; one dataset per stack. */
export const dicomReader: Reader = {
  id: "dicom",
  title: "DICOM images",
  sniff: (file) => isDicom(file) || looksBare(file.head),
  async open(files, signal) {
    const frames: DicomFrame[] = [];
    const refused: Refusal[] = [];
    const fragments = new Map<string, Fragment[]>();
    for (const path of files) {
      if (signal?.aborted) throw cancelled();
      try {
        const header = await readDicomHeader(path);
        const file = describeFile(header);
        if (file.syntax === transferSyntax.rle) fragments.set(path, await fragmentsOf(file));
        const found = framesOf(header, file);
        if (/MOSAIC/i.test(found[0].imageType)) {
          throw new EchoError(
            "UNSUPPORTED",
            "recognised as a Siemens mosaic (all slices in one picture), which this version does not unfold yet",
            { path, where: "(0008,0008)" },
          );
        }
        for (const frame of found) frames.push(frame);
      } catch (error) {
        refused.push(refusalOf(error, path));
        if (faultOf(error).code === "CANCELLED") throw error;
      }
    }
    const groups = new Map<string, DicomFrame[]>();
    for (const frame of frames) {
      const key = stackKey(frame);
      const known = groups.get(key);
      if (known === undefined) groups.set(key, [frame]);
      else known.push(frame);
    }
    const stacks = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => stacksOf(group));
    return { datasets: stacks.map((stack) => datasetOf(stack, stacks, fragments)), refused };
  },
};

function datasetOf(
  stack: Stack,
  stacks: readonly Stack[],
  fragments: ReadonlyMap<string, readonly Fragment[]>,
): ImageDataset {
  const [first] = stack.frames;
  const { file } = first;
  const files = [...new Set(stack.frames.map((frame) => frame.file.path))];
  const warnings: Warning[] = [...stack.warnings];
  if (file.origin.modality !== "MR") {
    warnings.push({ code: "NOT_MR", text: `the modality is ${file.origin.modality}, not MR` });
  }
  if (stack.frames.some((frame) => frame.file.bare)) {
    warnings.push({
      code: "NO_PREAMBLE",
      text: "the file lacks the DICOM preamble and was read as a bare dataset",
    });
  }
  if (file.inverted) {
    warnings.push({
      code: "INVERTED",
      text: "MONOCHROME1: pixel values were mirrored so that bright means high",
    });
  }
  const content = stack.frames.map((frame) => [
    frame.file.sopInstance || basename(frame.file.path),
    frame.index,
    frame.file.syntax,
    frame.file.pixels.offset,
    frame.file.pixels.available,
  ]);
  return {
    kind: "image",
    id: sha256(JSON.stringify(content)).slice(0, 12),
    format: "dicom",
    title: titleOf(stack, stacks),
    files,
    slices: stack.frames.length,
    geometry: stack.geometry,
    origin: {
      ...file.origin,
      echoTimeMs: Number.parseFloat(first.echo) || file.origin.echoTimeMs,
      references: stack.frames.map((frame) => ({
        sopClassUid: frame.file.sopClass,
        sopInstanceUid: frame.file.sopInstance,
        frame: frame.file.frames > 1 ? frame.index + 1 : null,
      })),
    },
    synthetic: stack.frames.some((frame) => frame.file.synthetic),
    warnings,
    matrix: [file.rows, file.columns],
    window: mirroredWindow(first),
    async readImage(slice) {
      const frame = stack.frames[slice];
      if (frame === undefined) {
        throw new EchoError(
          "USAGE",
          `slice ${slice} is outside of the ${stack.frames.length} of this series`,
        );
      }
      return readFrame(frame, fragments.get(frame.file.path)?.[frame.index] ?? null);
    },
  };
}

/** Description of the series and what tells its stacks apart. */
function titleOf(stack: Stack, stacks: readonly Stack[]): string {
  const [first] = stack.frames;
  const { origin, path } = first.file;
  const name = origin.seriesDescription || origin.protocolName || basename(path);
  const siblings = stacks.filter((other) => other.frames[0].file.series === first.file.series);
  const parts = [name];
  if (siblings.length > 1) {
    const index = siblings.indexOf(stack) + 1;
    parts.push(stack.volume === null ? `stack ${index} of ${siblings.length}` : `volume ${stack.volume}`);
    const echoes = new Set(siblings.map((other) => other.frames[0].echo));
    const echo = Number.parseFloat(first.echo);
    if (echoes.size > 1 && echo > 0) parts.push(`echo time ${echo} ms`);
  }
  return parts.join(", ");
}
