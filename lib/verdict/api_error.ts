import { parseRecord, recordOf } from "../json.ts";
import { type Details, parseErrorBody, textOf } from "./error_body.ts";

/** Where an error was reported, in decreasing order of trust. */
export type ErrorSource =
  /** The HTTP reply itself. */
  | "http"
  /** The log that the agent writes while it runs. */
  | "session-log"
  /** The result in the agent's structured output. */
  | "structured"
  /** A line on stderr. */
  | "stderr";

/** An error of the service or the connection, from any source. */
export interface ApiError {
  /** Where it was reported. */
  source: ErrorSource;
  /** The HTTP status, if known. */
  status: number | undefined;
  /** The HTTP status of the reply, if `status` is that in its body. */
  outerStatus?: number | undefined;
  /** The code of the service or the agent; empty if there is none. */
  code: string;
  /** The message, without the status. */
  message: string;
  /** The requested model, if known. */
  model?: string | undefined;
  /** The `Retry-After` header, if any. */
  retryAfter?: string | undefined;
  /** Further members of the body; absent if there are none. */
  details?: Details | undefined;
}

/**
 * Parses an error reply of an OpenAI-compatible service. If the body is not
 * JSON, it is the message. If the status is one that proxies use for errors of
 * others, the status in the body takes precedence.
 */
export function parseErrorReply(
  status: number | undefined,
  body: string,
  retryAfter?: string,
): ApiError {
  const said = parseErrorBody(body);
  const { code = "", message = "", details = [] } = said ?? {};
  const inner = said?.status ?? statusInWords(message);
  const isWrapped = status === undefined || PROXY_STATUSES.has(status);
  const others = details.filter(([name]) => !REDUNDANT.has(name));
  const meant = (isWrapped ? inner : undefined) ?? status;
  return {
    source: "http",
    status: meant,
    ...(status === meant || status === undefined
      ? {}
      : { outerStatus: status }),
    code,
    message: message || body,
    retryAfter,
    ...(others.length > 0 ? { details: others } : {}),
  };
}

/** Statuses that a proxy returns when the service behind it failed. */
const PROXY_STATUSES = new Set([200, 400, 500, 502, 503]);

/** Members that only repeat the code and the message. */
const REDUNDANT = new Set(["code", "message", "param", "requestid", "id"]);

/** Returns the status in messages like `Error code: 429 - ...`. */
function statusInWords(message: string): number | undefined {
  const [, status] =
    /\b(?:error|status)(?:[ _]code)?[:= (]{1,3}([45]\d\d)\b/i.exec(message) ??
      [];
  return status === undefined ? undefined : Number(status);
}

/**
 * Parses an error in an event of a stream, or in a whole reply with status 200;
 * returns `undefined` if it is not an error. The forms of errors: `{error}`,
 * even with choices (OpenRouter); `{code, message}`; `{object:
 * "error", message}` (vLLM); the data of an event named `error`; a choice with
 * the reason `error_finish` and the message as content.
 */
export function parseErrorEvent(
  data: string,
  name = "message",
): ApiError | undefined {
  if (name !== "error" && !ERROR_NAMES.test(data)) return undefined;
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
    (object === "error" || !SUCCESS_CODES.has(code));
  const { base_resp } = document; // MiniMax, beside an empty answer
  const isRefused =
    !SUCCESS_CODES.has(textOf(recordOf(base_resp).status_code)) &&
    !hasAnswer(choices);
  const isError = name === "error" || isBare || isRefused ||
    !isEmpty(document.error) || !isEmpty(document.errors);
  return isError ? parseErrorReply(undefined, data) : undefined;
}

function hasAnswer(choices: unknown): boolean {
  return Array.isArray(choices) && choices.length > 0;
}

/**
 * Every event that reports an error contains one of these, whatever its format.
 */
export const SIGNS_OF_FAILURE: readonly string[] = [
  "error",
  "failed",
  '"code',
  '"msg',
  '"base_resp',
];

/** Every error contains one of these; most events need no more parsing. */
const ERROR_NAMES = /"(?:error|code|msg|base_resp)/;

/** Codes that do not mean an error. */
const SUCCESS_CODES = new Set(["", "0", "200"]);

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object") return !value;
  return value === null || Object.keys(value).length === 0;
}

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
