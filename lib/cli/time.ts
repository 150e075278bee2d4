/**
 * Formats a time for JSON: UTC, ISO 8601, or `null` where there is none or it
 * is beyond the calendar.
 */
export function isoTime(time: number | undefined): string | null {
  const isDate = time !== undefined && Math.abs(time) <= 8.64e15; // ECMA-262
  if (!isDate) return null;
  return new Date(time).toISOString();
}

/** Formats a time for people: `2026-11-21 08:35 UTC`, or a dash. */
export function minute(time: number | string | undefined): string {
  const iso = isoTime(typeof time === "string" ? Date.parse(time) : time);
  return iso ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : "-";
}

const DAY_MS = 86_400_000;

/** Formats a time to come as shortly as it is clear: `08:35 UTC`, `2026-11-23`. */
export function soon(time: number, now: number): string {
  const text = minute(time);
  return time - now < DAY_MS ? text.slice(11) : text.slice(0, 10);
}
