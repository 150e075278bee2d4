import type { Hour, Shape } from "./pace_shape.ts";

/** How much more or less is used than the shape of the day says, at a time. */
export interface Level {
  /** The excess at the end of the hours, as a share: 0 is as the shape says. */
  excess: number;
  /** The variance of that share. */
  variance: number;
  /** The variance of the excess at a time of which nothing is known. */
  anytime: number;
  /**
   * The excess fades with this time constant, hours; or it lasts until the end
   * of the day (UTC), and each day has its own.
   */
  fadesIn: number | "day";
  /** The variance of an average hour, as a share of its square. */
  noise: number;
}

/** The variance of the excess, as a share of the noise of an average hour. */
const RATIOS = [0.01, 0.05, 0.2, 1];

/** How long an excess may last, hours, or as long as the day. */
const FADES_IN = [3, 12, 36, "day"] as const;

/** Returns what is left of an excess of one time at a later one, as a share. */
export function keptOf(
  fadesIn: Level["fadesIn"],
  { from, to }: {
    /** Hours since the epoch. */
    from: number;
    /** Hours since the epoch. */
    to: number;
  },
): number {
  if (fadesIn !== "day") return Math.exp(-Math.max(to - from, 0) / fadesIn);
  return Math.floor(from / 24) === Math.floor(to / 24) ? 1 : 0;
}

/** An hour counts as an average one of this share at least. */
const LEAST_SHARE = 0.05;

/** An hour tells no more than this many times what is expected. */
const MOST_EXCESS = 4;

/** What is assumed of an average hour before hours tell it: 40 % of noise. */
const UNKNOWN_NOISE = 0.4 ** 2;

/** How many hours that counts as. */
const UNKNOWN_HOURS = 4;

/**
 * Returns the level of the last of `hours`, by a Kalman filter: the excess over
 * the shape is a process that returns to 0, and hours show it with noise. How
 * much it varies and how long it lasts, the hours tell by their likelihood.
 */
export function levelOf(
  hours: readonly Hour[],
  { shape, mean }: { shape: Shape; mean: number },
): Level {
  const seen = hours.map((hour) => {
    const { number, used, open } = hour;
    const expected = shape.withoutItself(hour) * open;
    const noise = 1 / Math.max(expected / mean, LEAST_SHARE * open);
    const most = Math.max(expected, LEAST_SHARE * open * mean);
    const excess = Math.min((used - expected) / most, MOST_EXCESS);
    return { number, excess, noise };
  });
  let best: Level | undefined;
  let most = -Infinity;
  for (const ratio of RATIOS) {
    for (const fadesIn of FADES_IN) {
      const { likelihood, level } = filtered(seen, { ratio, fadesIn });
      if (likelihood <= most) continue;
      [most, best] = [likelihood, level];
    }
  }
  return best!;
}

/** An hour: the excess it shows, and its noise against an average hour. */
interface Seen {
  number: number;
  excess: number;
  noise: number;
}

function filtered(
  seen: readonly Seen[],
  { ratio, fadesIn }: { ratio: number; fadesIn: Level["fadesIn"] },
): { likelihood: number; level: Level } {
  // Variances are shares of the noise of an average hour until the end.
  let [excess, variance] = [0, ratio];
  let [squares, logarithms] = [UNKNOWN_HOURS * UNKNOWN_NOISE, 0];
  const keptInHour = fadesIn === "day" ? undefined : Math.exp(-1 / fadesIn);
  let before = (seen[0]?.number ?? 0) - 1;
  for (const it of seen) {
    const kept = it.number - before === 1 && keptInHour !== undefined
      ? keptInHour
      : keptOf(fadesIn, { from: before, to: it.number });
    before = it.number;
    excess *= kept;
    variance = variance * kept ** 2 + ratio * (1 - kept ** 2);
    const total = variance + it.noise;
    const miss = it.excess - excess;
    squares += miss ** 2 / total;
    logarithms += Math.log(total);
    const gain = variance / total;
    excess += gain * miss;
    variance *= 1 - gain;
  }
  const noise = squares / (seen.length + UNKNOWN_HOURS);
  return {
    likelihood: -seen.length * Math.log(noise) - logarithms,
    level: {
      excess: Math.max(excess, -0.95),
      variance: variance * noise,
      anytime: ratio * noise,
      fadesIn,
      noise,
    },
  };
}
