import { expect, test } from "vitest";
import { selfCheckSchema } from "../../../electron/contracts/record.ts";
import { type ComplexArray, complexZeros } from "../../../electron/engine/base/complex.ts";
import { kspaceResidual } from "../../../electron/engine/judge/residual.ts";
import { selfCheck } from "../../../electron/engine/judge/self-check.ts";
import { simulatedCoils } from "../../../electron/engine/methods/simulated-coils.ts";
import { drawMask, parseMask } from "../../../electron/engine/physics/masks.ts";
import { senseOperator } from "../../../electron/engine/physics/sense.ts";
import { randomArray } from "../../support/operator.ts";

const picture = (change: (data: Float32Array) => void = () => undefined): ComplexArray => {
  const image = randomArray([2, 5, 4], 1);
  change(image.data);
  return image;
};

test("a picture passes and the worst slice's misfit is told", () => {
  expect(selfCheck(picture(), [0.1, 0.3, null])).toEqual({
    passed: true,
    finite: true,
    constant: false,
    dataMisfit: 0.3,
    note: "finite, not constant",
  });
  expect(selfCheck(picture(), [null, null]).dataMisfit).toBeNull();
  const imaginary = picture((data) => {
    for (let i = 0; i < data.length; i += 2) data[i] = 1;
  });
  expect(selfCheck(imaginary, []).constant).toBe(false);
});

test.each([
  ["NaN", (data: Float32Array) => data.fill(Number.NaN, 7, 8), [0.1], "not finite"],
  ["infinity in the imaginary part", (data: Float32Array) => data.fill(Infinity, 9, 10), [0.1], "not finite"],
  ["an empty image", (data: Float32Array) => data.fill(0), [0.1], "constant"],
  ["a constant image", (data: Float32Array) => data.fill(2), [0.1], "constant"],
  ["a misfit above that of nothing", () => undefined, [0.1, 1.2], "worse than an empty one"],
  ["a misfit that is no number", () => undefined, [Number.NaN], "misfit is not finite"],
])("%s fails in words and within the contract", (_, change, residuals, words) => {
  const check = selfCheck(picture(change as (data: Float32Array) => void), residuals);
  expect(check.passed).toBe(false);
  expect(check.note).toContain(words);
  expect(() => selfCheckSchema.parse(check)).not.toThrow();
});

test("the residual is 0 for the image that made the data, 1 for an empty one", () => {
  const [rows, columns] = [12, 9];
  const operator = senseOperator(
    simulatedCoils(3, rows, columns, 0),
    drawMask(parseMask("equispaced:2:2:0"), rows, columns, 0),
  );
  const image = randomArray([rows, columns], 2);
  const samples = operator.forward(image);
  expect(kspaceResidual(operator, image, samples)).toBe(0);
  expect(kspaceResidual(operator, complexZeros(rows, columns), samples)).toBeCloseTo(1, 6);
  const half = { shape: image.shape, data: image.data.map((value) => value / 2) };
  expect(kspaceResidual(operator, half, samples)).toBeCloseTo(0.5, 6);
  expect(kspaceResidual(operator, complexZeros(rows, columns), complexZeros(3, rows, columns))).toBe(0);
});
