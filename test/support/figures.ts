/** Prints a measured figure beside the bound that its test holds: the README's figures are these lines. */
export function figure(what: string, value: number, bound: string): void {
  process.stdout.write(
    `figure: ${what}: ${value < 1e-2 ? value.toExponential(2) : value.toPrecision(4)} (${bound})\n`,
  );
}
