import { expect, test } from "vitest";
import { randomStream } from "../../../electron/engine/base/random.ts";
import { laggedGram, type Planes } from "../../../electron/engine/physics/lagged-gram.ts";

const [count, rows, columns] = [3, 7, 6];
const planes: Planes = (() => {
  const stream = randomStream(1, "test.gram");
  const random = (): Float64Array =>
    Float64Array.from({ length: count * rows * columns }, () => stream.normal());
  return { count, rows, columns, re: random(), im: random() };
})();
const at = (plane: number, y: number, x: number): [number, number] => {
  const index = (plane * rows + y) * columns + x;
  return [planes.re[index], planes.im[index]];
};

test.each([
  [[3, 2], false],
  [[2, 4], false],
  [[3, 2], true],
  [[7, 6], true],
  [[1, 1], false],
] as [[number, number], boolean][])(
  "%j places, planes joined: %s, is what the sum says",
  (places, joined) => {
    const perPlane = places[0] * places[1];
    const matrix = laggedGram(planes, places, joined);
    expect(matrix.size).toBe(joined ? perPlane : count * perPlane);
    const window = [rows - places[0] + 1, columns - places[1] + 1];
    const place = (index: number): number[] => [Math.floor(index / places[1]), index % places[1]];
    for (let i = 0; i < matrix.size; i++) {
      for (let j = 0; j <= i; j++) {
        let [re, im] = [0, 0];
        const pairs = joined
          ? Array.from({ length: count }, (_, plane) => [plane, plane])
          : [[Math.floor(i / perPlane), Math.floor(j / perPlane)]];
        const [d, e] = [place(i % perPlane), place(j % perPlane)];
        for (const [f, g] of pairs) {
          for (let y = 0; y < window[0]; y++) {
            for (let x = 0; x < window[1]; x++) {
              const [[a, b], [p, q]] = [at(f, y + d[0], x + d[1]), at(g, y + e[0], x + e[1])];
              re += a * p + b * q;
              im += b * p - a * q;
            }
          }
        }
        expect(
          Math.hypot(matrix.re[i * matrix.size + j] - re, matrix.im[i * matrix.size + j] - im),
        ).toBeLessThan(1e-11);
      }
    }
  },
);
