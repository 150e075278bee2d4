import {
  nextPeriod,
  type Period,
  type ServiceClock,
  type ServiceWindow,
} from "../verdict/service.ts";
import type { RefusalSample } from "./refusal_samples.ts";
import type { TrafficSeries } from "./traffic_series.ts";

/** When a window began, and when the next one begins. */
export interface Span {
  /** Milliseconds since the epoch. */
  start: number;
  /** Milliseconds since the epoch; of a sliding window the present. */
  end: number;
}

/** Returns the window at a time; `undefined` if it is unknown, or not begun. */
export type SpanAt = (time: number) => Span | undefined;

const HOUR_MS = 3_600_000;

/** Longer than any period of this name by some hours, milliseconds. */
const LONGER_MS: Readonly<Record<Period, number>> = {
  day: 26 * HOUR_MS,
  week: 7 * 24 * HOUR_MS + 2 * HOUR_MS,
  month: 32 * 24 * HOUR_MS,
};

/**
 * Returns a function that finds the window at a time. Its calls are cheap as
 * long as the times are in one window.
 */
export function spanFinder(
  window: ServiceWindow,
  { clock, series, samples }: {
    /** How the service counts time. @default UTC */
    clock: ServiceClock | undefined;
    /** The traffic, whose first requests begin a window of "first-use". */
    series: TrafficSeries;
    /** Its refusals, whose ends show when such a window began in truth. */
    samples: readonly RefusalSample[];
  },
): SpanAt {
  const { kind, name, lengthMs, anchorMs = 0 } = window;
  switch (kind) {
    case "sliding":
      return (time) => ({ start: time - lengthMs, end: time });
    case "fixed":
      return (time) => {
        const start = Math.floor((time - anchorMs) / lengthMs) * lengthMs +
          anchorMs;
        return { start, end: start + lengthMs };
      };
    case "first-use":
      return firstUseFinder(series, { lengthMs, samples });
    case "calendar":
      return isPeriod(name) ? calendarFinder(name, clock) : () => undefined;
  }
}

function isPeriod(name: string): name is Period {
  return Object.hasOwn(LONGER_MS, name);
}

function calendarFinder(
  period: Period,
  clock: ServiceClock | undefined,
): SpanAt {
  let last: Span | undefined;
  return (time) => {
    if (last && time >= last.start && time < last.end) return last;
    const options = { clock, dayBeginsMs: 0 };
    const end = nextPeriod(period, time, options);
    if (end === undefined) return undefined;
    const start = nextPeriod(period, end - LONGER_MS[period], options);
    if (start === undefined) return undefined;
    last = { start, end };
    return last;
  };
}

/** A window of "first-use" may begin this share earlier than we saw. */
const EARLIER = 0.25;

/** Shorter refusals, as a share of the window, are of another window. */
const LEAST_REFUSED = 0.02;

/**
 * Others may use the account, so that a window begins before our own request,
 * and ends earlier: when the account answers again near the end of a window
 * that refused, the next one has begun.
 */
function firstUseFinder(
  series: TrafficSeries,
  { lengthMs, samples }: {
    lengthMs: number;
    samples: readonly RefusalSample[];
  },
): SpanAt {
  const restarts = samples.filter(({ first, answeredAt = first.at }) =>
    answeredAt - first.at >= LEAST_REFUSED * lengthMs
  ).map((it) => it.answeredAt!);
  const spans: Span[] = [];
  let next = 0;
  for (let start = series.at[0]; start !== undefined;) {
    let end = start + lengthMs;
    const earliest = end - EARLIER * lengthMs;
    while (next < restarts.length && restarts[next]! < earliest) next++;
    if (next < restarts.length) end = Math.min(end, restarts[next]!);
    spans.push({ start, end });
    start = series.at[series.indexAt(end)];
  }
  return (time) => {
    let [low, high] = [0, spans.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (spans[middle]!.start <= time) low = middle + 1;
      else high = middle;
    }
    const span = spans[low - 1];
    return span && time < span.end ? span : undefined;
  };
}
