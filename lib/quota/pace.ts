import { type Hour, type Shape, shapeOf } from "./pace_shape.ts";
import type { CountedUnit, TrafficSeries } from "./traffic_series.ts";

const HOUR_MS = 3_600_000;

/** Older traffic tells nothing about the pace. */
const KNOWN_DAYS = 28;

/** What an account is expected to use. */
export interface Pace {
  /** The units that are used in an hour, at `time`. */
  rateAt(time: number): number;
  /** The standard deviation of `used` units that are used in `hours`, in units. */
  deviation(used: number, hours: number): number;
}

/** A time in which the account was refused. */
export interface Closed {
  /** Milliseconds since the epoch. */
  from: number;
  /** Milliseconds since the epoch. @default it is still refused */
  to: number | undefined;
}

/** What no history tells, as a share: people change their habits. */
const LEAST_DEVIATION = 0.05;

/**
 * Returns the pace of the traffic at `now`: a shape of the day and of the week,
 * as far as the history tells one, at the level of the last hours, which fades.
 * Time in which the account was refused does not count. `undefined` without
 * traffic.
 */
export function paceOf(
  series: TrafficSeries,
  { unit, closed, now }: {
    unit: CountedUnit;
    /** When the account was refused, and the traffic so interrupted. */
    closed: readonly Closed[];
    now: number;
  },
): Pace | undefined {
  const hours = hoursOf(series, { unit, closed, now });
  const open = sumOf(hours, (it) => it.open);
  const total = sumOf(hours, (it) => it.used);
  if (!(total > 0) || !(open > 0)) return undefined;
  const mean = total / open;
  const shape = shapeOf(hours, mean);
  const level = levelOf(hours, { shape, mean });
  return {
    rateAt(time) {
      const fading = keptOf(level.fadesIn, {
        from: now / HOUR_MS,
        to: Math.max(time, now) / HOUR_MS,
      });
      return shape.hourly(Math.floor(time / HOUR_MS)) *
        (1 + level.excess * fading);
    },
    deviation(used, hours) {
      const kept = typeof level.fadesIn === "number"
        ? Math.exp(-hours / level.fadesIn) // of half the time, squared
        : Math.min((24 - now / HOUR_MS % 24) / Math.max(hours, 1), 1);
      const ofLevel = level.variance * kept + level.anytime * (1 - kept);
      return Math.sqrt(
        level.noise * mean * used + ofLevel * used ** 2,
      ) + LEAST_DEVIATION * used;
    },
  };
}

function hoursOf(
  series: TrafficSeries,
  { unit, closed, now }: {
    unit: CountedUnit;
    closed: readonly Closed[];
    now: number;
  },
): Hour[] {
  const begin = series.at[0];
  if (begin === undefined) return [];
  const first = Math.max(
    Math.floor(begin / HOUR_MS),
    Math.floor(now / HOUR_MS) - KNOWN_DAYS * 24,
  );
  const refused = closedShares(closed, now);
  const hours: Hour[] = [];
  for (let number = first; number * HOUR_MS < now; number++) {
    const [start, end] = [
      number * HOUR_MS,
      Math.min((number + 1) * HOUR_MS, now),
    ];
    const known = (end - Math.max(start, begin)) / HOUR_MS;
    const used = series.before(unit, end) - series.before(unit, start);
    const open = Math.max(known - (refused.get(number) ?? 0), 0);
    if (open > 0.02) hours.push({ number, used, open });
  }
  return hours;
}

/** Returns the share of each hour in which the account was closed. */
function closedShares(
  closed: readonly Closed[],
  now: number,
): Map<number, number> {
  const shares = new Map<number, number>();
  let counted = -Infinity; // what lies before is counted already
  for (const { from, to = now } of closed.toSorted((a, b) => a.from - b.from)) {
    const end = Math.min(to, now);
    for (let start = Math.max(from, counted); start < end;) {
      const number = Math.floor(start / HOUR_MS);
      const next = Math.min((number + 1) * HOUR_MS, end);
      shares.set(number, (shares.get(number) ?? 0) + (next - start) / HOUR_MS);
      start = next;
    }
    counted = Math.max(counted, end);
  }
  return shares;
}

function sumOf<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((sum, it) => sum + of(it), 0);
}

/** How much more or less is used than the shape of the day says, at a time. */
interface Level {
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
function keptOf(
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
function levelOf(
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
