import { describe, expect, test } from "vitest";
import { type ComplexArray, complexPart, complexZeros } from "../../../electron/engine/base/complex.ts";
import { cancelled } from "../../../electron/engine/base/errors.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import type { KspaceSlice } from "../../../electron/engine/dataset/dataset.ts";
import { type EspiritMaps, espiritMaps } from "../../../electron/engine/physics/espirit.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { addNoise } from "../../../electron/engine/physics/noise.ts";
import { disc, inDisc } from "../../support/disc.ts";
import { maskedSlice } from "../../support/method-run.ts";
import { mapAgreement } from "../../support/overlap.ts";

const nothing = async (): Promise<void> => {};

async function estimated(input: KspaceSlice): Promise<EspiritMaps> {
  const found = await espiritMaps(input, nothing);
  expect(found).not.toBeNull();
  return found!;
}

function masked(samples: ComplexArray, spec: string): KspaceSlice {
  return maskedSlice(samples, drawMask(parseMask(spec), samples.shape[1], samples.shape[2], 0));
}

/** Sum over coils of `|S|^2` of a pixel. */
function sumOfSquares({ shape, data }: ComplexArray, pixel: number): number {
  let sum = 0;
  for (let coil = 0; coil < shape[0]; coil++) {
    const at = 2 * (coil * shape[1] * shape[2] + pixel);
    sum += data[at] ** 2 + data[at + 1] ** 2;
  }
  return sum;
}

// Four coils: fewer samples in a window than windows; twelve: the other way round. Odd sides, a peak off the centre.
describe.each([
  [4, 64, 64, 0],
  [12, 64, 48, 0],
  [6, 65, 50, 3],
  [3, 48, 77, 0],
])("%i coils, %i x %i, peak moved by %i lines", async (coils, rows, columns, shift) => {
  const { maps: truth, samples } = disc(coils, rows, columns, shift);
  const noise = randomStream(1, "test.espirit");
  addNoise(samples, 1e-3, noise);
  const { maps, eigenvalues, lines, kernels } = await estimated(masked(samples, "equispaced:2:24:0"));

  test("the true sensitivities are found inside the object to 1 %, up to a phase common to all coils", () => {
    const { least, overlaps } = mapAgreement(maps, truth, inDisc(rows, columns, 0.36));
    // |S - T|^2 = 2 - 2 |<S, T>| with the best phase.
    expect(Math.sqrt(2 - 2 * least)).toBeLessThan(0.01);
    expect(overlaps.length).toBeGreaterThan(0.35 * rows * columns);
    expect(lines).toBeGreaterThanOrEqual(23);
    expect(kernels).toBeGreaterThan(4);
  });

  test("they are normalised on the support and zero elsewhere; the object is in it, the corners are not", () => {
    const inside = inDisc(rows, columns, 0.39);
    for (let i = 0; i < rows * columns; i++) {
      const sum = sumOfSquares(maps, i);
      const value = eigenvalues.data[2 * i];
      expect(value).toBeLessThan(1 + 1e-6);
      if (sum === 0) expect(value).toBeLessThanOrEqual(0.8);
      else {
        expect(Math.abs(sum - 1)).toBeLessThan(1e-6);
        expect(value).toBeGreaterThan(0.8);
      }
      if (inside(Math.floor(i / columns), i % columns)) expect(sum).toBeGreaterThan(0);
    }
    expect(sumOfSquares(maps, 0)).toBe(0);
  });

  test("their phases are smooth across the object", () => {
    const inside = inDisc(rows, columns, 0.36);
    for (let row = 0; row < rows; row++) {
      for (let column = 1; column < columns; column++) {
        if (!inside(row, column) || !inside(row, column - 1)) continue;
        let along = 0;
        for (let coil = 0; coil < coils; coil++) {
          const at = 2 * ((coil * rows + row) * columns + column);
          along += maps.data[at] * maps.data[at - 2] + maps.data[at + 1] * maps.data[at - 1];
        }
        expect(along).toBeGreaterThan(0.95);
      }
    }
  });
});

