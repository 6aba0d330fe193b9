import { createHash } from "node:crypto";
import type { Vec3 } from "../../contracts/dataset.ts";
import { cancelled, EchoError } from "../base/errors.ts";
import { type Hdf5Dataset, hdf5Class, withHdf5 } from "./hdf5.ts";

/** What the fixed header of one readout says (ismrmrd.h, ISMRMRD_AcquisitionHeader). */
export interface Acquisition {
  /** Row of the table. */
  readonly row: number;
  /** Low 32 of the 64 flag bits; every flag this version knows is among them. */
  readonly flags: number;
  readonly samples: number;
  readonly channels: number;
  readonly discardPre: number;
  readonly discardPost: number;
  readonly centreSample: number;
  readonly encoding: number;
  readonly position: Vec3;
  readonly readDirection: Vec3;
  readonly phaseDirection: Vec3;
  readonly sliceDirection: Vec3;
  readonly step1: number;
  readonly step2: number;
  readonly average: number;
  readonly slice: number;
  readonly contrast: number;
  readonly phase: number;
  readonly repetition: number;
  readonly set: number;
}

/** Flags by the number they have in ismrmrd.h; bit `number - 1`. */
export const flag = {
  noise: 19,
  calibration: 20,
  calibrationAndImaging: 21,
  reverse: 22,
  navigation: 23,
  phaseCorrection: 24,
  hpFeedback: 26,
  dummy: 27,
  rtFeedback: 28,
  surfaceCoilCorrection: 29,
  phaseStabilisationReference: 30,
  phaseStabilisation: 31,
} as const;

export function hasFlag(acquisition: Acquisition, number: number): boolean {
  return ((acquisition.flags >>> (number - 1)) & 1) === 1;
}

const mostAcquisitions = 8_000_000;
/** Bytes of samples that one hyperslab should bring along. */
const hyperslabBytes = 8 << 20;

interface Layout {
  readonly offsets: Readonly<Record<string, number>>;
  readonly data: number;
  readonly headBytes: number;
}

function layoutOf(dataset: Hdf5Dataset, path: string): Layout {
  const refuse = (reason: string): never => {
    throw new EchoError("DAMAGED", reason, { path, where: dataset.path });
  };
  const members = dataset.metadata.compound_type?.members ?? [];
  const head = members.find((member) => member.name === "head");
  const data = members.find((member) => member.name === "data");
  if (dataset.shape.length !== 1 || head?.compound_type === undefined || data === undefined) {
    return refuse("is not a table of ISMRMRD acquisitions");
  }
  if (
    data.type !== hdf5Class.variable ||
    data.vlen_type?.type !== hdf5Class.float ||
    data.vlen_type.size !== 4
  ) {
    return refuse("the samples are not lists of float32");
  }
  const offsets: Record<string, number> = {};
  for (const member of head.compound_type.members) {
    if (!member.littleEndian) refuse("big-endian headers are not read by this version");
    offsets[member.name] = head.offset + member.offset;
    for (const inner of member.compound_type?.members ?? []) {
      offsets[`${member.name}.${inner.name}`] = head.offset + member.offset + inner.offset;
    }
  }
  for (const name of neededMembers) {
    if (offsets[name] === undefined) refuse(`the acquisition header has no ${name}`);
  }
  return { offsets, data: data.offset, headBytes: head.size };
}

const neededMembers = [
  "flags",
  "number_of_samples",
  "active_channels",
  "discard_pre",
  "discard_post",
  "center_sample",
  "encoding_space_ref",
  "position",
  "read_dir",
  "phase_dir",
  "slice_dir",
  "idx.kspace_encode_step_1",
  "idx.kspace_encode_step_2",
  "idx.average",
  "idx.slice",
  "idx.contrast",
  "idx.phase",
  "idx.repetition",
  "idx.set",
] as const;

