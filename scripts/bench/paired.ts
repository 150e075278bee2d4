/** The median of some values, and how far they spread. */
export interface Spread {
  /** The median. */
  median: number;
  /** The first quartile. */
  low: number;
  /** The third quartile. */
  high: number;
}

/** The times of two programs, round by round. */
export interface Pairs {
  /** Our times, one a round. */
  ours: number[];
  /** The times of the baseline, one a round. */
  baseline: number[];
}

/**
 * Measures both in turn, so that they run under the same conditions. If there
 * are several rounds, one more runs first, only to warm up caches.
 */
export async function measurePairs(
  rounds: number,
  { ours, baseline }: Record<keyof Pairs, () => Promise<number>>,
): Promise<Pairs> {
  const pairs: Pairs = { ours: [], baseline: [] };
  for (let round = rounds > 1 ? 0 : 1; round <= rounds; round++) {
    const pair = { baseline: await baseline(), ours: await ours() };
    if (round === 0) continue;
    pairs.baseline.push(pair.baseline);
    pairs.ours.push(pair.ours);
  }
  return pairs;
}

/** The ratio of our time to the baseline, in each round. */
export function ratiosOf({ ours, baseline }: Pairs): number[] {
  return ours.map((it, at) => it / (baseline[at] ?? NaN));
}

/** The median of `values` and its quartiles. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, median, high] = [0.25, 0.5, 0.75].map((it) => {
    const at = (sorted.length - 1) * it;
    const [below = NaN, above = below] = sorted.slice(Math.floor(at));
    return below + (above - below) * (at % 1);
  });
  return { low: low ?? NaN, median: median ?? NaN, high: high ?? NaN };
}
