import { type Random, seeded } from "../../tests/torture/random.ts";
import type { Scenario, TrafficPattern } from "./quota_scenario.ts";
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
  const patterns = scenario.traffic.map((it) => rateOf(it, scenario, random));
  const end = scenario.start + scenario.days * DAY_MS;
  for (let at = scenario.start; at < end; at += MINUTE_MS) {
    const requests = scenario.traffic.flatMap((pattern, index) => {
      const mean = share * patterns[index]!(at) / 60;
      return Array.from({ length: poisson(mean, random) }, () => ({
        at: at + random.next() * MINUTE_MS,
        model: pattern.model,
        tokens: tokensOf(pattern, random),
      }));
    });
    yield { at, requests: requests.sort((a, b) => a.at - b.at) };
  }
}

/** Returns the requests of an hour at each time. */
function rateOf(
  pattern: TrafficPattern,
  { start, days }: Scenario,
  random: Random,
): (at: number) => number {
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
  let first = 0;
  return (at) => {
    const hour = at % DAY_MS / 3_600_000;
    const day = new Date(at).getUTCDay();
    let rate = perHour * levels[Math.floor((at - start) / DAY_MS)]!;
    if (day === 0 || day === 6) rate *= weekend;
    if (night && isWithin(hour, night)) rate *= night.factor;
    if (bursts) {
      while (begins[first]! + bursts.lengthMs <= at) first++;
      if (begins[first]! <= at) rate *= bursts.factor;
    }
    return rate;
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