describe("maps", async () => {
  const { samples } = disc(5, 48, 48);
  const input = masked(samples, "equispaced:3:24:0");
  const { maps } = await estimated(input);

  test("are the same to the bit when asked twice, and leave the samples alone", async () => {
    const before = input.samples.data.slice();
    expect((await estimated(input)).maps.data).toEqual(maps.data);
    expect(input.samples.data).toEqual(before);
  });

  test("know nothing of the size and phase of the samples nor of the order of the coils", async () => {
    const turned = complexZeros(5, 48, 48);
    for (let coil = 0; coil < 5; coil++) {
      const [from, to] = [complexPart(input.samples, coil).data, complexPart(turned, 4 - coil).data];
      for (let i = 0; i < from.length; i += 2) {
        to[i] = -4e9 * from[i + 1];
        to[i + 1] = 4e9 * from[i];
      }
    }
    const other = (await estimated({ ...input, samples: turned })).maps;
    for (let coil = 0; coil < 5; coil++) {
      const [one, two] = [complexPart(maps, coil).data, complexPart(other, 4 - coil).data];
      one.forEach((value, i) => {
        expect(Math.abs(value - two[i])).toBeLessThan(1e-5);
      });
    }
  });

  test("come from separate calibration lines where the scan has them, on a smaller grid too", async () => {
    const sparse = masked(samples, "equispaced:4:0:0");
    const small = complexZeros(5, 24, 48);
    for (let coil = 0; coil < 5; coil++) {
      complexPart(small, coil).data.set(complexPart(samples, coil).data.subarray(2 * 12 * 48, 2 * 36 * 48));
    }
    const separate = await estimated({ ...sparse, calibration: small });
    expect(mapAgreement(separate.maps, maps).least).toBeGreaterThan(1 - 1e-4);
    expect(separate.lines).toBe(24);
  });

  test("from a square block of a mask without whole lines agree with those from lines", async () => {
    const data = Uint8Array.from({ length: 48 * 48 }, (_, i) => {
      const [y, x] = [Math.floor(i / 48), i % 48];
      return (y >= 12 && y < 36 && x >= 12 && x < 36) || (y * 7 + x * 3) % 5 === 0 ? 1 : 0;
    });
    const found = await estimated(maskedSlice(samples, { shape: [48, 48], data }));
    expect(mapAgreement(found.maps, maps, inDisc(48, 48, 0.36)).least).toBeGreaterThan(1 - 1e-4);
  });

  test("with soft edges are the same maps, weighted by how sure the signal is, never above 1", async () => {
    const soft = (await espiritMaps(input, nothing, "soft"))!;
    let [between, further] = [0, 0];
    for (let i = 0; i < 48 * 48; i++) {
      const sum = sumOfSquares(soft.maps, i);
      expect(sum).toBeLessThan(1 + 1e-6);
      if (soft.eigenvalues.data[2 * i] > 0.9999) expect(sum).toBeGreaterThan(0.999);
      if (sum > 0.01 && sum < 0.95) between++;
      if (sum > 0 && sumOfSquares(maps, i) === 0) further++;
    }
    expect(Math.min(between, further)).toBeGreaterThan(20);
    expect(mapAgreement(soft.maps, maps).least).toBeGreaterThan(1 - 1e-6);
  });

  test("are not estimated from too small a block, from one coil, from nothing, or from what is no number", async () => {
    const none = async (given: KspaceSlice): Promise<void> =>
      expect((await espiritMaps(given, nothing)) === null).toBe(true);
    await none(masked(samples, "equispaced:4:0:0"));
    await none(masked(samples, "equispaced:5:8:2"));
    await none(masked(disc(1, 32, 32).samples, "equispaced:1:0:0"));
    await none(masked(complexZeros(3, 32, 32), "equispaced:1:0:0"));
    await none(masked(disc(3, 32, 8).samples, "equispaced:1:0:0"));
    const broken = masked(samples, "equispaced:1:0:0");
    broken.samples.data.fill(Number.NaN, 0, 2 * 48 * 48);
    await none(broken);
    expect(await espiritMaps(masked(samples, "equispaced:5:11:2"), nothing)).not.toBeNull();
  });

  test("are cancelled between rows", async () => {
    let steps = 0;
    const run = espiritMaps(input, async () => {
      if (++steps === 3) throw cancelled();
    });
    await expect(run).rejects.toThrow("CANCELLED");
    expect(steps).toBe(3);
  });
});
