import type { Details } from "./error_body.ts";
import { findRetryAt, parseRetryAfter, plausible } from "./retry_at.ts";
import type { Service } from "./service.ts";

/** Names of members that contain the time of a reset, as in `Details`. */
const RESET_NAMES =
  /reset|retry(?:after|in|at|delay)|resum|replenish|cooldown|availableat|nextflush|unlock|waitseconds|waitms/;

/** Similar names of members that contain no time. */
const OTHER_NAMES = /^max|count$|able$|attempt|limit$|remaining|enabled|policy/;

/** The unit of a number without one, by the end of the member's name. */
const UNITS_MS: readonly [RegExp, number][] = [
  [/(?:ms|millis|milliseconds)$/, 1],
  [/(?:minutes|mins|min)$/, 60_000],
  [/(?:hours|hrs)$/, 3_600_000],
];

/**
 * Finds the time of a reset in the members of an error: epoch milliseconds, or
 * `undefined`. A number is an epoch if it looks like one, and otherwise a
 * duration in seconds unless the name ends with another unit.
 */
export function findResetIn(
  details: Details,
  now: number,
  service?: Service,
): number | undefined {
  for (const [name, value] of details) {
    if (!RESET_NAMES.test(name) || OTHER_NAMES.test(name)) continue;
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
  if (isPlain && unit) return plausible(now + Number(value) * unit, now);
  if (/^\d{10}\.\d+$/.test(value)) return plausible(Number(value) * 1_000, now);
  // A date as text, which may lack a zone.
  return /^\d{4}\D/.test(value)
    ? findRetryAt(`reset ${value}`, now, { service })
    : parseRetryAfter(value, now);
}
