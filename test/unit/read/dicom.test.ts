import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorCodes } from "../../../electron/contracts/errors.ts";
import type { ImageDataset } from "../../../electron/engine/dataset/dataset.ts";
import { openPaths } from "../../../electron/engine/read/index.ts";
import {
  dataset,
  type Elements,
  element,
  encapsulated,
  nested,
  picture,
  pictureElements,
  preamble,
} from "../../fixtures/dicom-bytes.ts";

let folder: string;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pureecho-dicom-"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${String(files++).padStart(4, "0")}.dcm`);
  await writeFile(path, bytes);
  return path;
}

async function open(...contents: Uint8Array[]): Promise<ImageDataset[]> {
  const { datasets, refused } = await openPaths(await Promise.all(contents.map(written)));
  expect(refused).toEqual([]);
  return datasets as ImageDataset[];
}

async function pixels(image: ImageDataset, slice = 0): Promise<number[]> {
  const { data } = await image.readImage(slice);
  return [...data].filter((_, index) => index % 2 === 0);
}

describe("pixels", () => {
  test("signed and unsigned words, rescale, window", async () => {
    const [plain] = await open(picture(2, 2, [1, 2, 3, 65535]));
    expect(await pixels(plain)).toEqual([1, 2, 3, 65535]);
    expect(plain.window).toBeNull();
    const [signed] = await open(
      picture(1, 3, [-5, 0, 7], {
        "00280103": ["US", 1],
        "00281050": ["DS", 10],
        "00281051": ["DS", 20],
        "00281052": ["DS", -100],
        "00281053": ["DS", 2],
      }),
    );
    expect(await pixels(signed)).toEqual([-110, -100, -86]);
    expect(signed.window).toEqual([0, 20]);
  });

  test("bits above the stored ones are not pixels; twelve signed bits keep their sign", async () => {
    const twelve: Elements = { "00280101": ["US", 12], "00280102": ["US", 11] };
    const [unsigned] = await open(picture(1, 2, [0xf123, 0x0fff], twelve));
    expect(await pixels(unsigned)).toEqual([0x123, 0xfff]);
    const [signed] = await open(picture(1, 2, [0x0fff, 0x0800], { ...twelve, "00280103": ["US", 1] }));
    expect(await pixels(signed)).toEqual([-1, -2048]);
    const [shifted] = await open(picture(1, 1, [0x1230], { "00280101": ["US", 12], "00280102": ["US", 15] }));
    expect(await pixels(shifted)).toEqual([0x123]);
  });

  test("MONOCHROME1 is mirrored, its window too, and said", async () => {
    const [image] = await open(
      picture(1, 2, [0, 1000], {
        "00280004": ["CS", "MONOCHROME1"],
        "00280101": ["US", 12],
        "00280102": ["US", 11],
        "00281050": ["DS", 100],
        "00281051": ["DS", 200],
      }),
    );
    expect(await pixels(image)).toEqual([4095, 3095]);
    expect(image.window).toEqual([3895, 4095]);
    expect(image.warnings.map((warning) => warning.code)).toContain("INVERTED");
  });

  test("RLE: two segments per word, literal and repeated runs", async () => {
    const segment = (bytes: number[]): Buffer => Buffer.from(bytes);
    const high = segment([0xfd, 0x01]); // 4 times 0x01
    const low = segment([3, 10, 20, 30, 40]);
    const head = Buffer.alloc(64);
    head.writeUInt32LE(2, 0);
    head.writeUInt32LE(64, 4);
    head.writeUInt32LE(66, 8);
    const frame = Buffer.concat([head, high, low, Buffer.alloc(1)]);
    const file = Buffer.concat([
      preamble("1.2.840.10008.1.2.5"),
      dataset(pictureElements(2, 2)),
      encapsulated([frame]),
    ]);
    const [image] = await open(file);
    expect(await pixels(image)).toEqual([266, 276, 286, 296]);
  });

  test("deflated datasets open, bombs do not", async () => {
    const body = Buffer.concat([
      dataset(pictureElements(1, 2)),
      element("7fe00010", "OW", Buffer.from([7, 0, 9, 0])),
    ]);
    const [image] = await open(Buffer.concat([preamble("1.2.840.10008.1.2.1.99"), deflateRawSync(body)]));
    expect(await pixels(image)).toEqual([7, 9]);
    const bomb = deflateRawSync(Buffer.alloc(257 << 20), { level: 1 });
    const path = await written(Buffer.concat([preamble("1.2.840.10008.1.2.1.99"), bomb]));
    const { refused } = await openPaths([path]);
    expect(refused[0]).toMatchObject({ code: "TOO_LARGE" });
  });

  test("a file without preamble is read with a warning", async () => {
    const bare = picture(1, 2, [3, 4]).subarray(preamble().length);
    const [image] = await open(bare);
    expect(await pixels(image)).toEqual([3, 4]);
    expect(image.warnings.map((warning) => warning.code)).toContain("NO_PREAMBLE");
    const [meta] = await open(picture(1, 2, [3, 4]).subarray(132));
    expect(await pixels(meta)).toEqual([3, 4]);
  });
});

