/**
 * The words for zones, dates and durations in messages, in the languages of the
 * services. A "wall" time is what a local clock shows, as epoch milliseconds as
 * if the zone were UTC.
 *
 * @module
 */

/** Abbreviations of zones in messages, and their meaning. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  z: "UTC",
  utc: "UTC",
  gmt: "UTC",
  pt: "America/Los_Angeles",
  pst: "-08:00",
  pdt: "-07:00",
  mt: "America/Denver",
  mst: "-07:00",
  mdt: "-06:00",
  ct: "America/Chicago",
  cdt: "-05:00",
  et: "America/New_York",
  est: "-05:00",
  edt: "-04:00",
  bst: "+01:00",
  cet: "+01:00",
  cest: "+02:00",
  msk: "+03:00",
  ist: "+05:30",
  sgt: "+08:00",
  hkt: "+08:00",
  jst: "+09:00",
  kst: "+09:00",
  "pacific time": "America/Los_Angeles",
  "eastern time": "America/New_York",
  "beijing time": "+08:00",
  "china standard time": "+08:00",
};

/** The local time of a place in East Asia, as in `北京时间`. */
const EASTERN =
  /(?:北京|中[国國]|上海|[台臺]北|[台臺][湾灣]|香港|新加坡|日本|[東东]京|[韩韓][国國]|한국|서울)\s?(?:标准|標準|표준)?\s?(?:[时時][间間]?|시간)/
    .source;

/** The places among them whose clocks are nine hours ahead of UTC. */
const NINE_AHEAD = /^(?:日本|[東东]京|[韩韓]|한국|서울)/;

/** Matches a zone before a date or a clock. */
export const ZONE_BEFORE: string =
  `${EASTERN}|\\b(?:Beijing|China Standard) Time\\b|\\b(?:UTC|GMT)[+-]\\d\\d?(?::\\d\\d)?(?=\\s)`;

/** An offset, as in `UTC+8`, `GMT-3`, `+0800` and `+08:00`. */
const OFFSET = /^(?:UTC|GMT)?\s?([+-])(\d\d?):?(\d\d)?$/i;

/** Matches a zone in a message. Other words are not zones. */
export const ZONE: string = [
  /\(?(?:UTC|GMT)?\s?[+-]\d\d?(?::?\d\d)?(?![\d-])(?:\s[A-Z]{3,4}\b)?\)?/
    .source,
  /\([A-Z][A-Za-z_]+\/[A-Za-z_/+-]+\)/.source,
  /[A-Z][A-Za-z_]+\/[A-Z][A-Za-z_]+\b/.source,
  /\(?(?:UTC|GMT|Z|[PMCE][SD]?T|BST|CES?T|MSK|IST|SGT|HKT|JST|KST)\b\)?/.source,
  /\(?(?:Pacific|Eastern|Beijing|China Standard) Time\b\)?/.source,
  `[（(]?(?:${EASTERN})[)）]?`,
].join("|");

/**
 * Returns the zone that `text` names, in the form for {@linkcode epochAt};
 * `undefined` if it names none. `CST` means China if `local` is in China, and
 * Chicago otherwise.
 */
export function parseZone(text: string, local: string): string | undefined {
  const name = text.replace(/[()（）]/g, "").trim();
  const bare = /^([+-]\d\d?:?(?:\d\d)?)\s[A-Z]{3,4}$/i.exec(name)?.[1] ?? name;
  const [, sign, hours, minutes = "00"] = OFFSET.exec(bare) ?? [];
  if (hours !== undefined) return `${sign}${hours.padStart(2, "0")}:${minutes}`;
  if (new RegExp(`^${EASTERN}$`).test(bare)) {
    return NINE_AHEAD.test(bare) ? "+09:00" : "+08:00";
  }
  const key = bare.toLowerCase();
  if (key === "cst") return isChina(local) ? "+08:00" : "-06:00";
  const known = ABBREVIATIONS[key];
  if (known !== undefined) return known;
  return bare.includes("/") && offsetOf(bare, 0) !== undefined
    ? bare
    : undefined;
}

function isChina(zone: string): boolean {
  return zone === "+08:00" || zone === "Asia/Shanghai";
}

/** Returns what a clock in `zone` shows at `epoch`. An unknown zone is UTC. */
export function wallAt(epoch: number, zone: string): number {
  return epoch + (offsetOf(zone, epoch) ?? 0);
}

/**
 * Returns when a clock in `zone` shows `wall`, epoch milliseconds. If it does
 * so twice, the first time counts. An unknown zone is UTC.
 */
export function epochAt(wall: number, zone: string): number {
  // The offset at the result counts, which is close to the first guess.
  const guess = wall - (offsetOf(zone, wall) ?? 0);
  return wall - (offsetOf(zone, guess) ?? 0);
}

/**
 * Returns how far `zone` is ahead of UTC at `epoch`, ms; `undefined` if
 * unknown.
 */
function offsetOf(zone: string, epoch: number): number | undefined {
  if (zone === "UTC") return 0;
  const [, sign, hours, minutes = "0"] = OFFSET.exec(zone) ?? [];
  if (hours !== undefined) {
    const ms = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return sign === "-" ? -ms : ms;
  }
  if (!Number.isFinite(epoch) || Math.abs(epoch) > LATEST_DATE) return 0;
  try {
    const parts = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }).formatToParts(epoch);
    const partOf = (type: string) =>
      Number(parts.find((it) => it.type === type)?.value);
    const wall = Date.UTC(
      partOf("year"),
      partOf("month") - 1,
      partOf("day"),
      partOf("hour"),
      partOf("minute"),
      partOf("second"),
    );
    return wall - Math.floor(epoch / 1_000) * 1_000;
  } catch {
    return undefined; // no such zone
  }
}

/** The latest date (ECMA-262) less a day for the offset, milliseconds. */
const LATEST_DATE = 8.64e15 - 86_400_000;

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
const MONTHS: readonly string[] = [
  "jan|ene",
  "feb|fev|fév",
  "mar|mär|mrz",
  "apr|abr|avr",
  "may|mai",
  "jun|juin",
  "jul|juil",
  "aug|ago|aoû",
  "sep|set",
  "oct|out|okt",
  "nov",
  "dec|dic|dez|déc",
];

/** Matches the name of a month. */
export const MONTH: string = `(?:${MONTHS.join("|")})[a-zà-ÿ]*\\.?`;

/** Returns the number of the month called `name`, 1 to 12. */
export function monthNumber(name: string): number {
  return MONTHS.findIndex((it) => new RegExp(`^(?:${it})`, "i").test(name)) + 1;
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
