import type { ApiError } from "./api_error.ts";

/** Members of a body beside the message in which services say what is wrong. */
const TELLING = new Set([
  "error",
  "errortype",
  "limitsource",
  "quotaid",
  "quotametric",
  "raw",
  "reason",
  "status",
  "statusmsg",
  "title",
  "type",
]);

/**
 * Returns the words of `error` that rules look at: its code, as it is and with its
 * words apart, what other members say, and the message without addresses and
 * quotations.
 */
export function judgedText(
  { code, message, details = [] }: Pick<
    ApiError,
    "code" | "message" | "details"
  >,
): string {
  const told = details.filter(([name]) => TELLING.has(name))
    .map(([, value]) => value);
  const codes = separated([code, ...told].join(" ").trim());
  const words = withoutQuotations(withoutAddresses(bothEnds(message)));
  return bothEnds([code, codes, words].join(" ").trim());
}

/** `InsufficientBalance` as `Insufficient_Balance`, which is how most write it. */
function separated(code: string): string {
  return withoutAddresses(code).replace(/([a-z\d])([A-Z])/g, "$1_$2");
}

/** What is quoted is a name, or the words of somebody else. */
function withoutQuotations(text: string): string {
  return text.replace(/(?<!\w)(["'`])(?:(?!\1).){0,2000}\1(?!\w)/gs, "''");
}

/** Only the fragment of an address tells something: `#token-limit`. */
function withoutAddresses(text: string): string {
  return text.replace(/https?:\/\/[^\s"'#)]*/gi, "");
}

/** Of a longer text both ends are judged, characters. */
const LONGEST_TEXT = 16 * 1024;

function bothEnds(text: string): string {
  if (text.length <= 2 * LONGEST_TEXT) return text;
  return `${text.slice(0, LONGEST_TEXT)}\n${text.slice(-LONGEST_TEXT)}`;
}
