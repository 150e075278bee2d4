import type { CountedUnit, TrafficSeries } from "./traffic_series.ts";

const HOUR_MS = 3_600_000;

/** Older traffic tells nothing about the pace. */
const KNOWN_DAYS = 28;

/** How much an hour of the day counts as an average hour, in days. */
const SHAPE_PRIOR = 0.5;

/** The pace of late fades with this time constant, hours. */
const RECENT_HOURS = 4;

/** How many average hours stand against the pace of late. */
const LEVEL_PRIOR = 1.5;

/** What an account is expected to use. */
export interface Pace {
  /** The units that are used in an hour, at `time`. */
  rateAt(time: number): number;
  /** The standard deviation of what is used in `hours`, as a share of it. */
  deviation(hours: number): number;
}

/** A time in which the account was refused. */
export interface Closed {
  /** Milliseconds since the epoch. */
  from: number;
  /** Milliseconds since the epoch. @default it is still refused */
  to: number | undefined;
}

/** An hour in which the account was not refused all the time. */
interface Hour {
  /** The number of the hour since the epoch. */
  number: number;
  /** What was used, in units. */
  used: number;
  /** The share of the hour in which the account was open, from 0 to 1. */
  open: number;
}

/**
 * Returns the pace of the traffic at `now`: a shape of the day from all days,
 * as far as they tell one, at the level of the last hours. Time in which the
 * account was refused does not count. `undefined` without traffic.
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
  const expected = (it: Hour) => shape[it.number % 24]! * it.open;
  const fading = (it: Hour) =>
    Math.exp(-(now / HOUR_MS - it.number - 0.5) / RECENT_HOURS);
  const level = (sumOf(hours, (it) => it.used * fading(it)) +
    LEVEL_PRIOR * mean) /
    (sumOf(hours, (it) => expected(it) * fading(it)) + LEVEL_PRIOR * mean);
  const residuals = hours.filter((it) => it.open > 0.5).map((it) =>
    (it.used - expected(it)) / Math.max(expected(it), mean / 10)
  );
  return {
    rateAt: (time) => level * shape[Math.floor(time / HOUR_MS) % 24]!,
    deviation: (length) => deviationIn(residuals, length),
  };
}

/** How fast the hours beside an hour of the day lose weight, hours. */
const NEIGHBOURS = 1.5;

/**
 * Returns the units of an hour that is open, for each hour of the day. What an
 * hour does not tell itself, the hours beside it do.
 */
function shapeOf(hours: readonly Hour[], mean: number): number[] {
  const used = new Array<number>(24).fill(0);
  const open = new Array<number>(24).fill(0);
  for (const it of hours) {
    const hour = it.number % 24;
    used[hour] = used[hour]! + it.used;
    open[hour] = open[hour]! + it.open;
  }
  return used.map((own, hour) => {
    let [near, weight] = [mean * 0.01, 0.01];
    for (let other = 0; other < 24; other++) {
      const apart = Math.abs(other - hour);
      if (apart === 0) continue;
      const share = Math.exp(-Math.min(apart, 24 - apart) / NEIGHBOURS);
      near += share * used[other]!;
      weight += share * open[other]!;
    }
    return (own + SHAPE_PRIOR * near / weight) / (open[hour]! + SHAPE_PRIOR);
  });
}

/** The share that is assumed of an hour before hours tell it. */
const UNKNOWN_DEVIATION = 0.5;

/** What no number of hours tells: the level itself may change. */
const LEAST_DEVIATION = 0.1;

function deviationIn(residuals: readonly number[], hours: number): number {
  const prior = 4;
  const squares = sumOf(residuals, (it) => Math.min(it, 3) ** 2);
  const variance = (squares + prior * UNKNOWN_DEVIATION ** 2) /
    (residuals.length + prior);
  return Math.sqrt(variance / Math.max(hours, 0.05)) + LEAST_DEVIATION;
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
