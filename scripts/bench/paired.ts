/** Values in ascending order of their place, and how far they spread. */
export interface Spread {
  /** The one in the middle. */
  median: number;
  /** A quarter of them is lower. */
  low: number;
  /** A quarter of them is higher. */
  high: number;
}

/** What two programs took, round by round. */
export interface Pairs {
  /** Ours, one value a round. */
  ours: number[];
  /** The baseline, one value a round. */
  baseline: number[];
}

/**
 * Measures both in turn, so that they meet the same machine; of several rounds
 * there is one before that only warms caches up.
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

/** What ours is of the baseline, in each round. */
export function ratiosOf({ ours, baseline }: Pairs): number[] {
  return ours.map((it, at) => it / (baseline[at] ?? NaN));
}

/** The middle of `values` and the quarters beside it. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, median, high] = [0.25, 0.5, 0.75].map((it) => {
    const at = (sorted.length - 1) * it;
    const [below = NaN, above = below] = sorted.slice(Math.floor(at));
    return below + (above - below) * (at % 1);
  });
  return { low: low ?? NaN, median: median ?? NaN, high: high ?? NaN };
}
