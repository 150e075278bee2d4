import type { CountedUnit, TrafficSeries } from "./traffic_series.ts";
import type { Pace } from "./pace.ts";
import type { QuotaWindow } from "./types.ts";

/** When a limit is reached, and whether the window lasts. */
type Forecast = Pick<QuotaWindow, "exhaustedAt"> & { lasts: boolean };

/** What a forecast needs. */
interface ForecastOptions {
  /** The time, milliseconds since the epoch. */
  now: number;
  /** When the window ends, or a sliding window has forgotten what it holds. */
  until: number;
  /** The pace of the traffic. */
  pace: Pace;
  /** What is left before the service refuses, most likely, in units. */
  left: number;
  /** The standard deviation of that, in units. */
  spread: number;
  /**
   * A sliding window, which forgets what it holds while time passes.
   * @default nothing is forgotten before the end
   */
  sliding?:
    | { series: TrafficSeries; unit: CountedUnit; lengthMs: number }
    | undefined;
}

/** The steps of a window in which the traffic is added up. */
const STEPS = 240;

/** The quantile of a normal distribution for 90 %. */
const NINE_OF_TEN = 1.2816;

/** A forecast ends after so many times the rest of the window. */
const FARTHEST = 4;

/**
 * Returns when the limit is reached at this pace. `p90` may lie beyond the end
 * of the window, as if it did not begin again then; `exhaustedAt` is left out if
 * `p50` does.
 */
export function forecast(options: ForecastOptions): Forecast {
  const { now, until, pace, spread, left } = options;
  const step = Math.max((until - now) / STEPS, 1_000);
  let p50: number | undefined = left <= 0 ? now : undefined;
  let p90: number | undefined;
  let used = 0;
  const end = now + (until - now) * FARTHEST;
  for (let at = now; at < end && p90 === undefined; at += step) {
    const more = pace.rateAt(at + step / 2) * step / 3_600_000;
    const before = left + forgotten(options, at) - used;
    used += more;
    const room = left + forgotten(options, at + step) - used;
    if (p50 === undefined && room <= 0) {
      p50 = at + step * Math.min(before / Math.max(before - room, 1e-9), 1);
      if (p50 > until) return { lasts: true };
    }
    if (p50 === undefined && at > until) return { lasts: true };
    const hours = (at + step - now) / 3_600_000;
    const noise = Math.hypot(pace.deviation(used, hours), spread);
    if (p50 !== undefined && -room >= NINE_OF_TEN * noise) p90 = at + step;
  }
  if (p50 === undefined) return { lasts: true };
  return { exhaustedAt: { p50, p90: p90 ?? end }, lasts: false };
}

function forgotten(
  { sliding, now }: ForecastOptions,
  time: number,
): number {
  if (!sliding) return 0;
  const { series, unit, lengthMs } = sliding;
  const until = Math.min(time - lengthMs, now);
  return series.before(unit, until) - series.before(unit, now - lengthMs);
}
