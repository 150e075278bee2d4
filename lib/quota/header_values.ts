import { parseDuration } from "../amounts.ts";
import type { WindowReading } from "./types.ts";

/** What a header says, before it is known whose it is. */
export interface HeaderReading
  extends Pick<WindowReading, "window" | "unit" | "limit" | "used"> {
  /** When the window begins again, milliseconds since the epoch. */
  resetsAt?: number | undefined;
  /** Whether it counts all models, whatever the request asked for. */
  isForAll?: boolean | undefined;
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
    const date = DATE.test(trimmed) ? Date.parse(trimmed) : NaN;
    return plausibleReset(ms === undefined ? date : now + ms, now);
  }
  if (number >= LEAST_EPOCH_MS) return plausibleReset(number, now);
  if (number >= LEAST_EPOCH_S) return plausibleReset(number * 1_000, now);
  return plausibleReset(now + number * 1_000, now);
}

const DATE = /^\d{4}-\d\d-\d\dT.{0,29}$/;

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

/** How far a computed length may be from that of a window with a name. */
const NAME_TOLERANCE = 0.25;

/**
 * Returns the name of a window from its reset. A duration with units is that of
 * a bucket which refills evenly, so that its share of what is used gives the
 * length of the whole. Otherwise it is the shortest usual window that can last
 * until the reset.
 */
export function nameOf({ limit, used, reset, resetsAt, now }: {
  limit: number;
  used: number | undefined;
  reset: string | null;
  resetsAt: number | undefined;
  now: number;
}): string {
  const ms = reset && /[a-z]/i.test(reset) ? parseDuration(reset) : undefined;
  if (ms && used) {
    const length = ms * limit / used;
    const known = [60_000, 3_600_000, 86_400_000].find((it) =>
      Math.abs(length / it - 1) <= NAME_TOLERANCE
    );
    if (known !== undefined) return nameOfLength(known);
  }
  if (resetsAt === undefined) return "minute";
  if (!ms && resetsAt % 86_400_000 === 0) return "day";
  const ahead = resetsAt - now;
  return ahead <= 60_000 ? "minute" : ahead <= 3_600_000 ? "hour" : "day";
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

/** A member of a structured field: `"burst";q=100;w=60`, or `limit=100`. */
export interface Member {
  /** The name of a policy, or the amount of one that has none. */
  name: string;
  /** Its parameters. */
  parameters: Map<string, string>;
}

/** Later text of a header is ignored, characters. */
const LONGEST_HEADER = 2_048;

/** Parses a list of RFC 9651, section 3.1, as far as these fields need it. */
export function membersOf(text: string | null): Member[] {
  return (text ?? "").slice(0, LONGEST_HEADER).split(",").map((it) => {
    const [first = "", ...rest] = it.trim().split(";");
    const isPair = /^[a-z]+=/.test(first);
    const parameters = (isPair ? [first, ...rest] : rest).map((pair) => {
      const [key = "", value = ""] = pair.trim().split("=");
      return [key, unquoted(value)] as const;
    });
    return {
      name: isPair ? "" : unquoted(first),
      parameters: new Map(parameters),
    };
  });
}

function unquoted(text: string): string {
  return text.trim().replace(/^"(.*)"$/, "$1");
}
