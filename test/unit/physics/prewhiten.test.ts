import { describe, expect, test } from "vitest";
import { type ComplexArray, complexPart, complexZeros } from "../../../electron/engine/base/complex.ts";
import { randomStream } from "../../../electron/engine/base/random.ts";
import { cholesky, solveCholesky } from "../../../electron/engine/physics/cholesky.ts";
import {
  type CoilMatrix,
  changeCoils,
  coilGram,
  coilMatrix,
  coilProduct,
} from "../../../electron/engine/physics/coil-matrix.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import {
  noiseCovariance,
  noiseFigures,
  outerCovariance,
  whitening,
} from "../../../electron/engine/physics/prewhiten.ts";
import { maskedSlice } from "../../support/method-run.ts";
import { randomArray } from "../../support/operator.ts";

const coils = 5;

/** Noise of unlike coils that hear each other, at some absolute size. */
function unlikeNoise(samples: number, size = 1): ComplexArray {
  const mixing = coilMatrix(coils, coils);
  const stream = randomStream(3, "test.mixing");
  for (let i = 0; i < mixing.re.length; i++) {
    const own = i % (coils + 1) === 0 ? 1 + i / 10 : 0;
    mixing.re[i] = size * (own + 0.3 * stream.normal());
    mixing.im[i] = size * 0.3 * stream.normal();
  }
  return changeCoils(mixing, randomArray([coils, samples], 4));
}

function expectMatrix(found: CoilMatrix, entry: (row: number, column: number) => number, digits: number) {
  for (let i = 0; i < found.re.length; i++) {
    const [row, column] = [Math.floor(i / found.from), i % found.from];
    expect(found.re[i], `${row}, ${column}`).toBeCloseTo(entry(row, column), digits);
    expect(found.im[i], `${row}, ${column}`).toBeCloseTo(0, digits);
  }
}

const identity = (row: number, column: number): number => (row === column ? 1 : 0);

describe("whitening", () => {
  test.each([1e-6, 1, 1e12])("makes the covariance s^2 times the identity, at size %d", (size) => {
    const noise = unlikeNoise(4000, size);
    const covariance = noiseCovariance(noise)!;
    const { forward, back } = whitening(covariance)!;
    const { level } = noiseFigures(covariance);
    const after = noiseCovariance(changeCoils(forward, noise))!;
    const unit = 2 * level ** 2;
    expectMatrix(
      { ...after, re: after.re.map((value) => value / unit), im: after.im.map((value) => value / unit) },
      identity,
      5,
    );
    expectMatrix(coilProduct(back, forward), identity, 10);
  });

  test("leaves white noise as it is, so that lambda and pixels keep their size", () => {
    const covariance = coilMatrix(3, 3);
    for (let coil = 0; coil < 3; coil++) covariance.re[coil * 4] = 0.02;
    expectMatrix(whitening(covariance)!.forward, identity, 12);
    expect(noiseFigures(covariance)).toMatchObject({ correlation: 0 });
    expect(noiseFigures(covariance).level).toBeCloseTo(0.1, 12);
  });

  test("refuses a dead coil, too few samples and values that are not finite", () => {
    const dead = unlikeNoise(400);
    complexPart(dead, 2).data.fill(0);
    expect(whitening(noiseCovariance(dead)!)).toBeNull();
    const twin = unlikeNoise(400);
    complexPart(twin, 2).data.set(complexPart(twin, 1).data);
    expect(whitening(noiseCovariance(twin)!)).toBeNull();
    expect(noiseCovariance(unlikeNoise(49))).toBeNull();
    const broken = unlikeNoise(400);
    broken.data[7] = Number.NaN;
    expect(noiseCovariance(broken)).toBeNull();
  });

  test("finds level, range and correlation", () => {
    const samples = 20000;
    const noise = randomArray([2, samples], 5);
    // The second coil is three times as noisy and shares 0.6 of its noise with the first.
    const [one, other] = [complexPart(noise, 0).data, complexPart(noise, 1).data];
    for (let i = 0; i < other.length; i++) other[i] = 3 * (0.6 * one[i] + 0.8 * other[i]);
    const { level, least, largest, correlation } = noiseFigures(noiseCovariance(noise)!);
    expect(least).toBeCloseTo(1, 1);
    expect(largest).toBeCloseTo(3, 1);
    expect(level).toBeCloseTo(Math.sqrt(5), 1);
    expect(correlation).toBeCloseTo(0.6, 1);
  });
});

describe("noise of the outer k-space", () => {
  const [rows, columns] = [192, 161];

  /** Signal that falls off steeply, and noise of unlike coils. */
  function scan(sigmas: readonly number[]): ComplexArray {
    const samples = complexZeros(sigmas.length, rows, columns);
    const stream = randomStream(6, "test.outer");
    for (let at = 0; at < samples.data.length; at++) {
      const place = Math.floor(at / 2) % (rows * columns);
      const y = Math.floor(place / columns) - Math.floor(rows / 2);
      const x = (place % columns) - Math.floor(columns / 2);
      const coil = Math.floor(at / 2 / rows / columns);
      samples.data[at] = 100 * Math.exp(-(x * x + y * y) / 240) + sigmas[coil] * stream.normal();
    }
    return samples;
  }

  test.each(["equispaced:1:0:0", "equispaced:3:16:0"])("is found per coil to a tenth, %s", (spec) => {
    const sigmas = [0.05, 0.2, 1];
    const input = maskedSlice(scan(sigmas), drawMask(parseMask(spec), rows, columns, 0));
    const covariance = outerCovariance(input)!;
    sigmas.forEach((sigma, coil) => {
      const found = Math.sqrt(covariance.re[coil * 4] / 2);
      expect(Math.abs(found / sigma - 1)).toBeLessThan(0.1);
    });
    expect(covariance.re[1]).toBe(0);
  });

  test("counts no filled-in zeros, and gives up with too few samples", () => {
    const samples = scan([0.2]);
    for (let row = 0; row < rows; row++) {
      samples.data.fill(0, 2 * row * columns, 2 * (row * columns + 30));
    }
    const full = drawMask(parseMask("equispaced:1:0:0"), rows, columns, 0);
    const found = Math.sqrt(outerCovariance(maskedSlice(samples, full))!.re[0] / 2);
    expect(Math.abs(found / 0.2 - 1)).toBeLessThan(0.15);
    const few = {
      samples: randomArray([2, 20, 20], 1),
      mask: { shape: [20], data: new Uint8Array(20).fill(1) },
    };
    expect(
      outerCovariance({ ...few, mask: { shape: [20], data: few.mask.data }, calibration: null }),
    ).toBeNull();
  });
});

test("Cholesky factors solve complex systems", () => {
  const n = 12;
  const { re, im } = coilGram(randomArray([n, 40], 8));
  const factor = cholesky({ size: n, re, im })!;
  const [xRe, xIm] = [Float64Array.from({ length: n }, (_, i) => i - 3), new Float64Array(n).fill(2)];
  const [bRe, bIm] = [new Float64Array(n), new Float64Array(n)];
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      bRe[row] += re[row * n + column] * xRe[column] - im[row * n + column] * xIm[column];
      bIm[row] += re[row * n + column] * xIm[column] + im[row * n + column] * xRe[column];
    }
  }
  solveCholesky(factor, bRe, bIm);
  for (let i = 0; i < n; i++) {
    expect(bRe[i]).toBeCloseTo(xRe[i], 9);
    expect(bIm[i]).toBeCloseTo(xIm[i], 9);
  }
  expect(cholesky({ size: 2, re: Float64Array.of(1, 2, 2, 1), im: new Float64Array(4) })).toBeNull();
});
