import type { ComplexArray } from "../base/complex.ts";

/**
 * A linear map between complex arrays of fixed shapes. `adjoint` is the true adjoint, `<A x, y> = <x, A^H y>`, and
 * `normal` is `A^H A`, which may be computed on a shorter way. Callers own what they get and give.
 */
export interface LinearOperator {
  readonly domain: readonly number[];
  readonly range: readonly number[];
  forward(x: ComplexArray): ComplexArray;
  adjoint(y: ComplexArray): ComplexArray;
  normal(x: ComplexArray): ComplexArray;
}
