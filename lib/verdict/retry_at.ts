import { once } from "./once.ts";
import { nextPeriod, type Service } from "./service.ts";
import {
  epochAt,
  MONTH,
  monthNumber,
  parseZone,
  SPAN,
  spanMs,
  wallAt,
  WEEKDAY,
  weekdayNumber,
  withPlainClocks,
  ZONE,
  ZONE_BEFORE,
} from "./time_words.ts";

/** A time farther ahead than this is a mistake, or a wrong clock. */
const FARTHEST_MS = 32 * 24 * 3_600_000;

const DAY_MS = 86_400_000;

/** Options of `findRetryAt`. */
interface FindRetryAtOptions {
  /**
   * The service that sent the text. Its zone applies if none is named. @default
   * UTC
   */
  service?: Service | undefined;
  /** When the service's day begins, milliseconds after 00:00 UTC. @default 0 */
  dayBeginsMs?: number | undefined;
}

/**
 * Parses a `Retry-After` header: seconds or a date (RFC 9110, section 10.2.3),
 * or a duration with units or an epoch, which some services send. Returns epoch
 * milliseconds; `undefined` for anything else, for the past, and for more than
 * 32 days ahead.
 */
export function parseRetryAfter(
  value: string,
  now: number,
): number | undefined {
  const text = value.trim();
  if (/^(?:\d{10}|\d{13})$/.test(text)) return fromEpoch(text, now);
  if (/^\d+(?:\.\d+)?$/.test(text)) {
    return plausible(now + Number(text) * 1_000, now);
  }
  if (new RegExp(`^${SPAN}$`, "i").test(text)) {
    return plausible(now + spanMs(text), now);
  }
  const isAsctime = /^\w{3} \w{3} [\d :]+$/.test(text);
  return plausible(Date.parse(isAsctime ? `${text} GMT` : text), now);
}

/** Words that announce a time. */
const word = once(() =>
  [
    /\b(?:again|retry(?:ing)?[-_ ]?(?:after|delay|in|at)|resets?|available|until|wait)\b/,
    /\b(?:regain|refresh(?:e[sd])?|renew(?:s|ed)?|replenish(?:e[sd])?|restored?)\b/,
    /\b(?:resumes?|returns?|lifted|unlock(?:s|ed)?|back|resetting)\b/,
    /重置|将[于在]|將[於在]|请[于在]|請[於在]|恢复|恢復|刷新|解除|リセット|再試行|재설정|초기화/,
    /\b(?:restablec\w*|reinici\w*|redefinid\w*|réinitialis\w*|zurückgesetzt|nouveau|nuevo|novamente|r[ée]essa[iy]\w*|intent[ae]\w*|inténtalo|riprova\w*|versuchen|warten(?: sie)?|attend\w+|patient\w+|esper[ea]\w*|aguarde\w*)/,
    /сброс\w*|обнов\w*|повтор\w*/,
  ].map((it) => it.source).join("|")
);

/** Words that may follow a time without an announcing word, as in `60 秒后重试`. */
const AFTERWARDS =
  /^\s*(?:(?:之|以)?[后後]|に(?:リセット|再)|(?:erneut|wieder|noch ?mals?)\b|에\s?(?:재설정|초기화|다시)|重置|恢[复復]|刷新|[后後]?[重再][试試])/;

/** Whether the text before or after a time announces it. */
function isAnnounced(message: string, start: number, end: number): boolean {
  const before = message.slice(Math.max(start - 60, 0), start);
  return new RegExp(`(?:${word()})[^.]{0,30}$`, "i").test(before) ||
    AFTERWARDS.test(message.slice(end, end + 12));
}

const TIME = (name: string) =>
  `(?:(?<hour${name}>\\d\\d?):(?<minute${name}>\\d\\d)(?::(?<second${name}>\\d\\d)(?:\\.\\d+)?)?` +
  `(?:\\s?(?<half${name}>[ap]\\.?m\\b\\.?))?|(?<full${name}>\\d\\d?)\\s?(?<noon${name}>[ap]\\.?m\\b\\.?)` +
  `|(?<word${name}>midnight|noon))\\s?(?<zone${name}>${ZONE})?`;

/** A zone before a date or a clock. */
const IN_ZONE = `(?:(?<zoneFirst>${ZONE_BEFORE})[\\s:：,，)）]*)?`;

