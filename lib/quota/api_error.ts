import { type Details, parseErrorBody, textOf } from "./error_body.ts";

export { textOf };

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
  /** What else the body says; absent if that is nothing. */
  details?: Details | undefined;
}

/** What the CLI puts before an error on stderr. */
const PREFIX =
  /^(?:Retrying in [^:]*: |Error: |OpenAI API (?:Streaming )?Error: )+/;

/** What it puts around one, on stderr or in a result. */
const WRAPPING = /^\[API Error: ([^]*)\][^\]]*$/;

/**
 * Reads an error as the CLI prints it: `429 Rate limit reached`, with or
 * without a banner around it. What follows the status may be the body itself.
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
    return { ...said, source };
  }
  return { source, status, code: "", message };
}

/**
 * Reads an error reply of an OpenAI-compatible provider. A body that is not JSON
 * is the message. Where the status is one that proxies give to the errors of
 * others, the status that the body names counts.
 */
export function parseErrorReply(
  status: number | undefined,
  body: string,
  retryAfter?: string,
): ApiError {
  const said = parseErrorBody(body);
  const { code = "", message = "", details = [] } = said ?? {};
  const inner = said?.status ?? statusInWords(message);
  const isWrapped = status === undefined || WRAPPERS.has(status);
  const others = details.filter(([name]) => !KNOWN.has(name));
  return {
    source: "http",
    status: (isWrapped ? inner : undefined) ?? status,
    code,
    message: message || body,
    retryAfter,
    ...(others.length > 0 ? { details: others } : {}),
  };
}

/** What a proxy answers with when the provider behind it has failed. */
const WRAPPERS = new Set([200, 400, 500, 502, 503]);

/** Members that say no more than the code and the message do. */
const KNOWN = new Set(["code", "message", "param", "requestid", "id"]);

/** The status in `Error code: 429 - ...` and the like. */
function statusInWords(message: string): number | undefined {
  const [, status] =
    /\b(?:error|status)(?:[ _]code)?[:= (]{1,3}([45]\d\d)\b/i.exec(message) ??
      [];
  return status === undefined ? undefined : Number(status);
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
  const { choices, object } = document;
  const failed = Array.isArray(choices)
    ? choices.map(recordOf).find((it) => it.finish_reason === "error_finish")
    : undefined;
  if (failed) {
    const content = textOf(recordOf(failed.delta).content).trim();
    return { source: "http", status: undefined, code: "", message: content };
  }
  const status = textOf(document.status);
  const code = textOf(document.code ?? document.error_code) ||
    (/^[45]\d\d$/.test(status) ? status : "");
  const message = textOf(
    document.message ?? document.msg ?? document.error_msg,
  );
  const isBare = choices === undefined && message !== "" &&
    (object === "error" || !NO_ERROR.has(code));
  const { base_resp } = document; // MiniMax, beside an empty answer
  const isRefused = !NO_ERROR.has(textOf(recordOf(base_resp).status_code)) &&
    !hasAnswer(choices);
  const isError = name === "error" || isBare || isRefused ||
    !isEmpty(document.error) || !isEmpty(document.errors);
  return isError ? parseErrorReply(undefined, data) : undefined;
}

function hasAnswer(choices: unknown): boolean {
  return Array.isArray(choices) && choices.length > 0;
}

/** What every error holds; of most events no more is looked at than this. */
const MAY_BE_ERROR = /"(?:error|code|msg|base_resp)/;

/** The codes of a reply that is no error. */
const NO_ERROR = new Set(["", "0", "200"]);

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object") return !value;
  return value === null || Object.keys(value).length === 0;
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
