import { randomStream } from "../../electron/engine/base/random.ts";
import { type ComplexMatrix, complexMatrix } from "../../electron/engine/physics/hermitian-eigen.ts";

/** `V^H diag(values) V` with orthonormal rows V made from random numbers by Gram and Schmidt. */
export function hermitianWith(values: readonly number[], seed: number): ComplexMatrix {
  const n = values.length;
  const stream = randomStream(seed, "test.eigen");
  const rows: [number, number][][] = [];
  for (let k = 0; k < n; k++) {
    const row = Array.from({ length: n }, (): [number, number] => [stream.normal(), stream.normal()]);
    for (let pass = 0; pass < 2; pass++) {
      for (const other of rows) {
        let [re, im] = [0, 0];
        row.forEach(([a, b], i) => {
          re += other[i][0] * a + other[i][1] * b;
          im += other[i][0] * b - other[i][1] * a;
        });
        row.forEach((value, i) => {
          value[0] -= other[i][0] * re - other[i][1] * im;
          value[1] -= other[i][0] * im + other[i][1] * re;
        });
      }
    }
    const norm = Math.sqrt(row.reduce((sum, [a, b]) => sum + a * a + b * b, 0));
    rows.push(row.map(([a, b]) => [a / norm, b / norm]));
  }
  const out = complexMatrix(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const [[a, b], [c, d]] = [rows[k][i], rows[k][j]];
        out.re[i * n + j] += values[k] * (a * c + b * d);
        out.im[i * n + j] += values[k] * (b * c - a * d);
      }
    }
  }
  return out;
}
