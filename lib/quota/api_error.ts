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
  status: number | undefined,
  body: string,
  retryAfter?: string,
): ApiError {
  const { code, type, message } = errorIn(parseRecord(body));
  return {
    source: "http",
    status,
    code: textOf(code) || textOf(type),
    message: textOf(message) || body,
    retryAfter,
  };
}

/**
 * Reads an event of a stream that began well, or a whole reply with status 200;
 * `undefined` if it is no error. The forms of errors: `{error}`, also beside
 * choices (OpenRouter); `{code, message}` (DashScope); `{object: "error",
 * message}` (vLLM); what an event called `error` says; a choice that ends with
 * `error_finish`, whose content is the message (DashScope; the CLI knows it from
 * 0.12.0 on).
 */
export function parseErrorEvent(
  data: string,
  name = "message",
): ApiError | undefined {
  if (name !== "error" && !MAY_BE_ERROR.test(data)) return undefined;
  const document = parseRecord(data);
  const { choices, code, message, object } = document;
  const failed = Array.isArray(choices)
    ? choices.map(recordOf).find((it) => it.finish_reason === "error_finish")
    : undefined;
  if (failed) {
    const content = textOf(recordOf(failed.delta).content).trim();
    return { source: "http", status: undefined, code: "", message: content };
  }
  const isBare = choices === undefined && textOf(message) !== "" &&
    (object === "error" || !NO_ERROR.has(textOf(code)));
  if (name !== "error" && !isBare && isEmpty(document.error)) return undefined;
  return parseErrorReply(statusOf(errorIn(document)), data);
}

/** What every error holds; of most events no more is looked at than this. */
const MAY_BE_ERROR = /"(?:error|code)/;

/** The codes of a reply that is no error. */
const NO_ERROR = new Set(["", "0", "200"]);

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object") return !value;
  return value === null || Object.keys(value).length === 0;
}

/** The HTTP status that an error names, where there is none of its reply. */
function statusOf(error: Record<string, unknown>): number | undefined {
  const status = [error.status, error.status_code, error.code].map(textOf)
    .find((it) => /^[45]\d\d$/.test(it));
  return status === undefined ? undefined : Number(status);
}

function errorIn(document: Record<string, unknown>): Record<string, unknown> {
  return "error" in document ? recordOf(document.error) : document;
}

/** The members of the JSON object that `text` is; none of anything else. */
export function parseRecord(text: string): Record<string, unknown> {
  try {
    return recordOf(JSON.parse(text));
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
