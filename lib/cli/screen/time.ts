import { runtime } from "../../system/mod.ts";

/** RFC 3339 has the years 0000 to 9999. */
const FIRST_TIME = -62_167_219_200_000;
const LAST_TIME = 253_402_300_799_999;

/**
 * Formats a time for JSON: UTC, RFC 3339, in whole seconds, or `null` if there
 * is none or it is outside those years.
 */
export function isoTime(time: number | undefined): string | null {
  if (!isDate(time)) return null;
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, "Z");
}

function isDate(time: number | undefined): time is number {
  return time !== undefined && time >= FIRST_TIME && time <= LAST_TIME;
}

/** The same for a time from a file, which may be any text. */
export function isoText(text: string | undefined): string | null {
  return isoTime(text === undefined ? undefined : Date.parse(text));
}

/**
 * Formats a time for people, in the zone of `TZ` or of the machine:
 * `2026-11-21 08:35`, or a dash.
 */
export function minute(time: number | string | undefined): string {
  const date = toLocal(time);
  return date ? `${day(date)} ${clock(date)}` : "-";
}

/** A day, milliseconds. */
export const DAY_MS = 86_400_000;

/** Further away, a weekday could mean that of another week. */
const NEARLY_A_WEEK_MS = 6 * DAY_MS;

/** The days of a week, by `Date.prototype.getUTCDay()`. */
export const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/**
 * Formats a time near `now`, as short as is unambiguous: `08:35` on the same
 * day or less than twelve hours away, `Mon 08:35` in the next six days, else
 * `2026-11-23`.
 */
export function soon(time: number, now: number): string {
  const date = toLocal(time);
  if (!date) return "-";
  const distance = Math.abs(time - now);
  if (distance < DAY_MS / 2 || isSameDay(time, now)) return clock(date);
  const isNear = time > now && distance < NEARLY_A_WEEK_MS;
  return isNear ? `${WEEKDAYS[date.getUTCDay()]} ${clock(date)}` : day(date);
}

/** The same in a sentence: `at 08:35`, `on 2026-11-23`. */
export function at(time: number, now: number): string {
  const text = soon(time, now);
  return /^\d\d:/.test(text) ? `at ${text}` : `on ${text}`;
}

/** Whether two times are on the same day of the local calendar. */
export function isSameDay(a: number, b: number): boolean {
  const [first, second] = [toLocal(a), toLocal(b)];
  return first !== undefined && second !== undefined &&
    day(first) === day(second);
}

/** Returns a date whose parts in UTC are those of the local time. */
function toLocal(time: number | string | undefined): Date | undefined {
  const ms = typeof time === "string" ? Date.parse(time) : time;
  if (!isDate(ms)) return undefined;
  return new Date(ms + runtime.host.utcOffset(ms));
}

function day(date: Date): string {
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  return `${year}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

function clock(date: Date): string {
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`;
}

function two(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

/** Formats a time span by its two largest units: `3 h 20 min`, `45 s`. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(Math.ceil(ms / 1000), 0);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([number]) => number > 0);
  const shown = first < 0 ? parts.slice(-1) : parts.slice(first, first + 2);
  return shown.filter(([number], at) => at === 0 || number > 0)
    .map(([number, unit]) => `${number} ${unit}`).join(" ");
}
