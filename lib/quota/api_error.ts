/** Who said that something went wrong, in the order of trust. */
export type ErrorSource =
  /** The HTTP reply itself. */
  | "http"
  /** The session log that the CLI writes while it runs. */
  | "session-log"
  /** The result in `json` or `stream-json`. */
  | "structured"
  /** A line on stderr. */
  | "stderr";

/** An error of the provider or of the way there, whoever told of it. */
export interface ApiError {
  /** Who told of it. */
  source: ErrorSource;
  /** The HTTP status, where known. */
  status: number | undefined;
  /** The provider's or the CLI's own code, or an empty text. */
  code: string;
  /** What is said, without the status. */
  message: string;
  /** The model that was asked, where known. */
  model?: string | undefined;
  /** The `Retry-After` header, where there was one. */
  retryAfter?: string | undefined;
}

/** What the CLI puts before an error on stderr. */
const PREFIX =
  /^(?:Retrying in [^:]*: |Error: |OpenAI API (?:Streaming )?Error: )+/;

/** What it puts around one, on stderr or in a result. */
const WRAPPING = /^\[API Error: ([^]*)\][^\]]*$/;

/**
 * Reads an error as the CLI prints it: `429 Rate limit reached`, with or
 * without a banner around it.
 */
export function parseErrorText(text: string, source: ErrorSource): ApiError {
  const line = text.trim().replace(PREFIX, "");
  const bare = WRAPPING.exec(line)?.[1] ?? line;
  const [, first, message] = /^([1-5]\d\d)\b[\s:]*([^]*)$/.exec(bare) ?? [];
  const status = first ?? /\(Status: ([1-5]\d\d)\)$/.exec(bare)?.[1];
  return {
    source,
    status: status === undefined ? undefined : Number(status),
    code: "",
    message: message ?? bare,
  };
}

/**
 * Reads an error reply of an OpenAI-compatible provider. A body that is no
 * JSON is the message.
 */
export function parseErrorReply(
  status: number,
  body: string,
  retryAfter?: string,
): ApiError {
  const { code, type, message } = errorObject(body);
  return {
    source: "http",
    status,
    code: textOf(code) || textOf(type),
    message: textOf(message) || body,
    retryAfter,
  };
}

function errorObject(body: string): Record<string, unknown> {
  try {
    const document = recordOf(JSON.parse(body));
    return "error" in document ? recordOf(document.error) : document;
  } catch {
    return {};
  }
}

/** The members of a JSON object; none of anything else. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A text as it is, a number in digits, and anything else empty. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}
