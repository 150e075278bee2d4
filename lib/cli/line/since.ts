import { parseDuration } from "./duration.ts";

const DATE =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads a time that is over, as epoch milliseconds: a duration before `now` such
 * as `1d`, `today`, or a date such as `2026-11-20` or `2026-11-20 09:00`, in the
 * local zone unless it names one. `undefined` if it is none.
 */
export function parseSince(text: string, now: number): number | undefined {
  const ms = parseDuration(text);
  if (ms !== undefined) return now - ms;
  if (text === "today") return new Date(now).setHours(0, 0, 0, 0);
  if (!DATE.test(text)) return undefined;
  // A date alone would be one of UTC.
  const time = Date.parse(
    text.length > 10 ? text.replace(" ", "T") : `${text}T00:00`,
  );
  return Number.isNaN(time) ? undefined : time;
}