describe("series", () => {
  const at = (z: number, more: Elements = {}): Buffer =>
    picture(1, 2, [z, z], {
      "00080018": ["UI", `1.2.3.${z}`],
      "00200032": ["DS", [0, 0, z]],
      "00180050": ["DS", 99],
      ...more,
    });

  test("spacing comes from positions, slices are sorted along the normal", async () => {
    const [stack, ...others] = await open(at(10), at(0), at(5));
    expect(others).toEqual([]);
    expect(stack.geometry.positions.map((position) => position[2])).toEqual([0, 5, 10]);
    expect(stack.geometry).toMatchObject({ sliceSpacingMm: 5, sliceThicknessMm: 99, spacingMm: [3, 2] });
    expect(await pixels(stack, 2)).toEqual([10, 10]);
    expect(stack.origin.references.map((one) => one.sopInstanceUid)).toEqual([
      "1.2.3.0",
      "1.2.3.5",
      "1.2.3.10",
    ]);
    expect(stack.id).toMatch(/^[0-9a-f]{12}$/);
  });

  test("echoes, orientations and series are apart", async () => {
    const stacks = await open(
      at(0, { "00180081": ["DS", 10] }),
      at(0, { "00180081": ["DS", 20] }),
      at(0, { "00200037": ["DS", [0, 1, 0, 0, 0, -1]] }),
      at(0, { "0020000e": ["UI", "1.2.5"] }),
    );
    expect(stacks.map((stack) => stack.slices)).toEqual([1, 1, 1, 1]);
  });

  test("a gap, a duplicate and an uneven stack are said, and have no slice spacing where it would be a lie", async () => {
    const codes = async (...heights: number[]): Promise<[string[], number | null]> => {
      const [stack] = await open(...heights.map((z) => at(z)));
      return [stack.warnings.map((warning) => warning.code), stack.geometry.sliceSpacingMm];
    };
    expect(await codes(0, 1, 2, 4, 5)).toEqual([["GAP"], null]);
    expect(await codes(0, 1, 1, 2)).toEqual([["DUPLICATE_POSITION"], 1]);
    expect(await codes(0, 10, 13, 27)).toEqual([["UNEVEN_SPACING"], null]);
    expect(await codes(0, 1, 2)).toEqual([[], 1]);
  });

  test("every position twice are two volumes", async () => {
    const volumes = await open(
      ...[1, 2].flatMap((time) =>
        [0, 3].map((z) => at(z, { "00200012": ["IS", time], "00080018": ["UI", `1.${time}.${z + 1}`] })),
      ),
    );
    expect(volumes.map((volume) => volume.slices)).toEqual([2, 2]);
    expect(volumes[0].origin.references.map((one) => one.sopInstanceUid)).toEqual(["1.1.1", "1.1.4"]);
  });

  test.each([
    ["collinear directions", { "00200037": ["DS", [1, 0, 0, 1, 0, 0]] }, "NO_GEOMETRY"],
    ["zero spacing", { "00280030": ["DS", [0, 0]] }, "NO_SPACING"],
  ] as [string, Elements, string][])("%s are said, not used", async (_name, more, code) => {
    const [image] = await open(at(0, more));
    expect(image.warnings.map((warning) => warning.code)).toContain(code);
    expect(image.geometry.orientation).toBe(code === "NO_GEOMETRY" ? "unknown" : "known");
  });

  test("enhanced frames have their own positions, rescale and references", async () => {
    const frame = (x: number, slope: number): { elements: Elements } => ({
      elements: {
        "00209113": ["SQ", [{ elements: { "00200032": ["DS", [x, 0, 0]] } }]],
        "00289145": ["SQ", [{ elements: { "00281052": ["DS", 0], "00281053": ["DS", slope] } }]],
      },
    });
    const shared: Elements = {
      "00209116": ["SQ", [{ elements: { "00200037": ["DS", [0, 1, 0, 0, 0, -1]] } }]],
      "00289110": ["SQ", [{ elements: { "00280030": ["DS", [0.5, 0.25]] } }]],
    };
    const [stack] = await open(
      picture(1, 1, [1, 2, 3], {
        "00280008": ["IS", 3],
        "52009229": ["SQ", [{ elements: shared }]],
        "52009230": ["SQ", [frame(-8, 1), frame(0, 2), frame(-4, 3)]],
      }),
    );
    expect(stack.geometry).toMatchObject({
      rowDirection: [0, 1, 0],
      columnDirection: [0, 0, -1],
      spacingMm: [0.25, 0.5],
      sliceSpacingMm: 4,
    });
    // The normal is -x: the frame with the largest x lies lowest.
    expect(stack.origin.references.map((one) => one.frame)).toEqual([2, 3, 1]);
    expect([await pixels(stack, 0), await pixels(stack, 1), await pixels(stack, 2)]).toEqual([[4], [9], [1]]);
  });

  test("patient and synthetic mark are carried", async () => {
    const [image] = await open(
      at(0, {
        "00080005": ["CS", "ISO_IR 192"],
        "00100010": ["PN", Buffer.from("Müller^Zoë", "utf8")],
        "0008001c": ["CS", "YES"],
      }),
    );
    expect(image.origin.patientName).toBe("Müller^Zoë");
    expect(image.synthetic).toBe(true);
  });
});

