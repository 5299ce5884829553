/**
 * Measuring on a machine that others use, too: what is compared runs in turns in one process, and a ratio is the
 * median of the rounds' ratios, so that a noisy minute falls on both sides.
 */

export interface Contender {
  readonly name: string;
  run(): unknown;
}

export interface Measured {
  readonly name: string;
  /** CPU time of one run, all threads: median and least of the rounds. */
  readonly medianMs: number;
  readonly leastMs: number;
  /** To the first contender: the median of the rounds' ratios. */
  readonly ratio: number;
  /** The quartiles of the rounds' ratios: how noisy it was. */
  readonly ratioQuartiles: readonly [number, number];
}

/** The first contender is the floor that the others are compared with. */
export async function compareCpu(
  contenders: readonly Contender[],
  { rounds, runsPerRound }: { readonly rounds: number; readonly runsPerRound: number },
): Promise<readonly Measured[]> {
  // Two rounds for the compiler to warm up.
  const times: number[][] = contenders.map(() => []);
  for (let round = -2; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      // Another one begins each round: whoever follows a hungry one finds the caches cold.
      const i = (turn + round + 2) % contenders.length;
      const contender = contenders[i]!;
      const before = process.cpuUsage();
      for (let run = 0; run < runsPerRound; run++) await contender.run();
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) times[i]!.push((user + system) / 1000 / runsPerRound);
    }
  }
  return contenders.map(({ name }, i) => {
    const ratios = times[i]!.map((time, round) => time / times[0]![round]!);
    return {
      name,
      medianMs: quantile(times[i]!, 0.5),
      leastMs: Math.min(...times[i]!),
      ratio: quantile(ratios, 0.5),
      ratioQuartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    };
  });
}

/** `quantile([3, 1, 2], 0.5)` → 2 */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))] ?? Number.NaN;
}
