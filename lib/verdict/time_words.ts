/**
 * The words for dates and durations in messages, in the languages of the
 * services.
 *
 * @module
 */

const DAY_MS = 86_400_000;

/** The names of units, and their lengths. */
const UNITS_MS: readonly [RegExp, number][] = [
  [/^(?:m(?:illi)?s(?:ec(?:ond)?s?)?|毫秒)$/i, 1],
  [
    /^(?:s(?:ec(?:ond)?s?)?|segundos?|secondes?|sekunden?|секунд.*|秒|초)$/i,
    1_000,
  ],
  [
    /^(?:m(?:in(?:ute)?s?)?|minut[oi]s?|minuten|минут.*|分[钟鐘]?|분)$/i,
    60_000,
  ],
  [
    /^(?:h(?:(?:ou)?rs?)?|horas?|heures?|ore|ora|stunden?|час.*|小[时時]|時間|시간)$/i,
    3_600_000,
  ],
  [
    /^(?:d(?:ays?)?|d[ií]as?|jours?|giorn[oi]|tage?n?|дн.*|день|天|日|일)$/i,
    DAY_MS,
  ],
  [/^(?:w(?:eeks?)?|semanas?|semaines?|wochen?|недел.*|周|週)$/i, 7 * DAY_MS],
];

const UNIT =
  /(?:毫秒|秒|分[钟鐘]?|小[时時]|時間|天|日|周|週|초|분|시간|일|[a-zà-ÿа-яё]+)/
    .source;

/**
 * A duration with units: `1m30.5s`, `1 hour 5 minutes`, `5 days, 2 hours and 3
 * min`.
 */
export const SPAN: string =
  `(?:\\d+(?:\\.\\d+)?\\s*${UNIT}(?:,?\\s*(?:and|und|y|e|et|и)\\s+|,?\\s*)(?=\\d|\\W|$|[^\\x00-\\x7f]))+`;

/**
 * Returns the length of a duration in milliseconds, up to the first unknown
 * unit; 0 if the first is unknown.
 */
export function spanMs(span: string): number {
  let ms = 0;
  const pieces = span.matchAll(
    new RegExp(`(\\d+(?:\\.\\d+)?)\\s*(${UNIT})`, "gi"),
  );
  for (const [, number, unit = ""] of pieces) {
    const factor = UNITS_MS.find(([pattern]) => pattern.test(unit))?.[1];
    if (factor === undefined) break;
    ms += Number(number) * factor;
  }
  return ms;
}

/** The beginnings of the names of months, January first. */
const MONTHS: readonly RegExp[] = [
  /^(?:jan|ene)/i,
  /^(?:feb|fev|fév)/i,
  /^(?:mar|mär|mrz)/i,
  /^(?:apr|abr|avr)/i,
  /^(?:may|mai)/i,
  /^(?:jun|juin)/i,
  /^(?:jul|juil)/i,
  /^(?:aug|ago|aoû)/i,
  /^(?:sep|set)/i,
  /^(?:oct|out|okt)/i,
  /^nov/i,
  /^(?:dec|dic|dez|déc)/i,
];

/** Matches the name of a month. */
export const MONTH: string =
  /(?:jan|ene|feb|fev|fév|mar|mär|mrz|apr|abr|avr|may|mai|jun|juin|jul|juil|aug|ago|aoû|sep|set|oct|out|okt|nov|dec|dic|dez|déc)[a-zà-ÿ]*\.?/
    .source;

/** Returns the number of the month called `name`, 1 to 12. */
export function monthNumber(name: string): number {
  return MONTHS.findIndex((it) => it.test(name)) + 1;
}

/** Matches the name of a day of the week. */
export const WEEKDAY: string =
  /(?:mon|tue|wed|thu|fri|sat|sun)(?:day|s(?:day)?|nesday|rs(?:day)?|urday)?/
    .source;

/** Returns the number of the day of the week called `name`; 0 is Sunday. */
export function weekdayNumber(name: string): number {
  return ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
    .indexOf(name.slice(0, 3).toLowerCase());
}

/** A time of day in Chinese, Japanese or Korean: `下午3点30分`, `0時`, `오전 9시`. */
const EASTERN_CLOCK =
  /(?<half>上午|下午|凌晨|早上|早晨|晚上|中午|午前|午[後后]|오전|오후)?\s?(?<![\d.:])(?<hour>\d\d?)\s?(?:[点點](?![数數])[钟鐘整]?|[时時](?![间間])|시(?!간))(?:\s?(?<minute>\d\d?)\s?[分분])?(?:\s?(?<second>\d\d?)\s?[秒초])?/g;

/** Returns `message` with such times rewritten as `15:30:00`. */
export function withPlainClocks(message: string): string {
  return message.replace(EASTERN_CLOCK, (...found) => {
    const { half = "", hour, minute = "0", second = "0" } = found.at(-1);
    const isLate = /下午|晚上|午[後后]|오후/.test(half) && Number(hour) < 12;
    const parts = [Number(hour) + (isLate ? 12 : 0), minute, second];
    return ` ${parts.map((it) => String(it).padStart(2, "0")).join(":")} `;
  });
}