describe("hostile files are refused with a code, quickly", () => {
  const body = (more: Elements, pixelBytes = 8): Buffer =>
    Buffer.concat([
      preamble(),
      dataset(pictureElements(2, 2, more)),
      element("7fe00010", "OW", Buffer.alloc(pixelBytes)),
    ]);
  const whole = body({});
  const cases: [string, () => Buffer][] = [
    ["zero bytes", () => Buffer.alloc(0)],
    ["preamble only", () => whole.subarray(0, 132)],
    ["truncated meta header", () => whole.subarray(0, 150)],
    ["truncated header", () => whole.subarray(0, whole.length - 60)],
    ["truncated pixels", () => whole.subarray(0, whole.length - 2)],
    ["65,535 x 65,535", () => body({ "00280010": ["US", 65535], "00280011": ["US", 65535] })],
    ["2^31 - 1 frames", () => body({ "00280008": ["IS", 2147483647] })],
    ["frames that are no number", () => body({ "00280008": ["IS", "1A"] })],
    ["zero rows", () => body({ "00280010": ["US", 0] })],
    ["zero bits allocated", () => body({ "00280100": ["US", 0] })],
    ["64 bits allocated", () => body({ "00280100": ["US", 64] })],
    ["more bits stored than allocated", () => body({ "00280101": ["US", 17] })],
    ["a length past the end", () => Buffer.concat([preamble(), element("00081030", "UT", "x", 0x7ffffff0)])],
    [
      "pixels that claim more than there is",
      () =>
        Buffer.concat([
          preamble(),
          dataset(pictureElements(2, 2)),
          element("7fe00010", "OW", Buffer.alloc(4), 8),
        ]),
    ],
    [
      "a sequence 3,000 deep",
      () => Buffer.concat([preamble(), nested(3000), dataset(pictureElements(1, 1))]),
    ],
    [
      "a sequence 100 deep",
      () =>
        Buffer.concat([
          preamble(),
          nested(100),
          dataset(pictureElements(1, 1)),
          element("7fe00010", "OW", Buffer.alloc(2)),
        ]),
    ],
    ["a sequence never closed", () => Buffer.concat([preamble(), nested(3, false)])],
    [
      "an unknown transfer syntax",
      () => Buffer.concat([preamble("1.2.3.4"), whole.subarray(preamble().length)]),
    ],
    [
      "JPEG by name",
      () =>
        Buffer.concat([
          preamble("1.2.840.10008.1.2.4.70"),
          dataset(pictureElements(2, 2)),
          encapsulated([Buffer.alloc(10)]),
        ]),
    ],
    [
      "RLE without fragments",
      () =>
        Buffer.concat([preamble("1.2.840.10008.1.2.5"), dataset(pictureElements(2, 2)), encapsulated([])]),
    ],
    [
      "RLE cut off",
      () =>
        Buffer.concat([
          preamble("1.2.840.10008.1.2.5"),
          dataset(pictureElements(2, 2)),
          encapsulated([Buffer.alloc(80)]),
        ]).subarray(0, -40),
    ],
    [
      "native pixels under an RLE name",
      () => Buffer.concat([preamble("1.2.840.10008.1.2.5"), whole.subarray(preamble().length)]),
    ],
    [
      "a PNG named .dcm",
      () => Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), Buffer.alloc(300, 7)]),
    ],
    [
      "random bytes",
      () => Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255)),
    ],
  ];

  test.each(cases)("%s", async (_name, bytes) => {
    const path = await written(bytes());
    const good = await written(picture(1, 1, [1]));
    const started = performance.now();
    const { datasets, refused } = await openPaths([path, good]);
    expect(performance.now() - started).toBeLessThan(1000);
    expect(datasets).toHaveLength(1);
    expect(refused).toHaveLength(1);
    expect(refused[0].path).toBe(path);
    expect(errorCodes).toContain(refused[0].code);
    expect(refused[0].code).not.toBe("INTERNAL");
    expect(refused[0].reason.length).toBeGreaterThan(8);
  });

  test("RLE whose segments lie is refused when its pixels are read", async () => {
    const frame = Buffer.alloc(70);
    frame.writeUInt32LE(2, 0);
    frame.writeUInt32LE(64, 4);
    frame.writeUInt32LE(90_000, 8);
    const [image] = await open(
      Buffer.concat([preamble("1.2.840.10008.1.2.5"), dataset(pictureElements(2, 2)), encapsulated([frame])]),
    );
    await expect(image.readImage(0)).rejects.toMatchObject({ fault: { code: "DAMAGED" } });
  });
});