/** A date, with or without a time and a zone. */
const dated = once(() =>
  new RegExp(
    [
      /(?<!\d)(?<year>\d{4})\s?[-/年년.]\s?(?<month>\d\d?)\s?[-/月월.]\s?(?<day>\d\d?)(?!\d)\s?[日일号號]?/
        .source,
      /(?<!\d)(?<monthAlone>\d\d?)\s?[月월]\s?(?<dayAlone>\d\d?)\s?[日일号號]/
        .source,
      /(?<![-\d])(?<monthShort>\d\d)-(?<dayShort>\d\d)(?=\s\d\d:\d\d)/.source,
      `\\b(?<name>${MONTH})\\s+(?<nameDay>\\d\\d?)(?:st|nd|rd|th)?\\b(?:,?\\s+(?<nameYear>\\d{4})\\b)?`,
      `\\b(?<dayFirst>\\d\\d?)(?:st|nd|rd|th|\\.)?\\s+(?:de\\s)?(?<nameLast>${MONTH})(?:,?\\s+(?:de\\s)?(?<yearLast>\\d{4})\\b)?`,
      `\\b(?<weekday>${WEEKDAY})\\b(?=,?\\s+(?:at\\s)?\\d\\d?(?::|\\s?[ap]\\.?m))`,
    ].map((it) => `(?:${it})`).join("|").replace(/^/, () => `${IN_ZONE}(?:`) +
      `)(?:(?:T|,?\\s*(?:\\b(?:at|um|à|às|a las|в)\\s+)?)${TIME("")})?`,
    "gi",
  )
);

/** A time of day, which means its next occurrence. */
const clock = once(() => new RegExp(`${IN_ZONE}(?<![\\d:.])${TIME("")}`, "gi"));

/** Epoch seconds or milliseconds. */
const EPOCH = /(?<![\w.-])(\d{13}|\d{10})(?![\w-])/g;

