/**
 * Parses times as users type them: `45m`, `2026-12-01`, `2026-12-01 16:00`,
 * `4pm`, `mon 09:00`. A time without a zone is in the local zone (`TZ`).
 *
 * @module
 */

import { parseDuration } from "../../amounts.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const CLOCK =
  /(?<hour>\d{1,2})(?::(?<minute>\d\d)(?::(?<second>\d\d))?)?(?:\s?(?<half>[ap])\.?m\.?)?/
    .source;

const DATE = /(?<year>\d{4})-(?<month>\d\d?)-(?<day>\d\d?)/.source;

const ZONE = /\s?(?<zone>Z|UTC|[+-]\d\d:?\d\d)/.source;

const FORMS: readonly RegExp[] = [
  `(?<weekday>sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:day)?(?:\\s(?:at\\s)?${CLOCK})?`,
  `(?<named>today|tomorrow)(?:\\s(?:at\\s)?${CLOCK})?`,
  `(?:at\\s)?${CLOCK}`,
  `${DATE}(?:(?:\\s(?:at\\s)?|T)${CLOCK}(?:\\.\\d+)?(?:${ZONE})?)?`,
].map((it) => new RegExp(`^${it}$`, "i"));

/** A calendar day. The month counts from 0; the day may be past its end. */
interface Day {
  year: number;
  month: number;
  day: number;
}

/**
 * Parses a time, epoch milliseconds; returns `undefined` if it is invalid. A
 * duration counts from `now`. A time of day or a weekday means the next one; a
 * date means that date, even in the past.
 *
 * If clocks are set forward past a time, it moves by the same amount. If a time
 * occurs twice, it means the first occurrence in the future.
 */
export function parseWhen(text: string, now: number): number | undefined {
  const words = text.trim().replace(/\s+/g, " ");
  const ms = parseDuration(words);
  if (ms !== undefined) return now + ms;
  if (/^\d+$/.test(words)) return undefined; // 0 seconds, not midnight
  const groups = FORMS.map((it) => it.exec(words)?.groups)
    .find((it) => it !== undefined);
  return groups && toTime(groups, now);
}

function toTime(
  groups: Partial<Record<string, string>>,
  now: number,
): number | undefined {
  const { year, month, day, zone, weekday, named } = groups;
  const clock = toClock(groups);
  if (!clock) return undefined;
  if (year !== undefined) {
    const date = {
      year: Number(year),
      month: Number(month) - 1,
      day: Number(day),
    };
    if (!isOnCalendar(date)) return undefined;
    if (zone !== undefined) return inZone(date, clock, zone);
    return firstAfter(timesOf(date, clock), now);
  }
  const today = new Date(now);
  const daysOn = named === "tomorrow"
    ? [1]
    : named === "today"
    ? [0]
    : weekday === undefined
    ? [0, 1]
    : [daysTo(weekday, today), daysTo(weekday, today) + 7];
  const times = daysOn.flatMap((on) =>
    timesOf({
      year: today.getFullYear(),
      month: today.getMonth(),
      day: today.getDate() + on,
    }, clock)
  );
  return firstAfter(times, now);
}

/**
 * Returns the first of `times` in the future, or the last one if all are past.
 */
function firstAfter(times: readonly number[], now: number): number | undefined {
  return times.find((it) => it > now) ?? times.at(-1);
}

type Clock = readonly [hour: number, minute: number, second: number];

/**
 * Parses a time of day; an empty one is midnight. Returns `undefined` if it is
 * invalid.
 */
function toClock(
  { hour = "0", minute = "0", second = "0", half }: Partial<
    Record<string, string>
  >,
): Clock | undefined {
  const isHalf = half !== undefined;
  const given = Number(hour);
  const isInRange = isHalf ? given >= 1 && given <= 12 : given <= 23;
  if (!isInRange || Number(minute) > 59 || Number(second) > 59) {
    return undefined;
  }
  const afternoon = half?.toLowerCase() === "p" ? 12 : 0;
  const hours = isHalf ? given % 12 + afternoon : given;
  return [hours, Number(minute), Number(second)];
}

function isOnCalendar({ year, month, day }: Day): boolean {
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCMonth() === month && date.getUTCDate() === day;
}

/** Returns the days from `today` to the next `weekday`; 0 if that is today. */
function daysTo(weekday: string, today: Date): number {
  const wanted = DAYS.indexOf(weekday.slice(0, 3).toLowerCase());
  return (wanted - today.getDay() + 7) % 7;
}

function inZone(
  { year, month, day }: Day,
  [hour, minute, second]: Clock,
  zone: string,
): number {
  const wall = Date.UTC(year, month, day, hour, minute, second);
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * MINUTE_MS;
  return sign === "-" ? wall + ahead : wall - ahead;
}

const MINUTE_MS = 60_000;

/**
 * How far clocks are set back: half an hour on Lord Howe Island, two hours in
 * Troll.
 */
const SET_BACK_MS = [30 * MINUTE_MS, 60 * MINUTE_MS, 120 * MINUTE_MS];

/** Returns the times at which local clocks show `clock` on a day, ascending. */
function timesOf({ year, month, day }: Day, [hour, minute, second]: Clock) {
  const first = new Date(year, month, day, hour, minute, second);
  const again = SET_BACK_MS.map((it) => new Date(first.getTime() + it))
    .filter((it) => shown(it) === shown(first));
  return [first, ...again].map((it) => it.getTime());
}

function shown(date: Date): string {
  return [date.getDate(), date.getHours(), date.getMinutes()].join(" ");
}

const PAST_DATE =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Parses a past time, epoch milliseconds: a duration before `now` such as `1d`,
 * `today`, or a date such as `2026-11-20` or `2026-11-20 09:00`, in the local
 * zone unless it names one. Returns `undefined` if it is invalid.
 */
export function parseSince(text: string, now: number): number | undefined {
  const ms = parseDuration(text);
  if (ms !== undefined) return now - ms;
  if (text === "today") return new Date(now).setHours(0, 0, 0, 0);
  if (!PAST_DATE.test(text)) return undefined;
  // A date alone would be in UTC.
  const time = Date.parse(
    text.length > 10 ? text.replace(" ", "T") : `${text}T00:00`,
  );
  return Number.isNaN(time) ? undefined : time;
}
