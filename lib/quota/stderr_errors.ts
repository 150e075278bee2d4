import { isNoise } from "./evidence.ts";
import { withoutEscapes } from "./redact.ts";

/** A piece of the CLI's stderr. */
export interface StderrPart {
  /** A line, or all lines of an error. */
  text: string;
  /** Whether it is an error of the provider, of the way there or of the login. */
  isError: boolean;
  /** Whether the CLI gives up when it prints that. */
  isFinal: boolean;
}

/** An error in brackets; it may go over several lines. */
const BRACKETED = /^(?:Error: |Retrying in \d[^:]{0,40}: )*\[API Error: /;

/** How the CLI begins a line with which it gives up, 0.11 to 0.24.4. */
const GIVES_UP = beginning([
  /Qwen (?:OAuth|API) quota exceeded: /,
  /Quota exhausted: /,
  /Qwen OAuth free tier has been /,
]);

/** How it begins other lines about requests and logins, 0.1.4 to 0.24.4. */
const TELLS = beginning([
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

/** With this 0.1.4 gives up, after the error itself. */
const LAST_WORDS = /^Error when talking to API\b/;

/** A failed try of 0.1.4, with an object that is dumped below it. */
const TRY = /^Attempt \d+ failed\b/;
const DUMP = /^(?:\s|\}$)/;

/** No error is longer, lines. */
const LONGEST_ERROR = 200;

/**
 * Takes the CLI's stderr apart, without what says nothing. A line is an error
 * only in one of the forms that the CLI has for them: prompts, paths and the
 * words of tools and servers come by there as well.
 */
export function readStderr(stderr: string): StderrPart[] {
  const lines = withoutEscapes(stderr).split(/\r?\n/).map((it) => it.trimEnd());
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
      const text = lines.slice(at, end + 1).join("\n");
      if (end > at || !isNoise(line)) parts.push(toPart(text));
      at = end;
    }
  }
  return parts;
}

/**
 * Returns the error with which a run in the text format gave up: the one that
 * `parts` end with.
 */
export function finalError(parts: readonly StderrPart[]): string | undefined {
  const last = parts.at(-1);
  return last?.isFinal ? last.text : undefined;
}

/** Returns the lines in which a user's own patterns are looked for. */
export function otherLines(parts: readonly StderrPart[]): string[] {
  const lines = parts.filter((it) => !it.isError).map((it) => it.text);
  return lines.some((it) => it.startsWith("Usage: ")) ? [] : lines;
}

/** The last line of the error that begins in line `at`; that line itself else. */
function endOfError(lines: readonly string[], at: number): number {
  const [first = ""] = lines.slice(at, at + 1);
  const closing = BRACKETED.test(first) ? "]" : first === "{" ? "}" : undefined;
  if (closing === undefined) return at;
  const length = lines.slice(at, at + LONGEST_ERROR)
    .findIndex((it) => closing === "]" ? it.endsWith("]") : it === "}");
  return length < 0 ? at : at + length;
}

function toPart(text: string): StderrPart {
  if (text.startsWith("{")) text = messageOf(text) ?? text;
  const isBanner = BRACKETED.test(text) && text.endsWith("]");
  const isFinal = isBanner && !text.startsWith("Retrying ") ||
    GIVES_UP.test(text);
  const isError = isFinal || BRACKETED.test(text) || TELLS.test(text);
  return { text, isError, isFinal };
}

/** The message of an error that is given as JSON, with the `json` formats. */
function messageOf(json: string): string | undefined {
  try {
    const message: unknown = JSON.parse(json)?.error?.message;
    return typeof message === "string" ? withoutHint(message) : undefined;
  } catch {
    return undefined;
  }
}

/** The line that the CLI adds to a 429. */
const HINT =
  /\n(?:Possible quota limitations |Please wait and try again later\. To increase ).*$/;

/** Returns an error without the line that the CLI adds to a 429. */
export function withoutHint(error: string): string {
  return error.trimEnd().replace(HINT, "");
}

function beginning(forms: readonly RegExp[]): RegExp {
  const source = forms.map((it) => it.source).join("|");
  return new RegExp(`^(?:Error: )?(?:${source})`);
}