function acquisitionOf(view: DataView, { offsets }: Layout, row: number): Acquisition {
  const u16 = (name: (typeof neededMembers)[number]): number => view.getUint16(offsets[name], true);
  const vector = (name: (typeof neededMembers)[number]): Vec3 => [
    view.getFloat32(offsets[name], true),
    view.getFloat32(offsets[name] + 4, true),
    view.getFloat32(offsets[name] + 8, true),
  ];
  return {
    row,
    flags: view.getUint32(offsets.flags, true),
    samples: u16("number_of_samples"),
    channels: u16("active_channels"),
    discardPre: u16("discard_pre"),
    discardPost: u16("discard_post"),
    centreSample: u16("center_sample"),
    encoding: u16("encoding_space_ref"),
    position: vector("position"),
    readDirection: vector("read_dir"),
    phaseDirection: vector("phase_dir"),
    sliceDirection: vector("slice_dir"),
    step1: u16("idx.kspace_encode_step_1"),
    step2: u16("idx.kspace_encode_step_2"),
    average: u16("idx.average"),
    slice: u16("idx.slice"),
    contrast: u16("idx.contrast"),
    phase: u16("idx.phase"),
    repetition: u16("idx.repetition"),
    set: u16("idx.set"),
  };
}

export interface AcquisitionTable {
  readonly acquisitions: readonly Acquisition[];
  /** SHA-256 over headers and samples of the whole table. */
  readonly sha256: string;
}

/**
 * All acquisition headers. The table is read in hyperslabs of a few MiB, so that memory stays bounded; the samples
 * that come along are only hashed.
 *
 * @throws EchoError DAMAGED, TOO_LARGE, CANCELLED.
 */
export async function readTable(
  path: string,
  where: string,
  signal?: AbortSignal,
): Promise<AcquisitionTable> {
  const acquisitions: Acquisition[] = [];
  const hash = createHash("sha256");
  let total = 1;
  let next = 1;
  while (acquisitions.length < total) {
    if (signal?.aborted) throw cancelled();
    await withHdf5(path, (file) => {
      const dataset = file.dataset(where);
      if (dataset === null) throw new EchoError("DAMAGED", "has no acquisitions", { path, where });
      const layout = layoutOf(dataset, path);
      total = dataset.shape[0];
      if (total === 0) throw new EchoError("DAMAGED", "the table of acquisitions is empty", { path, where });
      if (total > mostAcquisitions) {
        throw new EchoError("TOO_LARGE", `${total} acquisitions`, { path, where });
      }
      let bytes = 0;
      const count = Math.min(next, total - acquisitions.length);
      dataset.rows(acquisitions.length, count, (view, variable) => {
        const one = acquisitionOf(view, layout, acquisitions.length);
        const samples = variable(layout.data, 4);
        checkLength(one, samples.length, path, where);
        hash.update(new Uint8Array(view.buffer, view.byteOffset, layout.headBytes)).update(samples);
        bytes += samples.length + layout.headBytes;
        acquisitions.push(one);
      });
      next = Math.min(4096, Math.max(1, Math.floor(hyperslabBytes / Math.max(1, bytes / count))));
    });
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { acquisitions, sha256: hash.digest("hex") };
}

function checkLength(one: Acquisition, bytes: number, path: string, where: string): void {
  if (bytes !== 8 * one.samples * one.channels) {
    throw new EchoError(
      "DAMAGED",
      `holds ${bytes / 8} samples where its header says ${one.channels} x ${one.samples}`,
      { path, where: `${where}[${one.row}]` },
    );
  }
}

/**
 * Samples of the rows `wanted`, each `[channel, sample]` interleaved complex, in the given order. Rows that follow each
 * other in the file are read together.
 */
export async function readSamples(
  path: string,
  where: string,
  wanted: readonly Acquisition[],
  visit: (acquisition: Acquisition, samples: Float32Array) => void,
): Promise<void> {
  let from = 0;
  while (from < wanted.length) {
    let to = from;
    await withHdf5(path, (file) => {
      const dataset = file.dataset(where);
      if (dataset === null) throw new EchoError("DAMAGED", "has no acquisitions", { path, where });
      const layout = layoutOf(dataset, path);
      let bytes = 0;
      while (to < wanted.length && bytes < 4 * hyperslabBytes) {
        const first = to;
        do {
          bytes += 8 * wanted[to].samples * wanted[to].channels;
          to++;
        } while (
          to < wanted.length &&
          wanted[to].row === wanted[to - 1].row + 1 &&
          bytes < 4 * hyperslabBytes
        );
        let index = first;
        dataset.rows(wanted[first].row, to - first, (_view, variable) => {
          const found = variable(layout.data, 4);
          checkLength(wanted[index], found.length, path, where);
          const copy = found.slice();
          visit(wanted[index], new Float32Array(copy.buffer, 0, copy.length / 4));
          index++;
        });
      }
    });
    from = to;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
