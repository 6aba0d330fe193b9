import type { ComplexArray } from "../base/complex.ts";
import { complexZeros } from "../base/complex.ts";
import { randomStream } from "../base/random.ts";

/** Radius of the coil ring and reach of one coil, in halves of the longer side. */
const ringRadius = 1.25;
const reach = 0.9;

/** Position of a pixel from the centre `floor(N/2)`, in halves of the longer side. */
function place(index: number, length: number, longer: number): number {
  return (index - Math.floor(length / 2)) / (longer / 2);
}

/**
 * Sensitivities `[coil, y, x]` of a ring of loops in the plane around the object, made up: `1 / (1 + (d/w)^2)^1.5` of the
 * distance d to the loop, as the field of a loop falls on its axis (Roemer et al., MRM 16, 1990), with a phase that
 * grows towards the loop; `sum_c |S_c|^2 = 1` everywhere. One coil is uniform. Angles, gains and phases come from
 * the stream `simulate.coils` of the seed.
 */
export function simulatedCoils(coils: number, rows: number, columns: number, seed: number): ComplexArray {
  const maps = complexZeros(coils, rows, columns);
  const plane = rows * columns;
  const longer = Math.max(rows, columns);
  const turn = 2 * Math.PI * randomStream(seed, "simulate.ring").uniform();
  for (let coil = 0; coil < coils; coil++) {
    const stream = randomStream(seed, "simulate.coils", coil);
    const angle = turn + (2 * Math.PI * (coil + 0.3 * (stream.uniform() - 0.5))) / coils;
    const gain = 0.8 + 0.4 * stream.uniform();
    const phase = 2 * Math.PI * stream.uniform();
    const pull = 0.3 + 0.9 * stream.uniform();
    const [towardsX, towardsY] = [Math.cos(angle), Math.sin(angle)];
    for (let row = 0; row < rows; row++) {
      const y = place(row, rows, longer);
      for (let column = 0; column < columns; column++) {
        const x = place(column, columns, longer);
        const distance = (x - ringRadius * towardsX) ** 2 + (y - ringRadius * towardsY) ** 2;
        const size = coils === 1 ? 1 : gain / (1 + distance / reach ** 2) ** 1.5;
        const turned = coils === 1 ? 0 : phase + pull * (x * towardsX + y * towardsY);
        const at = 2 * (coil * plane + row * columns + column);
        maps.data[at] = size * Math.cos(turned);
        maps.data[at + 1] = size * Math.sin(turned);
      }
    }
  }
  for (let i = 0; i < plane; i++) {
    let sum = 0;
    for (let coil = 0; coil < coils; coil++) {
      sum += maps.data[2 * (coil * plane + i)] ** 2 + maps.data[2 * (coil * plane + i) + 1] ** 2;
    }
    const factor = 1 / Math.sqrt(sum);
    for (let coil = 0; coil < coils; coil++) {
      maps.data[2 * (coil * plane + i)] *= factor;
      maps.data[2 * (coil * plane + i) + 1] *= factor;
    }
  }
  return maps;
}

/** Unit factors `[y, x]` of a smooth phase as an uneven field leaves it; from the stream `simulate.phase` of the seed. */
export function simulatedPhase(rows: number, columns: number, seed: number): ComplexArray {
  const stream = randomStream(seed, "simulate.phase");
  const [offset, slopeX, slopeY, bowl, saddle] = Array.from({ length: 5 }, () => 2 * stream.uniform() - 1);
  const out = complexZeros(rows, columns);
  const longer = Math.max(rows, columns);
  for (let row = 0; row < rows; row++) {
    const y = place(row, rows, longer);
    for (let column = 0; column < columns; column++) {
      const x = place(column, columns, longer);
      const angle = Math.PI * offset + slopeX * x + slopeY * y + bowl * (x * x + y * y) + saddle * x * y;
      out.data[2 * (row * columns + column)] = Math.cos(angle);
      out.data[2 * (row * columns + column) + 1] = Math.sin(angle);
    }
  }
  return out;
}
