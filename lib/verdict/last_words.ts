/**
 * The last resort: judges the output of an unknown program. It applies only if
 * the run failed without an answer and nothing better tells why. Rules:
 *
 * - The error with which the program ended decides: the last line that sounds
 *   like an error or contains a pattern. Closing remarks ("exited with code 1",
 *   "please try again later") and stack frames after it are ignored. A log that
 *   mentions limits but ends with another error therefore does not match.
 * - The pattern must be in the message of that line. Addresses, paths, file
 *   names, quotations, options, and the time and level before a message are not
 *   part of it.
 * - A name that contains a pattern counts only if it names an error, such as
 *   `RateLimitError` or `rate_limit_exceeded`; `test_rate_limit` does not.
 * - A number must be a whole word and not a position, a measure or a count, as
 *   in `line 429`, `:429`, `429 ms` and `429 passed`.
 * - A line about something else does not count: documentation, tests, settings,
 *   a tool, a diff, help.
 *
 * @module
 */

import { parseErrorBody } from "./error_body.ts";
import { findPattern } from "./pattern_place.ts";
import {
  type ClassifyOptions,
  judgeByPatterns,
  type Verdict,
} from "./classify.ts";
import { KIND } from "./policy.ts";
import { redact, withoutEscapes } from "./redact.ts";
import { findRetryAt } from "./retry_at.ts";
import { customPatterns, DEFAULT_QUOTA_PATTERNS } from "./signal.ts";

/** Only the end of a longer output is read, characters. */
const LONGEST_TEXT = 64 * 1024;

/** Options of {@linkcode judgeLastWords}. */
interface LastWordsOptions extends
  Pick<
    ClassifyOptions,
    "now" | "host" | "service" | "dayBeginsMs"
  > {
  /** Whether a line says nothing about how the run ended. @default if it is blank */
  isNoise?: (line: string) => boolean;
  /**
   * Names of programs and services that may stand before a status, in lower
   * case. @default none
   */
  senders?: readonly string[];
}

/**
 * Judges `text`, the output of an unknown program that failed without an
 * answer: it reports a limit, or that it cannot reach the account's host;
 * `undefined` if it ended with another error. This is a guess: the account
 * rests for as long as after any limit without a known end.
 */
