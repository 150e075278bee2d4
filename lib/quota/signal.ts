/**
 * What says that an account is out of quota, as the last resort: in the message
 * with which a run failed that printed no answer, where nothing better tells why.
 * An error in a form of the CLI, or of an HTTP reply, is judged by the table of
 * rules instead, which knows more. Letters match in either case, and the words of
 * a pattern may be joined, as in `RateLimitError`; a number matches as a whole
 * word. `last_words.ts` says what is not in a message: a path, a name, a count.
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
 * Returns the patterns that a user has set; `undefined` where they are the
 * defaults, in any order.
 */
export function ownPatterns(
  patterns: readonly string[] | undefined,
): readonly string[] | undefined {
  const defaults = new Set(DEFAULT_QUOTA_PATTERNS);
  const isDefault = defaults.symmetricDifference(new Set(patterns)).size === 0;
  return isDefault ? undefined : patterns;
}

/** No error is longer, characters; of a longer line the end is judged. */
const LONGEST_LINE = 16 * 1024;

/** Parts of a line in which a number is a place, not a status. */
const PLACES = new RegExp(
  [
    /https?:\/\/\S+/, // an address
    /(?:localhost|(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}|\[[\da-f:]{2,45}\]):\d+/, // a port
    /(?<![\w.])[.~]{0,2}\/\S+/, // a path
    /(?<!\S)\S+\.[cm]?[jt]s(?::\d+)+/, // a stack frame
    /\b(?:position|line|column) \d+/, // in a text
  ].map((it) => it.source).join("|"),
  "gi",
);

/**
 * Returns the first of `lines` that holds one of `patterns`, or `undefined`.
 *
 * @example
 * findQuotaSignal(["[API Error: 429 Too Many Requests]"]) // that line
 */
export function findQuotaSignal(
  lines: readonly string[],
  patterns: readonly string[] = DEFAULT_QUOTA_PATTERNS,
): string | undefined {
  const signal = new RegExp(patterns.map(toSource).join("|") || "(?!)", "i");
  return lines.find((line) => {
    const judged = line.slice(-LONGEST_LINE);
    return signal.test(judged) && signal.test(judged.replace(PLACES, ""));
  });
}

function toSource(pattern: string): string {
  const source = RegExp.escape(pattern);
  return /^\d+$/.test(pattern) ? `(?<![\\w.-])${source}(?![\\w-])` : source;
}

/** A status of an error, as a whole word. */
const STATUS = /(?<![\w.-])(40[0-9]|413|422|429|50[0-4])(?![\w-])/;

/** Returns the HTTP status that an error line speaks of, if it does. */
export function statusIn(line: string): number | undefined {
  const status = STATUS.exec(line.replace(PLACES, ""))?.[1];
  return status === undefined ? undefined : Number(status);
}
