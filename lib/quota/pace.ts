import { keptOf, levelOf } from "./pace_level.ts";
import { type Hour, shapeOf } from "./pace_shape.ts";
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
