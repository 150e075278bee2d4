import type { ApiError } from "./api_error.ts";

/**
 * Patterns that mean "out of quota", as a last resort: for the error message of
 * a run that failed without an answer, if nothing better tells why. Errors in a
 * known form of the agent or in an HTTP reply are judged by the more precise
 * table of rules. Letters match in either case, the words of a pattern may be
 * joined, as in `RateLimitError`, and a number matches as a whole word.
 * `last_words.ts` lists what is not part of a message: a path, a name, a count.
 */
export const DEFAULT_QUOTA_PATTERNS: readonly string[] = [
  "quota exhausted",
  "rate limit",
  "rate_limit",
  "quota exceeded",
  "usage limit",
  "insufficient quota",
  "insufficient_quota",
  "rate-limited",
  "403",
  "429",
];

/**
 * Returns the user's patterns; `undefined` if they are the defaults, in any
 * order.
 */
export function customPatterns(
  patterns: readonly string[] | undefined,
): readonly string[] | undefined {
  const defaults = new Set(DEFAULT_QUOTA_PATTERNS);
  const isDefault = defaults.symmetricDifference(new Set(patterns)).size === 0;
  return isDefault ? undefined : patterns;
}

/** Only the end of a longer line is judged, characters. */
const LONGEST_LINE = 16 * 1024;

/** Parts of a line in which a number is a position, not a status. */
const PLACES = new RegExp(
  [
    /https?:\/\/\S+/, // an address
    /(?:localhost|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]{2,45}\]):\d+/, // a port
    /(?<![\w.])[.~]{0,2}\/\S+/, // a path
    /(?<!\S)\S+\.[cm]?[jt]s(?::\d+)+/, // a stack frame
    /\b(?:position|line|column) \d+/, // a position in a text
  ].map((it) => it.source).join("|"),
  "gi",
);

/**
 * Returns the first of `lines` that contains one of `patterns`; a blank pattern
 * is in no line.
 *
 * @example findQuotaSignal(["[API Error: 429 Too Many Requests]"]) // that line
 */
export function findQuotaSignal(
  lines: readonly string[],
  patterns: readonly string[] = DEFAULT_QUOTA_PATTERNS,
): string | undefined {
  const sources = patterns.filter((it) => it.trim() !== "").map(toSource);
  const signal = new RegExp(sources.join("|") || "(?!)", "i");
  return lines.find((line) => {
    const judged = line.slice(-LONGEST_LINE);
    return signal.test(judged) && signal.test(judged.replace(PLACES, ""));
  });
}

function toSource(pattern: string): string {
  const source = RegExp.escape(pattern);
  return /^\d+$/.test(pattern) ? `(?<![\\w.-])${source}(?![\\w-])` : source;
}

/** The status of an error, as a whole word. */
const STATUS = /(?<![\w.-])(40[0-9]|413|422|429|50[0-4])(?![\w-])/;

/** Returns the HTTP status in an error line, if any. */
export function statusIn(line: string): number | undefined {
  const status = STATUS.exec(line.replace(PLACES, ""))?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Returns any status of an HTTP error in an error line, if there is one. */
export function errorStatusIn(line: string): number | undefined {
  const status = ERROR_STATUS.exec(line.replace(PLACES, ""))?.[1];
  return status === undefined ? undefined : Number(status);
}

const ERROR_STATUS = /(?<![\w.-])([45]\d\d)(?![\w-])/;

/** What is known about a run of the agent after its end. */
export interface Evidence {
  /** Its exit code. */
  exitCode: number;
  /** Whether we ended it because of a timeout. */
  timedOut: boolean;
  /** Its stdout; the beginning and the end if it is long. */
  stdout: string;
  /** Its stderr; the end if it is long. */
  stderr: string;
  /** The errors after the last answer in its session log, in order. */
  sessionErrors?: readonly ApiError[] | undefined;
  /** The limits of the account, as last reported in its session log. */
  limits?: readonly UsageLimit[] | undefined;
}

/** A limit of an account, and how much of it is used. */
export interface UsageLimit {
  /** The used part, 0 to 100. */
  usedPercent: number;
  /** When it is unused again, epoch milliseconds. */
  resetsAt: number;
}
