import { expect } from "vitest";
import { type ComplexArray, complexZeros, energy, innerProduct } from "../../electron/engine/base/complex.ts";
import { randomStream } from "../../electron/engine/base/random.ts";
import type { LinearOperator } from "../../electron/engine/physics/operator.ts";

export function randomArray(shape: readonly number[], seed: number): ComplexArray {
  const stream = randomStream(seed, "test.operator");
  const out = complexZeros(...shape);
  for (let i = 0; i < out.data.length; i++) out.data[i] = stream.normal();
  return out;
}

function difference(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(
    energy(a.map((value, i) => value - b[i])) / Math.max(energy(a), energy(b), Number.MIN_VALUE),
  );
}

/**
 * What every linear operator must show: shapes, `<A x, y> = <x, A^H y>`, linearity over complex factors, `normal`
 * equal to `A^H A`, inputs left alone; and `|A x| = |x|` where it is an isometry.
 */
export function expectLinearOperator(
  operator: LinearOperator,
  { isometry = false, tolerance = 1e-5 }: { isometry?: boolean; tolerance?: number } = {},
): void {
  const [x, x2] = [randomArray(operator.domain, 1), randomArray(operator.domain, 2)];
  const y = randomArray(operator.range, 3);
  const before = [x.data.slice(), y.data.slice()];
  const ax = operator.forward(x);
  const ahy = operator.adjoint(y);
  const normal = operator.normal(x);
  expect(ax.shape).toEqual(operator.range);
  expect(ahy.shape).toEqual(operator.domain);
  expect(normal.shape).toEqual(operator.domain);
  expect([x.data, y.data], "inputs are left alone").toEqual(before);

  const left = innerProduct(ax.data, y.data);
  const right = innerProduct(x.data, ahy.data);
  const size = Math.sqrt(energy(ax.data) * energy(y.data));
  expect(Math.abs(left[0] - right[0]) / size, "adjoint, real part").toBeLessThan(tolerance);
  expect(Math.abs(left[1] - right[1]) / size, "adjoint, imaginary part").toBeLessThan(tolerance);

  // A (a x + x2) = a A x + A x2 with a = 0.6 - 0.8 i
  const mix = (u: Float32Array, v: Float32Array): Float32Array =>
    u.map((_, i) => (i % 2 === 0 ? 0.6 * u[i] + 0.8 * u[i + 1] + v[i] : 0.6 * u[i] - 0.8 * u[i - 1] + v[i]));
  const mixed = operator.forward({ shape: x.shape, data: mix(x.data, x2.data) });
  expect(difference(mixed.data, mix(ax.data, operator.forward(x2).data)), "linear").toBeLessThan(tolerance);

  expect(difference(normal.data, operator.adjoint(ax).data), "normal is A^H A").toBeLessThan(tolerance);
  if (isometry) {
    expect(Math.abs(Math.sqrt(energy(ax.data) / energy(x.data)) - 1), "isometry").toBeLessThan(tolerance);
  }
}
