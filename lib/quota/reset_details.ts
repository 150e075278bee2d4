import type { Details } from "./error_body.ts";
import { believed, findRetryAt, parseRetryAfter } from "./retry_at.ts";
import type { Service } from "./service.ts";

/** Names of members that say when to come again, as `Details` has them. */
const TELLS_WHEN =
  /reset|retry(?:after|in|at|delay)|resum|replenish|cooldown|availableat|nextflush|unlock|waitseconds|waitms/;

/** Names of members that speak of the same and tell no time. */
const TELLS_NOT = /^max|count$|able$|attempt|limit$|remaining|enabled|policy/;

/** What a number without a unit is counted in, by the end of its name. */
const UNITS_MS: readonly [RegExp, number][] = [
  [/(?:ms|millis|milliseconds)$/, 1],
  [/(?:minutes|mins|min)$/, 60_000],
  [/(?:hours|hrs)$/, 3_600_000],
];

/**
 * Finds in the members of an error when to come again: epoch milliseconds, or
 * `undefined` if none says so. A number is an epoch where it is one, and else a
 * span in seconds, unless its name ends with another unit.
 */
export function findResetIn(
  details: Details,
  now: number,
  service?: Service,
): number | undefined {
  for (const [name, value] of details) {
    if (!TELLS_WHEN.test(name) || TELLS_NOT.test(name)) continue;
    const at = readReset(name, value.trim(), now, service);
    if (at !== undefined) return at;
  }
  return undefined;
}

function readReset(
  name: string,
  value: string,
  now: number,
  service: Service | undefined,
): number | undefined {
  const isPlain = /^\d{1,9}(?:\.\d+)?$/.test(value);
  const [, unit] = UNITS_MS.find(([pattern]) => pattern.test(name)) ?? [];
  if (isPlain && unit) return believed(now + Number(value) * unit, now);
  if (/^\d{10}\.\d+$/.test(value)) return believed(Number(value) * 1_000, now);
  // A date in words, which may lack a zone.
  return /^\d{4}\D/.test(value)
    ? findRetryAt(`reset ${value}`, now, { service })
    : parseRetryAfter(value, now);
}
