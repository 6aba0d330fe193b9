import { describe, expect, test } from "vitest";
import { energy } from "../../../electron/engine/base/complex.ts";
import { fftCentred } from "../../../electron/engine/physics/fft.ts";
import { directionsOf, sortedStack } from "../../../electron/engine/read/ismrmrd-geometry.ts";
import { parseIsmrmrdHeader } from "../../../electron/engine/read/ismrmrd-header.ts";
import { groupedStacks, roleOf } from "../../../electron/engine/read/ismrmrd-roles.ts";
import { type LineGrid, maskOf, placeOf } from "../../../electron/engine/read/ismrmrd-slice.ts";
import { type Acquisition, flag } from "../../../electron/engine/read/ismrmrd-table.ts";
import { foundMask } from "../../../electron/engine/read/lines.ts";
import {
  acquiredColumns,
  columnsWithoutOversampling,
  removeOversampling,
} from "../../../electron/engine/read/readout.ts";

function line(more: Partial<Acquisition> = {}): Acquisition {
  return {
    row: 0,
    flags: 0,
    samples: 8,
    channels: 2,
    discardPre: 0,
    discardPost: 0,
    centreSample: 4,
    encoding: 0,
    position: [0, 0, 0],
    readDirection: [1, 0, 0],
    phaseDirection: [0, 1, 0],
    sliceDirection: [0, 0, 1],
    step1: 0,
    step2: 0,
    average: 0,
    slice: 0,
    contrast: 0,
    phase: 0,
    repetition: 0,
    set: 0,
    ...more,
  };
}

const grid: LineGrid = {
  path: "scan.h5",
  where: "/dataset/data",
  coils: 2,
  rows: 6,
  readout: { length: 8, columns: 8 },
  partitions: 1,
  firstRow: 1,
  firstPartition: 0,
};

