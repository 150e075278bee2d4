import { forecast } from "../../lib/quota/forecast.ts";
import { TrafficSeries } from "../../lib/quota/traffic_series.ts";
import type { UsageMinute } from "../../lib/quota/types.ts";
import { type HiddenWindow, limitAt, type Scenario } from "./quota_scenario.ts";
import { expectedRates } from "./quota_traffic.ts";

/** A forecast later than this is not needed, milliseconds. */
const FARTHEST_MS = 35 * 86_400_000;

/** What an oracle is told. */
export interface OracleOptions {
  scenario: Scenario;
  /** The seed of the traffic. */
  seed: number;
  /** All that the service served, also what we do not see. */
  all: readonly UsageMinute[];
}

/**
 * Returns a function that forecasts at `now` when the window that began at
 * `start` is exhausted, from all that can be known then: the limit, what was
 * used of it, and the patterns of the traffic. Its error cannot be helped.
 */
export function oracleOf(
  window: HiddenWindow,
  { scenario, seed, all }: OracleOptions,
): (at: { now: number; start: number }) => number {
  const { unit, model, kind, lengthMs } = window;
  const series = new TrafficSeries(
    all.filter((it) => model === undefined || it.model === model),
  );
  const expected = expectedRates(scenario, { seed, window });
  return ({ now, start }) => {
    const isSliding = kind === "sliding";
    const since = isSliding ? now - lengthMs : start;
    const used = series.before(unit, now) - series.before(unit, since);
    const { exhaustedAt } = forecast({
      now,
      until: isSliding ? now + lengthMs : now + FARTHEST_MS,
      pace: {
        rateAt: (at) => expected(at, now) / (1 - scenario.unseen),
        deviation: () => 0,
      },
      left: limitAt(window, now) - used,
      spread: 0,
      ...(isSliding ? { sliding: { series, unit, lengthMs } } : {}),
    });
    return exhaustedAt?.p50 ?? (isSliding ? now + lengthMs : Infinity);
  };
}
