/** RFC 3339 has the years 0000 to 9999. */
const FIRST_TIME = -62_167_219_200_000;
const LAST_TIME = 253_402_300_799_999;

/**
 * Formats a time for JSON: UTC, RFC 3339, in whole seconds, or `null` where there is none or it
 * is beyond that calendar.
 */
export function isoTime(time: number | undefined): string | null {
  const isDate = time !== undefined && time >= FIRST_TIME && time <= LAST_TIME;
  if (!isDate) return null;
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z");
}

/** The same for a time that a file has as text, which may be any text. */
export function isoText(text: string | undefined): string | null {
  return isoTime(text === undefined ? undefined : Date.parse(text));
}

/** Formats a time for people: `2026-11-21 08:35 UTC`, or a dash. */
export function minute(time: number | string | undefined): string {
  const iso = typeof time === "string" ? isoText(time) : isoTime(time);
  return iso ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : "-";
}

const DAY_MS = 86_400_000;

/** Formats a time to come as shortly as it is clear: `08:35 UTC`, `2026-11-23`. */
export function soon(time: number, now: number): string {
  const text = minute(time);
  return time - now < DAY_MS ? text.slice(11) : text.slice(0, 10);
}
