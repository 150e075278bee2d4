import type { ServiceWindow } from "../verdict/service.ts";
import type { RefusalSample } from "./refusal_samples.ts";
import { MINUTE_MS, type TrafficSeries } from "./traffic_series.ts";
import type { SpanAt } from "./window_span.ts";

/** A window of an account that our own traffic is counted for. */
export interface CountedWindow {
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
  { window: { unit }, series, spanAt }: CountedWindow,
  time: number,
): Amount | undefined {
  const span = spanAt(time);
  if (!span) return undefined;
  const total = series.through(unit, time);
  const begin = Math.floor(span.start / MINUTE_MS) * MINUTE_MS;
  return {
    low: total -
      series.before(unit, begin === span.start ? begin : begin + MINUTE_MS),
    middle: total - series.before(unit, span.start),
    high: total - series.before(unit, begin),
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
  { window: { unit }, series, spanAt }: CountedWindow,
): Peak[] {
  const peaks: Peak[] = [];
  let first = 0; // the first minute that is wholly in the window
  let peak: Peak | undefined;
  for (const [index, at] of series.at.entries()) {
    // What a minute counts may belong to the window that ends in it.
    const span = spanAt(at);
    if (!span) continue;
    while (series.at[first]! < span.start) first++;
    const used = series.sum(unit, index + 1) - series.sum(unit, first);
    if (!peak || Math.floor(at / DAY_MS) !== Math.floor(peak.at / DAY_MS)) {
      peak = { at, used };
      peaks.push(peak);
    } else if (used >= peak.used) {
      peak.at = at;
      peak.used = used;
    }
  }
  return peaks;
}
