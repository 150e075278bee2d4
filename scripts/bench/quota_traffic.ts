import { type Random, seeded } from "../../tests/torture/random.ts";
import type {
  HiddenWindow,
  Scenario,
  TrafficPattern,
} from "./quota_scenario.ts";
import type { SimulatedRequest } from "./quota_service.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * Returns what clients would send minute by minute if nothing was refused. The
 * same seed gives the same requests.
 */
export function* trafficOfMinutes(
  scenario: Scenario,
  { seed, share = 1 }: {
    seed: number;
    /** The traffic as a share of the patterns. @default 1 */
    share?: number;
  },
): Generator<{ at: number; requests: SimulatedRequest[] }> {
  const random = seeded(seed);
  const patterns = scenario.traffic.map((it) => ratesOf(it, scenario, random));
  const end = scenario.start + scenario.days * DAY_MS;
  for (let at = scenario.start; at < end; at += MINUTE_MS) {
    const requests = scenario.traffic.flatMap((pattern, index) => {
      const mean = share * patterns[index]!.rateAt(at) / 60;
      return Array.from({ length: poisson(mean, random) }, () => ({
        at: at + random.next() * MINUTE_MS,
        model: pattern.model,
        tokens: tokensOf(pattern, random),
      }));
    });
    yield { at, requests: requests.sort((a, b) => a.at - b.at) };
  }
}

/** The requests of an hour for one pattern. */
interface Rates {
  /** Those at `at`; times of later calls are not before it. */
  rateAt(at: number): number;
  /** Those at `at`, as somebody expects who knows all until `now`. */
  expectedAt(at: number, now: number): number;
}

/**
 * Returns what somebody expects who knows the patterns, the level of the present
 * day and the present burst, but neither later days nor later bursts: the
 * units of the window in an hour.
 */
export function expectedRates(
  scenario: Scenario,
  { seed, window: { unit, model } }: { seed: number; window: HiddenWindow },
): Rates["expectedAt"] {
  const random = seeded(seed);
  const rates = scenario.traffic.map((it) => ({
    pattern: it,
    ...ratesOf(it, scenario, random),
  })).filter(({ pattern }) => model === undefined || pattern.model === model);
  return (at, now) =>
    rates.reduce(
      (sum, { pattern, expectedAt }) =>
        sum + (unit === "tokens" ? pattern.tokens : 1) * expectedAt(at, now),
      0,
    );
}

function ratesOf(
  pattern: TrafficPattern,
  { start, days }: Scenario,
  random: Random,
): Rates {
  const { perHour, night, weekend, bursts, drift } = pattern;
  const begins = bursts
    ? Array.from(
      { length: poisson(bursts.perDay * days, random) },
      () => start + random.next() * days * DAY_MS,
    ).sort((a, b) => a - b)
    : [];
  const levels = Array.from(
    { length: Math.ceil(days) + 1 },
    () => Math.exp(drift * normal(random) - drift ** 2 / 2),
  );
  const dayOf = (at: number) => Math.floor((at - start) / DAY_MS);
  const patternAt = (at: number) => {
    const hour = at % DAY_MS / 3_600_000;
    const day = new Date(at).getUTCDay();
    let rate = perHour;
    if (day === 0 || day === 6) rate *= weekend;
    if (night && isWithin(hour, night)) rate *= night.factor;
    return rate;
  };
  let first = 0;
  return {
    rateAt(at) {
      let rate = patternAt(at) * levels[dayOf(at)]!;
      if (bursts) {
        while (begins[first]! + bursts.lengthMs <= at) first++;
        if (begins[first]! <= at) rate *= bursts.factor;
      }
      return rate;
    },
    expectedAt(at, now) {
      let rate = patternAt(at);
      if (dayOf(at) === dayOf(now)) rate *= levels[dayOf(now)]!;
      if (!bursts) return rate;
      const { perDay, lengthMs, factor } = bursts;
      const isBurst = begins.some((it) => it <= now && at < it + lengthMs);
      // Bursts that begin at random overlap at random.
      const busy = 1 -
        Math.exp(-perDay * Math.min(lengthMs, at - now) / DAY_MS);
      return rate * (isBurst ? factor : 1 + busy * (factor - 1));
    },
  };
}

function isWithin(
  hour: number,
  { from, to }: { from: number; to: number },
): boolean {
  return from <= to ? hour >= from && hour < to : hour >= from || hour < to;
}

function tokensOf(
  { tokens, tokenSpread }: TrafficPattern,
  random: Random,
): number {
  const factor = Math.exp(
    tokenSpread * normal(random) - tokenSpread ** 2 / 2,
  );
  return Math.max(Math.round(tokens * factor), 1);
}

/** A number of events of this mean. */
function poisson(mean: number, random: Random): number {
  if (mean > 30) {
    return Math.max(Math.round(mean + Math.sqrt(mean) * normal(random)), 0);
  }
  const least = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > least; count++) product *= random.next();
  return Math.max(count, 0);
}

function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}
