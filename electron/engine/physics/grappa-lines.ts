/** Sources and targets of one kernel along phase encoding, counted from the first of them. */
export interface LineKernel {
  /** Acquired lines, rising. */
  readonly sources: readonly number[];
  /** Missing lines, rising. */
  readonly targets: readonly number[];
  /** Every line of k-space that the kernel's line 0 is laid on. */
  readonly at: number[];
}

/** Lines from the first to the last of a kernel, both counted. */
export function spanOf({ sources, targets }: Pick<LineKernel, "sources" | "targets">): number {
  return Math.max(sources.at(-1)!, targets.at(-1)!) + 1;
}

export interface LinePlan {
  readonly kernels: LineKernel[];
  /** Missing lines that a kernel predicts, and those that stay empty. */
  readonly predicted: number;
  readonly empty: number;
  /** Gaps that kernels reach across. */
  readonly bridged: number;
}

/**
 * How the missing lines of a mask are predicted: those of every gap from the `half` nearest acquired lines on either
 * side of it, fewer where the calibration block is too small for so many, of one side where it is too small to reach
 * across. Gaps alike share a kernel, so that a regular mask needs few and an irregular one at most two for each of its
 * gaps. Beyond the outermost acquired lines no more are predicted than lie between the two outermost; what is further
 * out was not meant to be measured (partial Fourier), and counts as neither predicted nor empty.
 *
 * @param reach lines further than this from every acquired one stay empty; half of it in gaps that do not close with
 * it, because the error of their kernels grows faster with the distance
 * @param fits whether kernels of so many source lines and this span can be calibrated
 */
export function lineKernels(
  lines: Uint8Array,
  half: number,
  reach: number,
  fits: (sources: number, span: number) => boolean,
): LinePlan {
  const acquired = [...lines.keys()].filter((row) => lines[row] !== 0);
  const found = new Map<string, LineKernel>();
  let [predicted, empty, bridged] = [0, 0, 0];
  for (let gap = 0; gap <= acquired.length; gap++) {
    const missing = missingIn(acquired, gap, lines.length);
    const [before, after] = [acquired.slice(0, gap), acquired.slice(gap)];
    const inside = before.length > 0 && after.length > 0;
    const near = inside && missing.length <= 2 * reach ? reach : Math.ceil(reach / 2);
    const fromBefore = missing.filter((row) => row - (before.at(-1) ?? Number.NEGATIVE_INFINITY) <= near);
    const fromAfter = missing.filter((row) => (after[0] ?? Number.POSITIVE_INFINITY) - row <= near);
    const both = [...new Set([...fromBefore, ...fromAfter])];
    const across = fitting(before, after, both, half, fits);
    const shapes =
      across === null && inside
        ? [fitting(before, [], fromBefore, half, fits), fitting([], after, fromAfter, half, fits)]
        : [across];
    const filled = new Set<number>();
    for (const shape of shapes) {
      if (shape === null) continue;
      const { sources, targets, from } = shape;
      const key = `${sources.join()}<${targets.join()}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { sources, targets, at: [from] });
      else known.at.push(from);
      for (const target of targets) filled.add(from + target);
    }
    predicted += filled.size;
    if (inside) empty += missing.length - filled.size;
    if (inside && across !== null) bridged++;
  }
  return { kernels: [...found.values()], predicted, empty, bridged };
}

/** Missing lines before the acquired line number `gap`. */
function missingIn(acquired: readonly number[], gap: number, rows: number): number[] {
  if (acquired.length < 2) return [];
  let from = gap === 0 ? 0 : acquired[gap - 1] + 1;
  let to = gap === acquired.length ? rows : acquired[gap];
  if (gap === 0) from = Math.max(from, to - (acquired[1] - acquired[0] - 1));
  if (gap === acquired.length) to = Math.min(to, from + (acquired.at(-1)! - acquired.at(-2)! - 1));
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** The kernel of most source lines that can be calibrated, none for no targets. */
function fitting(
  before: readonly number[],
  after: readonly number[],
  wanted: readonly number[],
  half: number,
  fits: (sources: number, span: number) => boolean,
): { sources: number[]; targets: number[]; from: number } | null {
  if (wanted.length === 0) return null;
  for (let each = half; each > 0; each--) {
    const near = [...before.slice(-each), ...after.slice(0, each)];
    const from = Math.min(near[0], ...wanted);
    const sources = near.map((row) => row - from);
    const targets = wanted.map((row) => row - from);
    if (fits(sources.length, spanOf({ sources, targets }))) return { sources, targets, from };
  }
  return null;
}