describe("header", () => {
  const xml = (inner: string): string => `<?xml version="1.0"?><ismrmrdHeader>${inner}</ismrmrdHeader>`;
  const space = "<encodedSpace><matrixSize><x>8</x><y>6</y><z>1</z></matrixSize></encodedSpace>";
  const parse = (text: string) => parseIsmrmrdHeader(text, "scan.h5", "/dataset/xml");

  test("missing parts are null, a missing recon space is the encoded one", () => {
    const { encodings, origin, title } = parse(xml(`<encoding>${space}</encoding>`));
    expect(encodings[0]).toEqual({
      encoded: { matrix: { x: 8, y: 6, z: 1 }, fovMm: null },
      recon: { matrix: { x: 8, y: 6, z: 1 }, fovMm: null },
      centre: { step1: null, step2: null },
      trajectory: "",
    });
    expect([origin.fieldStrengthTesla, origin.echoTimeMs, title]).toEqual([null, null, ""]);
  });

  test("prefixes and character references", () => {
    const text =
      '<i:ismrmrdHeader xmlns:i="http://www.ismrm.org/ISMRMRD">' +
      `<i:encoding>${space.replaceAll(/<(\/?)/g, "<$1i:")}</i:encoding>` +
      "<i:measurementInformation><i:protocolName>a &amp;lt; &#233;&#x4e2d;</i:protocolName>" +
      "</i:measurementInformation></i:ismrmrdHeader>";
    expect(parse(text).title).toBe("a &lt; é中");
  });

  test.each([
    ["no XML", "hello"],
    ["an open tag", "<ismrmrdHeader><encoding>"],
    ["no encoding", xml("")],
    [
      "an external entity",
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${xml(`<encoding>${space}</encoding>`)}`,
    ],
    ["a matrix of zero", xml(`<encoding>${space.replace("<x>8</x>", "<x>0</x>")}</encoding>`)],
    ["a matrix above 65,535", xml(`<encoding>${space.replace("<x>8</x>", "<x>70000</x>")}</encoding>`)],
  ])("%s is damaged", (_name, text) => {
    expect(() => parse(text)).toThrowError(
      expect.objectContaining({ fault: expect.objectContaining({ code: "DAMAGED" }) }),
    );
  });
});

describe("readout", () => {
  test("the recon field of view decides, then twice the matrix", () => {
    expect(columnsWithoutOversampling(256, 512, 256, 100)).toBe(128);
    expect(columnsWithoutOversampling(256, 256, 256, 128)).toBe(256);
    expect(columnsWithoutOversampling(256, 256, 300, 128)).toBe(256);
    expect(columnsWithoutOversampling(256, null, null, 128)).toBe(128);
    expect(columnsWithoutOversampling(250, null, null, 128)).toBe(250);
  });

  test("an object inside of the field of view keeps its image and its energy", () => {
    const image = new Float32Array(2 * 16);
    for (let x = 5; x < 11; x++) image[2 * x] = x;
    const readout = image.slice();
    fftCentred(readout, 16, 1, false);
    const reduced = removeOversampling(readout.slice(), 1, { length: 16, columns: 8 });
    expect(energy(reduced)).toBeCloseTo(energy(readout), 3);
    fftCentred(reduced, 8, 1, true);
    reduced.forEach((value, index) => {
      expect(value).toBeCloseTo(image[2 * 4 + index], 4);
    });
  });

  test("columns of a partial echo", () => {
    expect(acquiredColumns(0, 16, { length: 16, columns: 8 })).toEqual([0, 8]);
    expect(acquiredColumns(4, 16, { length: 16, columns: 16 })).toEqual([4, 16]);
    expect(acquiredColumns(4, 14, { length: 16, columns: 8 })).toEqual([2, 7]);
  });
});

describe("placing lines", () => {
  test("by centre, by discarded samples, by an asymmetric echo", () => {
    expect(placeOf(line({ step1: 2 }), grid)).toEqual({ row: 3, partition: 0, from: 0, to: 8 });
    expect(placeOf(line({ discardPre: 1, discardPost: 2 }), grid)).toMatchObject({ from: 1, to: 6 });
    expect(placeOf(line({ samples: 6, centreSample: 2 }), grid)).toMatchObject({ from: 2, to: 8 });
    // A centre of zero in a complete readout is a centre that nobody wrote.
    expect(placeOf(line({ centreSample: 0 }), grid)).toMatchObject({ from: 0, to: 8 });
  });

  test("lines outside of the matrix are damaged, naming the row", () => {
    expect(() => placeOf(line({ step1: 5, row: 7 }), grid)).toThrow(/data\[7\].*5, 0/);
    expect(() => placeOf(line({ samples: 9 }), grid)).toThrow(/9 samples/);
  });

  test("the mask has whole lines, or points where an echo is partial", () => {
    expect(maskOf([line({ step1: 0 }), line({ step1: 4 })], grid)).toEqual({
      shape: [6],
      data: Uint8Array.from([0, 1, 0, 0, 0, 1]),
    });
    const partial = maskOf([line({ step1: 0, samples: 6, centreSample: 2 })], grid);
    expect(partial.shape).toEqual([6, 8]);
    expect([...partial.data.subarray(8, 16)]).toEqual([0, 0, 1, 1, 1, 1, 1, 1]);
  });

  test("missing lines are found by zeros in every coil; a zero by chance is not a hole", () => {
    const data = new Float32Array(2 * 2 * 3 * 100).fill(1);
    data.fill(0, 2 * 100, 4 * 100);
    data.fill(0, 2 * 400, 2 * 500);
    data.fill(0, 0, 2);
    const mask = foundMask({ shape: [2, 3, 100], data });
    expect(mask).toEqual({ shape: [3], data: Uint8Array.from([1, 0, 1]) });
  });
});

describe("roles and stacks", () => {
  const flags = (...numbers: number[]): number =>
    numbers.reduce((sum, one) => sum | (1 << (one - 1)), 0) >>> 0;

  test("flags", () => {
    expect(roleOf(line())).toBe("image");
    expect(roleOf(line({ flags: flags(flag.calibration) }))).toBe("calibration");
    expect(roleOf(line({ flags: flags(flag.calibration, flag.calibrationAndImaging) }))).toBe("image");
    expect(roleOf(line({ flags: flags(flag.reverse) }))).toBe("image");
    expect(roleOf(line({ flags: flags(flag.phaseCorrection, flag.calibration) }))).toBe("phase correction");
    for (const number of [flag.noise, flag.navigation, flag.hpFeedback, flag.dummy, flag.rtFeedback]) {
      expect(roleOf(line({ flags: flags(number) }))).not.toBe("image");
    }
  });

  test("repetitions and orientations are apart, averages and slices are not", () => {
    const stacks = groupedStacks([
      line(),
      line({ average: 1 }),
      line({ slice: 1 }),
      line({ repetition: 1 }),
      line({ slice: 2, readDirection: [0, 0, -1] }),
    ]);
    expect(stacks.map((stack) => stack.lines.length)).toEqual([1, 3, 1]);
  });
});

describe("geometry", () => {
  const matrix = {
    reconMatrix: [4, 6],
    reconFovMm: [40, 60],
    sliceMm: 5,
    contiguous: false,
    frameOfReferenceUid: null,
  } as const;
  const places = [3, -1, 1].map((z, slice) => ({
    slice,
    partition: 0,
    centre: [7, 8, z] as [number, number, number],
  }));

  test("slices are sorted along the normal; the centre is pixel floor(N/2)", () => {
    const { order, geometry } = sortedStack(line(), places, matrix);
    expect(order.map((place) => place.slice)).toEqual([1, 2, 0]);
    expect(geometry).toMatchObject({ orientation: "known", spacingMm: [10, 10], sliceSpacingMm: 2 });
    expect(geometry.positions[0]).toEqual([7 - 30, 8 - 20, -1]);
    const turned = sortedStack(line({ phaseDirection: [0, -1, 0] }), places, matrix);
    expect(turned.order.map((place) => place.slice)).toEqual([0, 2, 1]);
  });

  test("zero, slanted and missing directions and shared positions are unknown", () => {
    expect(directionsOf(line({ readDirection: [0, 0, 0] }))).toBeNull();
    expect(directionsOf(line({ phaseDirection: [1, 0, 0] }))).toBeNull();
    expect(directionsOf(line({ readDirection: [Number.NaN, 0, 0] }))).toBeNull();
    const same = places.map((place) => ({ ...place, centre: [0, 0, 0] as [number, number, number] }));
    expect(sortedStack(line(), same, matrix).geometry.orientation).toBe("unknown");
  });
});
