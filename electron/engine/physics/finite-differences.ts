import type { ComplexArray } from "../base/complex.ts";
import { complexZeros } from "../base/complex.ts";
import type { LinearOperator } from "./operator.ts";

/** `|D|^2` is below this: each of the two differences has `|d|^2 < 4`. */
export const differencesNorm = 8;

/**
 * `D x`: differences of `[y, x]` to the next row and to the next column, `[2, y, x]`, zero at the last row and
 * column; complex, any size.
 */
export function finiteDifferences(rows: number, columns: number): LinearOperator {
  const plane = 2 * rows * columns;
  const line = 2 * columns;
  const operator = {
    domain: [rows, columns],
    range: [2, rows, columns],
    forward({ data: x }: ComplexArray): ComplexArray {
      const out = complexZeros(2, rows, columns);
      const { data } = out;
      for (let i = 0; i < plane - line; i++) data[i] = x[i + line] - x[i];
      for (let from = 0; from < plane; from += line) {
        for (let i = from; i < from + line - 2; i++) data[plane + i] = x[i + 2] - x[i];
      }
      return out;
    },
    adjoint({ data: u }: ComplexArray): ComplexArray {
      const out = complexZeros(rows, columns);
      const { data } = out;
      for (let i = 0; i < plane - line; i++) {
        data[i] -= u[i];
        data[i + line] += u[i];
      }
      for (let from = 0; from < plane; from += line) {
        for (let i = from; i < from + line - 2; i++) {
          data[i] -= u[plane + i];
          data[i + 2] += u[plane + i];
        }
      }
      return out;
    },
  };
  return { ...operator, normal: (x) => operator.adjoint(operator.forward(x)) };
}