/** `Retry-After: 120`, `retry_after 12.5`: seconds. */
const IN_SECONDS =
  /\bretry[-_ ]?after["']?[\s:=]{1,3}["']?(\d+(?:\.\d+)?)(?![\w.]*\w|\s*[a-z])/i;

/** `try again in 1m30.5s`, `retryDelay: 34s`; not `retry attempt 3 m`. */
const inSpan = once(() =>
  new RegExp(
    `(?:${word()}|\\bwithin)(?:[^.]{0,30}?(?<![\\wà-ÿ])(?:in|after|for|within|about|least|next|en|em|dans|tra|fra|через))?` +
      `[\\s:="']{0,5}(?<![\\w.])(${SPAN})`,
    "i",
  )
);

/** `replenished in 2.12:34:56`: days, hours, minutes, seconds. */
const inColons = once(() =>
  new RegExp(
    `(?:${word()})[^.]{0,10}\\bin (?:(\\d+)\\.)?(\\d\\d):(\\d\\d):(\\d\\d)\\b`,
    "i",
  )
);

/** `请在 60 秒后重试`, `in 30 Sekunden erneut versuchen` */
const spanBefore = once(() =>
  new RegExp(
    `(${SPAN})(?:(?:之|以)?(?:后|後|후)|\\s?(?:erneut|wieder|noch ?mals?)\\b)`,
    "i",
  )
);

/** Words for the next day. */
const TOMORROW = /\btomorrow\b|明[天日]|내일|\bmañana\b|\bamanhã\b|\bdemain\b/i;

/** Later text is ignored, characters. */
const LONGEST_TEXT = 4_096;

/**
 * Finds the time of the next try in a message: epoch milliseconds, or
 * `undefined` if it names none or an implausible one. A date or a clock without
 * a zone is in the zone of the service.
 */
export function findRetryAt(
  text: string,
  now: number,
  { service, dayBeginsMs = 0 }: FindRetryAtOptions = {},
): number | undefined {
  const message = withPlainClocks(text.slice(0, LONGEST_TEXT));
  const local = service?.clock?.zone ?? "UTC";
  for (const match of message.matchAll(dated())) {
    if (!isAnnounced(message, match.index, match.index + match[0].length)) {
      continue;
    }
    return plausible(dateOf(match.groups ?? {}, now, local), now);
  }
  const [, days = "0", ...colons] = inColons().exec(message) ?? [];
  if (colons.length > 0) {
    const [hours, minutes, seconds] = colons.map(Number);
    const span = `${days}d${hours}h${minutes}m${seconds}s`;
    return plausible(now + spanMs(span), now);
  }
  for (const match of message.matchAll(clock())) {
    if (!isAnnounced(message, match.index, match.index + match[0].length)) {
      continue;
    }
    const before = message.slice(Math.max(match.index - 14, 0), match.index);
    const from = TOMORROW.test(before)
      ? clockOf({ ...match.groups, ...MIDNIGHT }, now, local) - 1
      : now;
    return plausible(clockOf(match.groups ?? {}, from, local), now);
  }
  for (const match of message.matchAll(EPOCH)) {
    const end = match.index + match[0].length;
    if (isAnnounced(message, match.index, end)) return fromEpoch(match[0], now);
  }
  const [, seconds] = IN_SECONDS.exec(message) ?? [];
  if (seconds !== undefined) return plausible(now + Number(seconds) * 1e3, now);
  const span = inSpan().exec(message)?.[1] ?? spanBefore().exec(message)?.[1];
  if (span !== undefined) return plausible(now + spanMs(span), now);
  if (!TOMORROW.test(message)) return undefined;
  return nextPeriod("day", now, { clock: service?.clock, dayBeginsMs });
}

type Groups = Readonly<Record<string, string | undefined>>;

function fromEpoch(digits: string, now: number): number | undefined {
  return plausible(Number(digits.padEnd(13, "0")), now);
}

/** Returns the epoch of a date; `NaN` if the date does not exist. */
function dateOf(groups: Groups, now: number, local: string): number {
  const zone = zoneOf(groups, local);
  const time = timeOf(groups) ?? 0;
  const today = new Date(wallAt(now, zone));
  if (groups.weekday !== undefined) {
    const begin = wallAt(now, zone) - wallAt(now, zone) % DAY_MS;
    const days = (weekdayNumber(groups.weekday) - today.getUTCDay() + 7) % 7;
    const at = epochAt(begin + days * DAY_MS + time, zone);
    return at > now ? at : at + 7 * DAY_MS;
  }
  const name = groups.name ?? groups.nameLast;
  const { month: number = groups.monthAlone ?? groups.monthShort } = groups;
  const month = name === undefined ? Number(number) : monthNumber(name);
  const day = Number(
    groups.day ?? groups.dayAlone ?? groups.dayShort ?? groups.nameDay ??
      groups.dayFirst,
  );
  const year = groups.year ?? groups.nameYear ?? groups.yearLast;
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return NaN;
  const inYear = (it: number) =>
    epochAt(Date.UTC(it, month - 1, day) + time, zone);
  if (year !== undefined) return inYear(Number(year));
  const at = inYear(today.getUTCFullYear());
  return at > now ? at : inYear(today.getUTCFullYear() + 1);
}

/** Returns when a clock next shows this time; `NaN` if it never does. */
function clockOf(groups: Groups, now: number, local: string): number {
  const zone = zoneOf(groups, local);
  const time = timeOf(groups);
  if (time === undefined || Number.isNaN(time)) return NaN;
  const wall = wallAt(now, zone);
  const at = epochAt(wall - wall % DAY_MS + time, zone);
  return at > now ? at : epochAt(wall - wall % DAY_MS + DAY_MS + time, zone);
}

/**
 * Returns the time of day in milliseconds; `NaN` if invalid, `undefined` if
 * absent.
 */
function timeOf(groups: Groups): number | undefined {
  if (groups.word) return /noon/i.test(groups.word) ? DAY_MS / 2 : 0;
  const hour = groups.hour ?? groups.full;
  if (hour === undefined) return undefined;
  const half = (groups.half ?? groups.noon)?.slice(0, 1).toLowerCase();
  const hours = half === undefined
    ? Number(hour)
    : Number(hour) % 12 + (half === "p" ? 12 : 0);
  const minutes = Number(groups.minute ?? 0);
  const seconds = Number(groups.second ?? 0);
  const isTime = hours <= 24 && minutes < 60 && seconds < 61 &&
    (half === undefined || Number(hour) <= 12);
  return isTime ? ((hours * 60 + minutes) * 60 + seconds) * 1_000 : NaN;
}

/** The time at which a day begins. */
const MIDNIGHT: Groups = { word: "midnight" };

function zoneOf({ zone, zoneFirst }: Groups, local: string): string {
  return parseZone(zone ?? zoneFirst ?? "", local) ?? local;
}

/** Returns `at` rounded to milliseconds if it is plausible. */
export function plausible(at: number, now: number): number | undefined {
  const isPlausible = at > now && at - now <= FARTHEST_MS;
  return isPlausible
    ? Math.max(Math.round(at), Math.floor(now) + 1)
    : undefined;
}
