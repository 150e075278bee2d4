/** Farther ahead than this is no hint but a mistake, or a clock set wrong. */
const BELIEVED_MS = 32 * 24 * 3_600_000;

const DAY_MS = 86_400_000;

/** A span with units: `1m30.5s`, `1 hour 5 minutes`. */
const SPAN = /(?:\d+(?:\.\d+)?\s*[a-z]+\s*)+/.source;

/**
 * Reads a `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3),
 * or a span with units, which some proxies send. Returns epoch milliseconds, or
 * `undefined` for anything else, what is past, and what is more than 32 days
 * ahead.
 */
export function parseRetryAfter(
  value: string,
  now: number,
): number | undefined {
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    return believed(now + Number(text) * 1_000, now);
  }
  if (new RegExp(`^${SPAN}$`, "i").test(text)) return after(text, now);
  const isAsctime = /^\w{3} \w{3} [\d :]+$/.test(text);
  return believed(Date.parse(isAsctime ? `${text} GMT` : text), now);
}

const UNITS_MS: readonly [RegExp, number][] = [
  [/^(?:m(?:illi)?s(?:ec(?:ond)?s?)?|毫秒)$/i, 1],
  [/^(?:s(?:ec(?:ond)?s?)?|秒)$/i, 1_000],
  [/^(?:m(?:in(?:ute)?s?)?|分钟)$/i, 60_000],
  [/^(?:h(?:(?:ou)?rs?)?|小时)$/i, 3_600_000],
  [/^(?:d(?:ays?)?|天)$/i, DAY_MS],
];

/** What announces a time, and what may stand between. */
const WORD =
  /\b(?:again|retry[-_ ]?(?:after|delay)?|resets?|available|until|wait)\b|重置|将于/
    .source;
const GAP = /[^.]{0,30}?/.source;

/** `try again in 1m30.5s`, `retryDelay: 34s`; not `retry attempt 3 m`. */
const IN_SPAN = new RegExp(
  `(?:${WORD})(?:${GAP}\\b(?:in|after|for|within|about|least|next))?` +
    `[\\s:="']{0,5}(?<![\\w.])(${SPAN})`,
  "i",
);

/** `Retry-After: 120`, `retry_after 12.5`: seconds. */
const IN_SECONDS =
  /\bretry[-_ ]?after["']?[\s:=]{1,3}["']?(\d+(?:\.\d+)?)(?![\w.]*\w|\s*[a-z])/i;

/** `请在 60 秒后重试` */
const IN_CHINESE = /(\d+(?:\.\d+)?\s*(?:毫秒|秒|分钟|小时|天))(?:之|以)?后/;

const ZONE = /(Z|(?:UTC|GMT)?\s?[+-]\d\d?(?::?\d\d)?(?![\d-])|UTC|GMT)?/.source;

/** A date, with or without a time and a zone. */
const DATE = new RegExp(
  `(?:${WORD})${GAP}` +
    /(?<!\d)(\d{4})[-/](\d\d?)[-/](\d\d?)/.source +
    `(?:[T ](\\d\\d?):(\\d\\d)(?::(\\d\\d(?:\\.\\d+)?))?\\s?${ZONE})?`,
  "i",
);

/** A time of the day in UTC: the next one is meant. */
const CLOCK = new RegExp(
  `(?:${WORD})${GAP}\\b(?:(\\d\\d?):(\\d\\d)|midnight)\\s?(?:UTC|GMT|Z)\\b(?![+-])`,
  "i",
);

/** Epoch seconds or milliseconds. */
const EPOCH = new RegExp(`(?:${WORD})${GAP}\\b(\\d{13}|\\d{10})\\b`, "i");

/** What names no other time than the next day. */
const TOMORROW = /\btomorrow\b|明天|明日/i;

/** How to read a hint. */
export interface FindRetryAtOptions {
  /** When the provider's day begins, milliseconds after 00:00 UTC. @default 0 */
  dayBeginsMs?: number | undefined;
}

/**
 * Finds in the words of a provider when to come again: epoch milliseconds, or
 * `undefined` if they do not say, or nothing that can be believed. A date
 * without a zone is UTC.
 */
export function findRetryAt(
  message: string,
  now: number,
  { dayBeginsMs = 0 }: FindRetryAtOptions = {},
): number | undefined {
  const date = DATE.exec(message);
  if (date) return believed(toEpoch(date), now);
  const clock = CLOCK.exec(message);
  if (clock) {
    const [, hours = "0", minutes = "0"] = clock;
    const isTime = Number(hours) < 24 && Number(minutes) < 60;
    const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return isTime ? nextDay(now, ms) : undefined;
  }
  const [, epoch] = EPOCH.exec(message) ?? [];
  if (epoch !== undefined) {
    return believed(Number(epoch.padEnd(13, "0")), now);
  }
  const [, seconds] = IN_SECONDS.exec(message) ?? [];
  if (seconds !== undefined) return believed(now + Number(seconds) * 1e3, now);
  const span = IN_SPAN.exec(message)?.[1] ?? IN_CHINESE.exec(message)?.[1];
  if (span !== undefined) return after(span, now);
  return TOMORROW.test(message) ? nextDay(now, dayBeginsMs) : undefined;
}

/**
 * Returns when the day after `now` begins, epoch milliseconds, where days begin
 * `dayBeginsMs` after 00:00 UTC.
 */
export function nextDay(now: number, dayBeginsMs: number): number {
  const begun = Math.floor((now - dayBeginsMs) / DAY_MS);
  return (begun + 1) * DAY_MS + dayBeginsMs;
}

function toEpoch([, ...fields]: RegExpExecArray): number {
  const [year, month, day, hours = "0", minutes = "0", seconds = "0", zone] =
    fields;
  const two = (it: string | undefined) => it?.padStart(2, "0");
  const iso = `${year}-${two(month)}-${two(day)}T` +
    `${two(hours)}:${two(minutes)}:${seconds.length > 1 ? seconds : "00"}Z`;
  const [, sign, zoneHours = "0", zoneMinutes = "0"] =
    /([+-])(\d\d?):?(\d\d)?/.exec(zone ?? "") ?? [];
  const offsetMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return Date.parse(iso) + (sign === "-" ? offsetMs : -offsetMs);
}

/** The time after a span; up to the first word that is no unit. */
function after(span: string, now: number): number | undefined {
  let ms = 0;
  const pieces = span.matchAll(
    /(\d+(?:\.\d+)?)\s*([a-z]+|[毫秒分钟小时天]+)/gi,
  );
  for (const [, number, unit = ""] of pieces) {
    const factor = UNITS_MS.find(([pattern]) => pattern.test(unit))?.[1];
    if (factor === undefined) break;
    ms += Number(number) * factor;
  }
  return believed(now + ms, now);
}

function believed(at: number, now: number): number | undefined {
  const isBelieved = at > now && at - now <= BELIEVED_MS;
  return isBelieved ? Math.max(Math.round(at), Math.floor(now) + 1) : undefined;
}
