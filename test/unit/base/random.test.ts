import { describe, expect, it } from "vitest";
import { philox4x32, randomStream } from "../../../electron/engine/base/random.ts";

describe("Philox 4x32-10", () => {
  // Known answers published with Random123 (kat_vectors): counter, key -> block.
  it("gives the published blocks", () => {
    expect(philox4x32([0, 0, 0, 0], [0, 0])).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    expect(philox4x32([ones, ones, ones, ones], [ones, ones])).toEqual([
      0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd,
    ]);
    expect(philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });
});

describe("random streams", () => {
  const draws = (seed: number, name: string, index = 0): number[] => {
    const stream = randomStream(seed, name, index);
    return Array.from({ length: 8 }, () => stream.uniform());
  };

  it("repeat for the same seed, name and index, and differ otherwise", () => {
    expect(draws(7, "noise")).toEqual(draws(7, "noise"));
    expect(draws(7, "noise")).not.toEqual(draws(8, "noise"));
    expect(draws(7, "noise")).not.toEqual(draws(7, "mask"));
    expect(draws(7, "noise")).not.toEqual(draws(7, "noise", 1));
    expect(draws(7, "noise")).not.toEqual(draws(7 + 2 ** 32, "noise"));
  });

  it("are normal with mean 0 and variance 1", () => {
    const stream = randomStream(1, "normal");
    const n = 100_000;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const value = stream.normal();
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  });

  it("draw integers over the whole range and no further", () => {
    const stream = randomStream(3, "integers");
    const seen = new Set(Array.from({ length: 500 }, () => stream.integer(5)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});
