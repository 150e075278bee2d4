import { withoutEscapes } from "../../verdict/redact.ts";
import {
  type ApiError,
  type ErrorSource,
  judgedText,
  parseErrorReply,
} from "../../verdict/api_error.ts";
import { parseErrorBody } from "../../verdict/error_body.ts";
import { LOGIN_REQUIRED } from "../../verdict/rules.ts";

/** A part of the agent's stderr. */
interface StderrPart {
  /** One line, or all lines of an error. */
  text: string;
  /** Whether it is an error of the service, the connection or the login. */
  isError: boolean;
  /** Whether the agent stops after printing it. */
  isFinal: boolean;
}

/** An error in brackets, which may span several lines. */
const BRACKETED = /^(?:Error: |Retrying in \d[^:]{0,40}: )*\[API Error: /;

/** Beginnings of a line after which the agent stops, 0.11 to 0.24.4. */
const FINAL_LINE = beginning([
  /Qwen (?:OAuth|API) quota exceeded: /,
  /Quota exhausted: /,
  /Qwen OAuth free tier has been /,
]);

/** Beginnings of other lines about requests and logins, 0.1.4 to 0.24.4. */
const ERROR_LINE = beginning([
  /Retrying in \d+s \(attempt \d+\/\d+\): /,
  /OpenAI API (?:Streaming )?Error: /,
  /(?:Network error during token refresh|Token refresh failed)/,
  /(?:Refresh token expired|Failed to obtain valid Qwen access token)/,
  /(?:Connection error\.|fetch failed$|Request timed out\.)/,
  /[+| -]*Qwen OAuth Device Authorization\b/,
  /Device authorization (?:flow )?(?:failed|timed out)/,
  /Authorization timeout, please restart/,
  /Qwen OAuth (?:authentication|credentials) /,
  /Too many requests?(?: for Qwen OAuth|\. The server is rate limiting our)/,
  /(?:No auth type is selected|Please set an Auth method in )/,
  /The configured auth type is /,
  /Missing API key for /,
  /.{0,80}\bsettings\.security\.auth\.apiKey\b/, // in other languages
  /[A-Z]+_API_KEY environment variable not found/,
]);

/** The last line of 0.1.4 when it stops, after the error itself. */
const LAST_WORDS = /^Error when talking to API\b/;

/** A failed try of 0.1.4, followed by the dump of an object. */
const TRY = /^Attempt \d+ failed\b/;
const DUMP = /^(?:\s|\}$)/;

/** The longest error, lines. */
const LONGEST_ERROR = 200;

/**
 * Splits the agent's stderr into parts and drops noise. A line counts as an
 * error only in one of the agent's own forms, because prompts, paths and output
 * of tools and servers appear there too.
 */
export function readStderr(stderr: string): StderrPart[] {
  const lines = withoutEscapes(stderr).split("\n").map((it) => it.trimEnd());
  const parts: StderrPart[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (TRY.test(line)) {
      while (DUMP.test(lines[at + 1] ?? "")) at++;
    } else if (LAST_WORDS.test(line)) {
      const error = parts.findLast((it) => it.text.startsWith("OpenAI API "));
      parts.push({ text: error?.text ?? line, isError: true, isFinal: true });
    } else {
      const end = endOfError(lines, at);
      if (end > at) {
        parts.push(toPart(lines.slice(at, end + 1).join("\n")));
        at = end;
      } else if (!isNoise(line)) parts.push(toPart(line));
    }
  }
  return parts;
}

/**
 * Returns the error that stopped a run in the text format, if `parts` end with
 * it.
 */
export function finalError(parts: readonly StderrPart[]): string | undefined {
  const last = parts.at(-1);
  return last?.isFinal ? last.text : undefined;
}

/** Returns the lines to search for the user's own patterns. */
export function otherLines(parts: readonly StderrPart[]): string[] {
  const lines = parts.filter((it) => !it.isError).map((it) => it.text);
  return lines.some((it) => it.startsWith("Usage: ")) ? [] : lines;
}

/**
 * Returns the last line of the error that begins in line `at`; `at` itself if
 * it is a single line.
 */
function endOfError(lines: readonly string[], at: number): number {
  const first = lines[at] ?? "";
  const closing = BRACKETED.test(first) ? "]" : first === "{" ? "}" : undefined;
  if (closing === undefined) return at;
  const length = lines.slice(at, at + LONGEST_ERROR)
    .findIndex((it) => closing === "]" ? it.endsWith("]") : it === "}");
  return length < 0 ? at : at + length;
}

