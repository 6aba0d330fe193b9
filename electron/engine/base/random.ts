/**
 * Counter-based random numbers: Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
 * SC 2011). A draw depends on seed, stream name and position alone, never on order, threads or batch size.
 */

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)) >>> 0;
}

/** One block of four 32-bit words. */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const low0 = Math.imul(multiplier0, c0) >>> 0;
    const high1 = multiplyHigh(multiplier1, c2);
    const low1 = Math.imul(multiplier1, c2) >>> 0;
    [c0, c1, c2, c3] = [(high1 ^ c1 ^ k0) >>> 0, low1, (high0 ^ c3 ^ k1) >>> 0, low0];
    k0 = (k0 + weyl0) >>> 0;
    k1 = (k1 + weyl1) >>> 0;
  }
  return [c0, c1, c2, c3];
}

/** FNV-1a of a stream's name: names its part of the counter space. */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

export interface RandomStream {
  /** Uniform in the open interval (0, 1). */
  uniform(): number;
  /** Standard normal (Box-Muller, float64). */
  normal(): number;
  /** Uniform integer in `[0, below)`. */
  integer(below: number): number;
}

/** The stream `name` of `seed`; `index` tells draws of the same kind apart (a slice, a coil). */
export function randomStream(seed: number, name: string, index = 0): RandomStream {
  const key: [number, number] = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0];
  const hash = nameHash(name);
  let position = 0;
  let block: [number, number, number, number] = [0, 0, 0, 0];
  let spare: number | null = null;
  const word = (): number => {
    const lane = position % 4;
    if (lane === 0) {
      const group = Math.floor(position / 4);
      block = philox4x32([group >>> 0, Math.floor(group / 0x100000000) >>> 0, index >>> 0, hash], key);
    }
    position++;
    return block[lane];
  };
  const uniform = (): number => (word() + 0.5) / 0x100000000;
  return {
    uniform,
    integer: (below) => Math.floor(uniform() * below),
    normal() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
  };
}