export function judgeLastWords(
  text: string,
  options: LastWordsOptions = {},
): Verdict | undefined {
  const { now = Date.now(), service, dayBeginsMs } = options;
  const line = findLastWords(text, DEFAULT_QUOTA_PATTERNS, options);
  if (line === undefined) return judgeUnreachable(text, options);
  const retryAt = findRetryAt(line, now, { service, dayBeginsMs });
  return {
    kind: KIND.quota,
    evidence: redact(line),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

/**
 * Judges `text` as {@linkcode judgeLastWords} does. If the user has patterns of
 * their own, only those count, in one of `lines`.
 */
export function judgeStranger(
  text: string,
  { lines = text.split("\n"), ...options }: LastWordsOptions & {
    quotaPatterns?: ClassifyOptions["quotaPatterns"];
    /** The lines that may have such a pattern. @default all of `text` */
    lines?: readonly string[];
  },
): Verdict | undefined {
  if (!customPatterns(options.quotaPatterns)) {
    return judgeLastWords(text, options);
  }
  return judgeByPatterns(lines, options) ?? judgeUnreachable(text, options);
}

/** Judges whether `text` reports that the account's host is unreachable. */
function judgeUnreachable(
  text: string,
  { host, isNoise }: LastWordsOptions,
): Verdict | undefined {
  const line = host && findUnreachable(text, host, isNoise);
  return line ? { kind: KIND.transient, evidence: redact(line) } : undefined;
}

/**
 * Returns the line of `text` in which a failed program reports one of
 * `patterns`; `undefined` if it ended with another error.
 */
export function findLastWords(
  text: string,
  patterns: readonly string[],
  { isNoise = isBlank, senders }: Pick<
    LastWordsOptions,
    "isNoise" | "senders"
  > = {},
): string | undefined {
  const lines = linesOf(text).filter((it) => !isNoise(it));
  if (lines.some((it) => HELP.test(it))) return undefined;
  let isFollowed = false;
  for (const line of lines.toReversed()) {
    const message = messageIn(line);
    const isError = SOUNDS_LIKE_AN_ERROR.test(line);
    if (findPattern(message, patterns, { senders })) {
      // Other output followed a line that does not sound like an error.
      return isFollowed && !isError ? undefined : message;
    }
    if (CLOSING.test(message)) continue;
    if (isError) return undefined;
    isFollowed = true;
  }
  return undefined;
}

/** The help of a program. */
const HELP = /^\s*(?:usage|options|commands):(?:\s|$)/i;

/** What programs print after the decisive error. */
const CLOSING =
  /\bexit(?:ed|ing)?\b|\babort(?:ed|ing)?\b|\bgiving up\b|\b(?:please|try|retry|wait|upgrade|visit|contact|hint|tip)\b|\b(?:see|check) (?:the|your|https?)|for (?:more|details)|request[-_ ]?id|^(?:(?:error|fatal):? )?(?:the )?(?:request|run|call|command|script|generation) (?:has )?(?:failed|stopped)\.?$|\bcode ELIFECYCLE\b|^npm (?:ERR!|error) |complete log|^[\s\]})>^~|`'".-]*$/i;

const SOUNDS_LIKE_AN_ERROR =
  /\b(?:err(?:or)?s?\b|\w*(?:error|exception)\b|fatal|fail(?:s|ed|ure|ing)?\b|panic|cannot|can't|could not|couldn't|unable|denied|refused|rejected|not found|no such|invalid|unexpected|undefined|missing|crash|killed|terminated|segmentation|fault\b|timed? ?out|broken|corrupt|abort|unknown|unrecognized|out of memory|no space|core dumped)|ERR!|[✗✖❌]|\*\*\*/i;

/** A line of a diff or a quotation. */
const QUOTING = /^(?:[+\-@]{1,3}\s|@@|diff --|index [\da-f]+\.\.|> |\| )/;

/** A stack frame, a source line or a marker below it. */
const FRAME =
  /^\s+at |^\s*File ".*", line \d+|^\s+(?:raise|return|throw|self\.|await)\b|^\s*\d+ \| |^[\s^~]+$|^Traceback \(/;

function isBlank(line: string): boolean {
  return line.trim() === "";
}

function linesOf(text: string): string[] {
  const end = withoutEscapes(text.slice(-LONGEST_TEXT));
  const lines = end.split(/\r\n|\n|\r/).map((it) => it.trimEnd());
  const all = withJsonJoined(lines);
  const isDiff = all.some((it) =>
    /^(?:diff --git|@@ |index [\da-f]+\.\.)/.test(it)
  );
  return all.filter((it) =>
    !FRAME.test(it) && !(isDiff && /^[+\- @]/.test(it)) &&
    !QUOTING.test(it)
  );
}

/** Joins a JSON document at the end of the output into one line. */
function withJsonJoined(lines: readonly string[]): string[] {
  const start = lines.findIndex((it) => /^[[{]\s*$/.test(it));
  if (start < 0) return [...lines];
  try {
    const joined = JSON.stringify(JSON.parse(lines.slice(start).join("\n")));
    return [...lines.slice(0, start), joined];
  } catch {
    return [...lines];
  }
}

/** A time, a level, a process or a bracketed name before a message. */
const PREFIX = new RegExp(
  `^(?:\\s*(?:${
    [
      /\[?\d{4}[-/]\d\d[-/]\d\d(?:[T ,]+\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?)?(?:Z|\s?[+-]\d\d:?\d\d)?\]?/,
      /\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?/,
      /\[?(?:trace|debug|info|notice|warn(?:ing)?|error|err|fatal|critical|crit)\]?(?::(?=\s)|(?=[\s\]|]))/,
      /\[(?!\d{3}\]:? (?:too many|forbidden|slow down|access denied)\b)[\w .:/-]{1,40}\]/,
      /[|·•*-](?=\s)/,
    ].map((it) => it.source).join("|")
  })[\\s:|-]*)+`,
  "i",
);

/** Returns the message of a log line, which may be JSON. */
function messageIn(line: string): string {
  if (/^\s*[[{]/.test(line)) {
    const body = parseErrorBody(line);
    if (body) {
      const told = body.details.filter(([name]) => MESSAGE_NAMES.test(name))
        .map(([, value]) => value);
      return [...new Set(told)].join("; ").trim();
    }
  }
  // npm prefixes the status with an `E`; after `Error:` it is another program's
  // code.
  if (/^E\d{3}\b(?!:\d)/.test(line)) return line.slice(1);
  const message = line.replace(PREFIX, "").trim();
  // If the line consists only of such prefixes, it is the message.
  return message === "" ? line.trim() : message;
}

/** Members of a JSON log line that form its message. */
const MESSAGE_NAMES =
  /^(?:message|msg|error|err|code|type|status|statuscode|httpstatus|reason|detail|title|errorcode|errormessage)$/;

/** How programs and libraries report a failed connection. */
const NO_CONNECTION =
  /\b(?:ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|E(?:NET|HOST)UNREACH|EPIPE|ERR_(?:SSL|TLS)\w*|CERT_\w+)\b|(?:failed|unable|cannot|can't|could ?n[o']t|error|not able)\b.{0,30}\b(?:connect|resolve|reach)|connection\b.{0,40}\b(?:refused|reset|closed|aborted|timed out|failed|error)|ConnectionError|ConnectTimeout|max retries exceeded|(?:name or service|host|nodename).{0,40}\bnot known|no (?:such host|route to host)|name resolution|(?:network|host) is (?:unreachable|down)|fetch failed|dial tcp|getaddrinfo|dns error|certificate|handshake|SSLError/i;

/** How many lines at the end of the output to search. */
const LAST_LINES = 8;

/**
 * Returns the line in which a failed program says that it cannot reach `host`,
 * the account's host; `undefined` if none of the last lines does. A line
 * without the host may be about any other connection.
 */
function findUnreachable(
  text: string,
  host: string,
  isNoise = isBlank,
): string | undefined {
  const named = new RegExp(`(?<![\\w.-])${RegExp.escape(host)}(?![\\w-])`, "i");
  return withoutEscapes(text.slice(-LONGEST_TEXT)).split(/\r?\n/)
    .map((it) => it.trim())
    .filter((it) => !isNoise(it))
    .slice(-LAST_LINES)
    .findLast((it) => NO_CONNECTION.test(it) && named.test(it));
}
