import { type ApiError, judgedText } from "./api_error.ts";
import type { Details } from "./error_body.ts";
import { KIND, type VerdictKind } from "./policy.ts";
import { findRetryAt, parseRetryAfter, plausible } from "./retry_at.ts";
import { nextPeriod, type Period, type Service } from "./service.ts";

/** What is known besides the error. */
interface ResetOptions {
  /** The current time, epoch milliseconds. */
  now: number;
  /** The service that has answered, if it is known. */
  service?: Service | undefined;
  /**
   * When a day begins at a service without a clock, milliseconds after 00:00
   * UTC.
   *
   * @default 0
   */
  dayBeginsMs?: number | undefined;
}

/**
 * Returns when to retry, as the service says. If a quota error names two times,
 * the later one counts, because quota is available only after it. If it names
 * only a period, the start of the next period counts.
 */
export function resetOf(
  error: ApiError,
  kind: VerdictKind,
  { now, service, dayBeginsMs = 0 }: ResetOptions,
): number | undefined {
  const { message, details = [], retryAfter = "" } = error;
  const told = [
    parseRetryAfter(retryAfter, now),
    findResetIn(details, now, service),
    findRetryAt(message, now, { service, dayBeginsMs }),
  ].filter((it) => it !== undefined);
  if (told.length > 0) return kind === KIND.quota ? Math.max(...told) : told[0];
  if (kind !== KIND.quota) return undefined;
  const said = `${judgedText(error)} ${message}`;
  const period = PERIODS.find(([, words]) => words.test(said));
  const { clock } = service ?? {};
  return period && nextPeriod(period[0], now, { clock, dayBeginsMs });
}

/** Words for the periods of quotas, the longest period first. */
const PERIODS: readonly [Period, RegExp][] = [
  [
    "month",
    /\bmonthly\b|\bmonth (?:allocated )?quota|per[-_ ]month(?![a-z])|\/ ?month\b|本月|每月|当月/i,
  ],
  [
    "week",
    /\bweekly\b|\bweek (?:allocated )?quota|per[-_ ]week(?![a-z])|\/ ?week\b|本[周週]|每[周週]/i,
  ],
  [
    "day",
    /\bdaily\b|\btoday\b|per[-_ ]day(?![a-z])|\/ ?day\b|\bday (?:allocated )?quota|(?<![a-z])[rt]pd\b|今日|[当當]日|每日|diari[ao]|diári[ao]|täglich|tageslimit|quotidien|giornalier|(?:дневн|суточн)\S* лимит|1日の/i,
  ],
];

/** Names of members that contain the time of a reset, as in `Details`. */
const RESET_NAMES =
  /reset|retry(?:after|in|at|delay)|resum|replenish|cooldown|availableat|nextflush|unlock|waitseconds|waitms/;

/** Similar names of members that contain no time. */
const OTHER_NAMES = /^max|count$|able$|attempt|limit$|remaining|enabled|policy/;

/** The unit of a number without one, by the end of the member's name. */
const UNITS_MS: readonly [RegExp, number][] = [
  [/(?:ms|millis|milliseconds)$/, 1],
  [/(?:minutes|mins|min)$/, 60_000],
  [/(?:hours|hrs)$/, 3_600_000],
];

/**
 * Finds the time of a reset in the members of an error: epoch milliseconds, or
 * `undefined`. A number is an epoch if it looks like one, and otherwise a
 * duration in seconds unless the name ends with another unit.
 */
function findResetIn(
  details: Details,
  now: number,
  service?: Service,
): number | undefined {
  for (const [name, value] of details) {
    if (!RESET_NAMES.test(name) || OTHER_NAMES.test(name)) continue;
    const at = readReset(name, value.trim(), now, service);
    if (at !== undefined) return at;
  }
  return undefined;
}

function readReset(
  name: string,
  value: string,
  now: number,
  service: Service | undefined,
): number | undefined {
  const isPlain = /^\d{1,9}(?:\.\d+)?$/.test(value);
  const [, unit] = UNITS_MS.find(([pattern]) => pattern.test(name)) ?? [];
  if (isPlain && unit) return plausible(now + Number(value) * unit, now);
  if (/^\d{10}\.\d+$/.test(value)) return plausible(Number(value) * 1_000, now);
  // A date as text, which may lack a zone.
  return /^\d{4}\D/.test(value)
    ? findRetryAt(`reset ${value}`, now, { service })
    : parseRetryAfter(value, now);
}
