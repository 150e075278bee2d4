import type { ServiceWindow } from "../verdict/service.ts";
import type { RefusalSample } from "./refusal_samples.ts";
import { MINUTE_MS, type TrafficSeries } from "./traffic_series.ts";
import type { Span, SpanAt } from "./window_span.ts";

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
