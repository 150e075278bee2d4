import {
  type ApiError,
  parseErrorEvent,
  parseErrorReply,
} from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import type { Details } from "../../verdict/error_body.ts";
import type { StreamEvent } from "../event_stream.ts";
import { BEARER } from "../headers.ts";
import { HeldHead } from "./held_head.ts";
import { countsIn, isEmpty, parseFailure, typeOf } from "./typed_events.ts";
import type {
  ErrorReply,
  Fault,
  OwnError,
  OwnReply,
  StreamError,
  Wire,
} from "./wire.ts";

/** The responses of OpenAI: `POST /responses`. */
export const openaiResponses: Wire = {
  ...BEARER,
  ownReply,
  errorEvent,
  parseReply,
  parseEvent,
  parseDocument,
  beginsAnswer: (text) => BEGINS_AN_ANSWER.test(text.slice(0, LONGEST_HEAD)),
  hasContent,
  mayEndAfter,
  usageIn: ({ usage, response }) =>
    countsIn(usage ?? recordOf(response).usage, ["input", "output"]),
  createHead: () => new HeldHead((it) => typeOf(it) === KEEP_ALIVE),
};

/**
 * The status, the type and the code of each error. At 400, and at 429 with
 * `usage_limit_reached`, the agent stops after one request and says when to try
 * again; it sends 6 after 401 and 403, and 30 after 502.
 */
const FAULTS: Readonly<
  Record<Fault, readonly [status: number, type: string, code?: string]>
> = {
  forbidden: [403, "invalid_request_error"],
  "wrong-key": [401, "invalid_request_error", "invalid_api_key"],
  "unknown-path": [404, "invalid_request_error"],
  "no-upgrade": [426, "invalid_request_error"],
  exhausted: [429, "usage_limit_reached"],
  unreachable: [502, "server_error"],
  unreadable: [400, "invalid_request_error", "bad_reply"],
  "bad-address": [400, "invalid_request_error", "bad_address"],
  "failed-stream": [502, "server_error"],
  "own-failure": [400, "invalid_request_error", "gateway_failure"],
};

function ownReply({ fault, message, readyAt }: OwnError): OwnReply {
  const [status, type, code = type] = FAULTS[fault];
  const error = {
    message,
    type,
    code,
    param: null,
    ...(readyAt === undefined ? {} : { resets_at: Math.ceil(readyAt / 1_000) }),
  };
  const headers = HEADERS[status];
  return { status, body: { error }, ...(headers ? { headers } : {}) };
}

/** The libraries of OpenAI retry after a 429 without such a header. */
const HEADERS: Readonly<Record<number, Record<string, string>>> = {
  401: { "www-authenticate": "Bearer" },
  429: { "x-should-retry": "false" },
};

function errorEvent({ message, said }: StreamError): string {
  const { code, type } = said;
  const error = { message, ...said, code: code ?? type ?? "server_error" };
  const event = {
    type: FAILED,
    response: { object: "response", status: "failed", error },
  };
  return `event: ${FAILED}\ndata: ${JSON.stringify(event)}\n\n`;
}

const FAILED = "response.failed";

/** The statuses that errors in a stream have as replies, by code. */
const STATUSES: Readonly<Record<string, number>> = {
  context_length_exceeded: 400,
  insufficient_quota: 429,
  invalid_prompt: 400,
  rate_limit_exceeded: 429,
  server_error: 500,
  server_is_overloaded: 503,
  slow_down: 503,
  usage_limit_reached: 429,
  usage_not_included: 429,
};

function parseReply({ status, headers, text }: ErrorReply): ApiError {
  const retryAfter = headers.get("retry-after") ?? undefined;
  const error = parseErrorReply(status, text, retryAfter);
  if (status !== 429) return error;
  return {
    ...error,
    details: [...error.details ?? [], ...usedUpLimits(headers)],
  };
}

/** Returns when each limit resets of which nothing remains. */
function usedUpLimits(headers: Headers): Details {
  return ["requests", "tokens"]
    .filter((it) => headers.get(`x-ratelimit-remaining-${it}`) === "0")
    .map((it) => ["reset", headers.get(`x-ratelimit-reset-${it}`) ?? ""]);
}

function parseEvent(event: StreamEvent): ApiError | undefined {
  const type = typeOf(event);
  if (type === FAILED) return failureIn(event.data, "response");
  return TYPED.test(type) ? undefined : parseErrorEvent(event.data, type);
}

/** Types of events that are not an error. */
const TYPED = /^response\./;

function failureIn(data: string, within?: string): ApiError {
  return parseFailure(data, {
    within,
    statusOf: ({ code }) => STATUSES[`${code}`],
  });
}

function parseDocument(text: string): ApiError | undefined {
  const { object, status } = parseRecord(text);
  if (object !== "response") return parseErrorEvent(text);
  return status === "failed" ? failureIn(text) : undefined;
}

/**
 * How an answer begins but an error does not. A response that has failed has the
 * same head as an answer, up to its `status`.
 */
const BEGINS_AN_ANSWER =
  /^\s*(?:[^\s{]|\{\s*(?:[^\s"]|"(?:data|models)"|"object"\s*:\s*"(?!error"|response")))|"status"\s*:\s*"(?:completed|incomplete|in_progress|queued)"/;

/** The longest text in which to look for the status, characters. */
const LONGEST_HEAD = 4_096;

/** The type of events that keep a connection alive. */
const KEEP_ALIVE = "keepalive";

/** Types of events that only open an answer. */
const OPENINGS = new Set([
  KEEP_ALIVE,
  "response.created",
  "response.in_progress",
  "response.queued",
]);

function hasContent(event: StreamEvent): boolean {
  const type = typeOf(event);
  if (OPENINGS.has(type)) return false;
  const { item, part, delta } = parseRecord(event.data);
  if (type.endsWith(".added")) {
    return PARTS.some((it) => !isEmpty(recordOf(item ?? part)[it]));
  }
  return !type.endsWith(".delta") || !isEmpty(delta);
}

/** The members of an item or a part that contain an answer. */
const PARTS = ["arguments", "content", "input", "summary", "text"];

function mayEndAfter(event: StreamEvent): boolean {
  const type = typeOf(event);
  if (TYPED.test(type)) return ENDS.has(type);
  return event.data.trim() === "[DONE]" || !isEmpty(parseRecord(event.data));
}

const ENDS = new Set([FAILED, "response.completed", "response.incomplete"]);
