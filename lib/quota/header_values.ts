import { parseDuration } from "../duration.ts";
import type { WindowReading } from "./types.ts";

/** What a header says, before it is known whose it is. */
export interface HeaderReading
  extends Pick<WindowReading, "window" | "unit" | "limit" | "used"> {
  /** When the window begins again, milliseconds since the epoch. */
  resetsAt?: number;
  /** Whether it counts all models, whatever the request asked for. */
  isForAll?: true;
}

/** A larger amount is a mistake. */
const LARGEST_AMOUNT = 1e15;

/** A reset farther ahead is a mistake, or a wrong clock: a month and some. */
const FARTHEST_MS = 35 * 86_400_000;

/** A larger number is a time in milliseconds, not in seconds. */
const LEAST_EPOCH_MS = 1e11;

/** A larger number is a time, not a duration in seconds. */
const LEAST_EPOCH_S = 1e9;

/** Returns an amount of requests or tokens; `undefined` if it is not one. */
export function amountIn(text: string | null | undefined): number | undefined {
  if (!text || !/^\s*\d{1,16}(?:\.\d{1,6})?\s*$/.test(text)) return undefined;
  const amount = Number(text);
  return amount <= LARGEST_AMOUNT ? amount : undefined;
}

/**
 * Returns the time of a reset: a duration such as `6m0s` or `20ms`, seconds, or
 * seconds or milliseconds since the epoch; `undefined` for anything else, the
 * past, and what is too far ahead.
 */
export function resetIn(
  text: string | null,
  now: number,
): number | undefined {
  const trimmed = (text ?? "").trim();
  const number = amountIn(trimmed);
  if (number === undefined) {
    const ms = trimmed.length <= 32 ? parseDuration(trimmed) : undefined;
    return ms === undefined
      ? plausibleReset(isDate(trimmed) ? Date.parse(trimmed) : NaN, now)
      : plausibleReset(now + ms, now);
  }
  if (number >= LEAST_EPOCH_MS) return plausibleReset(number, now);
  if (number >= LEAST_EPOCH_S) return plausibleReset(number * 1_000, now);
  return plausibleReset(now + number * 1_000, now);
}

function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT/.test(text) && text.length <= 40;
}

/** Returns `at`, rounded to milliseconds, if a window may begin again then. */
export function plausibleReset(at: number, now: number): number | undefined {
  return at > now && at - now <= FARTHEST_MS ? Math.ceil(at) : undefined;
}

const NAMES: readonly (readonly [seconds: number, name: string])[] = [
  [60, "minute"],
  [3_600, "hour"],
  [86_400, "day"],
  [604_800, "week"],
];

/** Returns the name of a window of this length, such as "5h", "day" or "30s". */
export function nameOfLength(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const known = NAMES.find(([it]) => it === seconds)?.[1];
  if (known !== undefined) return known;
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`;
  if (seconds % 60 === 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}

const SECONDS: Readonly<Record<string, number>> = {
  d: 86_400,
  h: 3_600,
  m: 60,
  s: 1,
};

/**
 * Returns the length of the window that {@linkcode nameOfLength} gives this
 * name, milliseconds; `undefined` if it does not tell, such as "month".
 */
export function lengthOfName(name: string): number | undefined {
  const known = NAMES.find(([, it]) => it === name)?.[0];
  const [, count = "", unit = ""] = /^([1-9]\d{0,5})([dhms])$/.exec(name) ?? [];
  const seconds = known ?? Number(count) * (SECONDS[unit] ?? 0);
  return seconds > 0 ? seconds * 1_000 : undefined;
}
