import { EchoError } from "../base/errors.ts";

/** The half-open range asked for, or all slices. @throws EchoError USAGE when it reaches outside. */
export function sliceRange(asked: readonly [number, number] | null, slices: number): [number, number] {
  const [from, to] = asked ?? [0, slices];
  if (from >= to || to > slices) {
    throw new EchoError("USAGE", `slices ${from}:${to} of a dataset that has ${slices}`, {
      where: "--slices",
      hint: `Give a:b with 0 <= a < b <= ${slices}.`,
    });
  }
  return [from, to];
}
