import {
  nextPeriod,
  type Period,
  type ServiceClock,
  type ServiceWindow,
} from "../verdict/service.ts";
import {
  MINUTE_MS,
  type RefusalSample,
  type TrafficSeries,
} from "./traffic_series.ts";

/** A window of an account, and the traffic that it counts. */
export interface Countable {
  /** What the service says about it, or what its refusals say. */
  window: ServiceWindow;
  /** The model that it is for. @default all */
  model: string | undefined;
  /** The traffic that it counts. */
  series: TrafficSeries;
  /** The refusals of that traffic. */
  samples: readonly RefusalSample[];
  /** When it began and ends. */
  spanAt: SpanAt;
}

/** The same, with its history. */
export interface CountedWindow extends Countable {
  /** The most that was ever used in it, for each day. */
  peaks: readonly Peak[];
}

/** An amount that minutes cannot tell exactly, in units. */
export interface Amount {
  /** At least. */
  low: number;
  /** Most likely. */
  middle: number;
  /** At most. */
  high: number;
}

/**
 * Returns what was used in the window at `time`, to the end of its minute;
 * `undefined` if nothing is known of the window then.
 */
export function usedAt(
  { window, series, spanAt }: Countable,
  time: number,
): Amount | undefined {
  const span = spanAt(time);
  if (!span) return undefined;
  const { unit } = window;
  const total = series.through(unit, time);
  const begin = Math.floor(span.start / MINUTE_MS) * MINUTE_MS;
  // The first request, which we know to the minute, begins such a window.
  const slack = window.kind === "first-use" ? MINUTE_MS : 0;
  const whole = begin === span.start ? begin : begin + MINUTE_MS;
  return {
    low: total - series.before(unit, whole + 2 * slack),
    middle: total - series.before(unit, span.start),
    high: total - series.before(unit, begin - slack),
  };
}

/** The most that was used in a window during a day. */
export interface Peak {
  /** When, milliseconds since the epoch. */
  at: number;
  /** At least so much, in units. */
  used: number;
}

const DAY_MS = 86_400_000;

/** Returns the most that was ever used in the window, for each day. */
export function peaksOf(
  { window: { unit, kind, lengthMs }, series, spanAt }: Countable,
): Peak[] {
  const peaks: Peak[] = [];
  const { at: minutes } = series;
  const sums = series.sums(unit);
  const isSliding = kind === "sliding";
  let first = 0; // the first minute that is wholly in the window
  let peak: Peak | undefined;
  let tomorrow = -Infinity;
  let span: Span | undefined;
  for (let index = 0; index < minutes.length; index++) {
    const at = minutes[index]!;
    if (!isSliding && !(span && at < span.end)) span = spanAt(at);
    const begin = isSliding ? at + MINUTE_MS - lengthMs : beginOf(span, kind);
    if (begin === undefined) continue;
    while (minutes[first]! < begin) first++;
    const used = sums[index + 1]! - sums[first]!;
    if (!peak || at >= tomorrow) {
      tomorrow = (Math.floor(at / DAY_MS) + 1) * DAY_MS;
      peak = { at, used };
      peaks.push(peak);
    } else if (used >= peak.used) {
      peak.at = at;
      peak.used = used;
    }
  }
  return peaks;
}

function beginOf(
  span: Span | undefined,
  kind: ServiceWindow["kind"],
): number | undefined {
  return span && span.start + (kind === "first-use" ? 2 * MINUTE_MS : 0);
}

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
