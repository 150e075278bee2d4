import type { ApiError } from "./api_error.ts";
import { redact } from "./redact.ts";
import { findResetIn } from "./reset_details.ts";
import { findRetryAt, parseRetryAfter } from "./retry_at.ts";
import { ruleFor, type Ruling, type VerdictKind } from "./rules.ts";
import { judgedText } from "./rule_text.ts";
import { nextPeriod, type Period, type Service } from "./service.ts";
import { findQuotaSignal, ownPatterns } from "./signal.ts";

/** What a run, or a request, came to, and why. */
export interface Verdict {
  /** What the error means. */
  kind: VerdictKind;
  /** The words that it rests on, one line without secrets. */
  evidence: string;
  /**
   * `account` for a `client` refusal of what this account is asked for: another
   * one that is asked for another model or at another address may answer.
   */
  scope?: "account" | undefined;
  /** The model that it is about, where it is not about the whole account. */
  model?: string | undefined;
  /** When the provider says to come again, epoch milliseconds. */
  retryAt?: number | undefined;
}

/** How to decide. */
export interface ClassifyOptions {
  /** The time, for hints such as "in 20 s", epoch milliseconds. */
  now?: number | undefined;
  /**
   * What says "out of quota", instead of the table's own rules for it and
   * {@linkcode DEFAULT_QUOTA_PATTERNS}; letters match in either case, numbers as
   * whole words.
   *
   * @default DEFAULT_QUOTA_PATTERNS
   */
  quotaPatterns?: readonly string[] | undefined;
  /** The service that the account belongs to. @default unknown */
  service?: Service | undefined;
  /** The host that the account is asked at, without a port. @default unknown */
  host?: string | undefined;
  /**
   * When a day begins at a service without a clock, milliseconds after 00:00 UTC;
   * a captured reply about a daily quota resets at 00:00 UTC.
   *
   * @default 0
   */
  dayBeginsMs?: number | undefined;
}

/**
 * Decides what one error means; `undefined` if it is of no known kind. For an
 * HTTP reply this is the whole verdict.
 */
export function classifyError(
  error: ApiError,
  options: ClassifyOptions = {},
): Verdict | undefined {
  const { now = Date.now(), service } = options;
  const quotaPatterns = ownPatterns(options.quotaPatterns);
  const { status, code, message } = error;
  const text = `${status ?? ""} ${code} ${message}`.trim();
  const ruling: Ruling | undefined = !quotaPatterns
    ? ruleFor(error, { service })
    : findQuotaSignal([text], quotaPatterns)
    ? { kind: "quota" }
    : ruleFor(error, { service, except: "quota" });
  if (!ruling) return undefined;
  const { kind, scope } = ruling;
  const model = modelOf(error, ruling);
  const retryAt = resetOf(error, kind, { ...options, now });
  return {
    kind,
    evidence: redact(`${status ?? ""} ${message}`),
    ...(scope ? { scope } : {}),
    ...(model === undefined ? {} : { model }),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

/**
 * When to come again, as the service says. Where it says it twice the later time
 * counts for a quota, since that is the one after which there is some again; and
 * where it says only for how long it counts, the beginning of the next period.
 */
function resetOf(
  error: ApiError,
  kind: VerdictKind,
  { now, service, dayBeginsMs = 0 }: ClassifyOptions & { now: number },
): number | undefined {
  const { message, details = [], retryAfter = "" } = error;
  const told = [
    parseRetryAfter(retryAfter, now),
    findResetIn(details, now, service),
    findRetryAt(message, now, { service, dayBeginsMs }),
  ].filter((it) => it !== undefined);
  if (told.length > 0) return kind === "quota" ? Math.max(...told) : told[0];
  if (kind !== "quota") return undefined;
  const said = `${judgedText(error)} ${message}`;
  const period = PERIODS.find(([, words]) => words.test(said));
  const { clock } = service ?? {};
  return period && nextPeriod(period[0], now, { clock, dayBeginsMs });
}

/** What a quota is counted for, the longest one first. */
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

/**
 * The model that a limit is about: of one that names it, or calls it "the model".
 * The money of an account is for all of its models.
 */
function modelOf(
  { code, message, model, details = [] }: ApiError,
  { kind, isMoney }: Ruling,
): string | undefined {
  if (isMoney || (kind !== "quota" && kind !== "throttle")) return undefined;
  const named = details.find(([name]) => name === "model")?.[1] ??
    NAMED_MODEL.exec(message)?.[1];
  const isNamed = model !== undefined && model.length > 2 &&
    message.toLowerCase().includes(model.toLowerCase());
  if (isNamed || named !== undefined || OF_MODEL.test(`${code} ${message}`)) {
    return model ?? named;
  }
  return undefined;
}

/** A model by its name, which has a digit, a slash or a hyphen in it. */
const NAMED_MODEL =
  /\bmodel[ :=`"']{1,3}(?=[\w./:-]*[\d/-])([A-Za-z][\w./:-]*[\w])/;

/** A limit of the model that was asked, without its name. */
const OF_MODEL =
  /FreeTierOnly|(?:tier|quota|limit|capacity) (?:of|for|on|specific to) (?:the|this) model|(?:use|using|try|trying|pick|choose|consider|switch to) (?:an?|some )?(?:other|different) models?\b|(?:该|此|本|當前|当前)模型|(?:其他|其它|別的|别的)模型/i;