function toPart(text: string): StderrPart {
  if (text.startsWith("{")) text = messageIn(text) ?? text;
  const isBanner = BRACKETED.test(text) && text.endsWith("]");
  const isFinal = isBanner && !text.startsWith("Retrying ") ||
    FINAL_LINE.test(text);
  const isError = isFinal || BRACKETED.test(text) || ERROR_LINE.test(text);
  return { text, isError, isFinal };
}

/** Returns the message of an error in JSON, as the `json` formats print it. */
function messageIn(json: string): string | undefined {
  try {
    const message: unknown = JSON.parse(json)?.error?.message;
    return typeof message === "string" ? withoutHint(message) : undefined;
  } catch {
    return undefined;
  }
}

/** The line that the agent adds to a 429. */
const HINT =
  /\n(?:Possible quota limitations |Please wait and try again later\. To increase ).*$/;

/** Returns an error without the line that the agent adds to a 429. */
export function withoutHint(error: string): string {
  return error.trimEnd().replace(HINT, "");
}

function beginning(forms: readonly RegExp[]): RegExp {
  const source = forms.map((it) => it.source).join("|");
  return new RegExp(`^(?:Error: )?(?:${source})`);
}

/**
 * Lines on stderr that are not evidence: notices, stack frames, the effect of
 * our own signal.
 */
const NOISE = new RegExp(
  [
    /^\s*$/,
    /^\s+at /,
    /^\(node:\d+\) /,
    /^\(Use `node --trace-/,
    /^Warning: running headless with /,
    /^Ripgrep not available: /,
    /^Qwen OAuth free tier was discontinued on /,
    /^Retrying provider attempt /,
    /^Operation cancelled\.$/,
    // Lines around or below an error.
    /^- /,
    /^Possible quota limitations /,
    /^Please wait and try again later\. To increase /,
    /^Please retry after the reset time, /,
    /^To continue using Qwen Code /,
    /^ {2}(?:China|Global\/Intl): /,
    /^After subscribing, run \/auth /,
    /^An unexpected critical error occurred:/,
  ].map((it) => it.source).join("|"),
);

/** Whether a line of stderr says nothing about how the run ended. */
export function isNoise(line: string): boolean {
  return NOISE.test(line);
}

/** Yields the lines of stderr that may be evidence, as they are asked for. */
export function* meaningfulLines(stderr: string): Generator<string> {
  for (const [found] of stderr.matchAll(/[^\n]+/g)) {
    const line = found.trimEnd();
    if (!isNoise(line)) yield line;
  }
}

/** Prefixes that the agent adds to an error on stderr. */
const PREFIX =
  /^(?:Retrying in [^:]*: |Error: |OpenAI API (?:Streaming )?Error: )+/;

/** The wrapper that the agent adds to an error, on stderr or in a result. */
const WRAPPING = /^\[API Error: ([^]*)\][^\]]*$/;

/**
 * Parses an error as the agent prints it: `429 Rate limit reached`, with or
 * without the wrapper. The body itself may follow the status.
 */
export function parseErrorText(text: string, source: ErrorSource): ApiError {
  const line = text.trim().replace(PREFIX, "");
  const bare = WRAPPING.exec(line)?.[1] ?? line;
  const [, first, rest] = /^([1-5]\d\d)\b[\s:]*([^]*)$/.exec(bare) ?? [];
  const named = first ?? /\(Status: ([1-5]\d\d)\)$/.exec(bare)?.[1];
  const status = named === undefined ? undefined : Number(named);
  const message = rest ?? bare;
  if (/^\s*[[{]/.test(message) && parseErrorBody(message)) {
    const { retryAfter: _, ...said } = parseErrorReply(status, message);
    const code = [ownCode(said), said.code].filter((it) => it).join(" ");
    return { ...said, source, code };
  }
  return { source, status, code: ownCode({ code: "", message }), message };
}

/** Returns the code for an error that the agent words by itself, or nothing. */
export function ownCode(error: Pick<ApiError, "code" | "message">): string {
  return LOGIN_NEEDED.test(judgedText(error)) ? LOGIN_REQUIRED : "";
}

const LOGIN_NEEDED =
  /qwen oauth (?:authentication|credentials)\b|too many request for qwen oauth/i;
