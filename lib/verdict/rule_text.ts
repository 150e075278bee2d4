import type { ApiError } from "./api_error.ts";

/** Members of a body, besides the message, that describe the error. */
const DESCRIPTIVE = new Set([
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
 * Returns the text of `error` for the rules: its code as it is and split into
 * words, other descriptive members, and the message without addresses and
 * quotations.
 */
export function judgedText(
  { code, message, details = [] }: Pick<
    ApiError,
    "code" | "message" | "details"
  >,
): string {
  const told = details.filter(([name]) => DESCRIPTIVE.has(name))
    .map(([, value]) => value);
  const codes = separated([code, ...told].join(" ").trim());
  const words = withoutQuotations(withoutAddresses(bothEnds(message)));
  return bothEnds([code, codes, words].join(" ").trim());
}

/** Writes `InsufficientBalance` as `Insufficient_Balance`, the usual form. */
function separated(code: string): string {
  return withoutAddresses(code).replace(/([a-z\d])([A-Z])/g, "$1_$2");
}

/** Removes quotations: they are names, or text from elsewhere. */
function withoutQuotations(text: string): string {
  return text.replace(/(?<!\w)(["'`])(?:(?!\1).){0,2000}\1(?!\w)/gs, "''");
}

/**
 * Removes addresses, except for their fragments, which have meaning:
 * `#token-limit`.
 */
function withoutAddresses(text: string): string {
  return text.replace(/https?:\/\/[^\s"'#)]*/gi, "");
}

/** Only both ends of a longer text are judged, characters. */
const LONGEST_TEXT = 16 * 1024;

function bothEnds(text: string): string {
  if (text.length <= 2 * LONGEST_TEXT) return text;
  return `${text.slice(0, LONGEST_TEXT)}\n${text.slice(-LONGEST_TEXT)}`;
}
