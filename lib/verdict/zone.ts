/**
 * Converts times between zones. A "wall" time is what a local clock shows, as
 * epoch milliseconds as if the zone were UTC.
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
