import {
  type ApiError,
  parseErrorEvent,
  parseErrorReply,
} from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import type { StreamEvent } from "../event_stream.ts";
import { bearerIn } from "../headers.ts";
import { HeldHead } from "./held_head.ts";
import { countIn, isEmpty, parseFailure, typeOf } from "./typed_events.ts";
import type {
  ErrorReply,
  Fault,
  OwnError,
  OwnReply,
  StreamError,
  Usage,
  Wire,
} from "./wire.ts";

/** The messages of Anthropic: `POST /v1/messages`. */
export const anthropicMessages: Wire = {
  keysIn,
  setKey,
  ownReply,
  errorEvent,
  parseReply,
  parseEvent,
  parseDocument,
  beginsAnswer: (text) => BEGINS_AN_ANSWER.test(text),
  hasContent,
  mayEndAfter,
  usageIn,
  createHead: () => new HeldHead((it) => typeOf(it) === "ping"),
};

/** The field of an API key; some services want a bearer token instead. */
const KEY = "x-api-key";

/**
 * Both fields count: a second key, such as that of a login, is not ours. An
 * empty bearer token is none: clients send one if its variable is set to nothing.
 */
function keysIn(headers: Headers): string[] {
  const bearer = headers.get("authorization");
  const keys = [
    headers.get(KEY),
    bearer === null || EMPTY_BEARER.test(bearer) ? null : bearerIn(headers),
  ].filter((it) => it !== null);
  return keys.length > 0 ? keys : [""];
}

const EMPTY_BEARER = /^bearer *$/i;

function setKey(
  headers: Headers,
  { client, secret }: { client: Headers; secret: string },
): void {
  if (client.has(KEY)) headers.set(KEY, secret);
  else headers.set("authorization", `Bearer ${secret}`);
}

/**
 * The status and the type of each error. At 400, 402 and 403 the agent stops at
 * once; after 401, 429 and 502 it retries for three minutes.
 */
const FAULTS: Readonly<Record<Fault, readonly [status: number, type: string]>> =
  {
    forbidden: [403, "permission_error"],
    "wrong-key": [403, "permission_error"],
    "unknown-path": [404, "not_found_error"],
    "no-upgrade": [426, "invalid_request_error"],
    exhausted: [402, "billing_error"],
    unreachable: [502, "api_error"],
    unreadable: [400, "invalid_request_error"],
    "bad-address": [400, "invalid_request_error"],
    "failed-stream": [502, "api_error"],
    "own-failure": [400, "invalid_request_error"],
  };

function ownReply({ fault, message }: OwnError): OwnReply {
  const [status, type] = FAULTS[fault];
  return { status, body: { type: "error", error: { type, message } } };
}

function errorEvent({ message, said }: StreamError): string {
  const error = { type: "api_error", message, ...said };
  return `event: error\ndata: ${JSON.stringify({ type: "error", error })}\n\n`;
}

/** The statuses that errors in a stream have as replies, by type. */
const STATUSES: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The prefix of the headers about limits. */
const LIMIT = "anthropic-ratelimit-";

function parseReply({ status, headers, text }: ErrorReply): ApiError {
  const retryAfter = headers.get("retry-after") ?? undefined;
  const error = parseErrorReply(status, text, retryAfter);
  if (status !== 429) return error;
  const isOfPlan = headers.get(`${LIMIT}unified-status`) === "rejected";
  const resets = isOfPlan
    ? [headers.get(`${LIMIT}unified-reset`)]
    : usedUp(headers).map((it) => headers.get(`${LIMIT}${it}-reset`));
  return {
    ...error,
    ...(isOfPlan ? { code: "usage_limit_reached" } : {}),
    details: [
      ...error.details ?? [],
      ...resets.map((it) => ["reset", it ?? ""] as const),
    ],
  };
}

/** Returns the limits of which nothing remains. */
function usedUp(headers: Headers): string[] {
  return ["requests", "tokens", "input-tokens", "output-tokens"]
    .filter((it) => headers.get(`${LIMIT}${it}-remaining`) === "0");
}

function parseEvent(event: StreamEvent): ApiError | undefined {
  const type = typeOf(event);
  if (type === "error") return failureIn(event.data);
  return TYPED.test(type) ? undefined : parseErrorEvent(event.data, type);
}

/** Types of events that are not an error. */
const TYPED = /^(?:message|content_block)_|^ping$/;

function failureIn(data: string): ApiError {
  return parseFailure(data, { statusOf: ({ type }) => STATUSES[`${type}`] });
}

function parseDocument(text: string): ApiError | undefined {
  const { type } = parseRecord(text);
  if (type === "message") return undefined;
  return type === "error" ? failureIn(text) : parseErrorEvent(text);
}

/** How an answer begins but an error does not, or anything but an object. */
const BEGINS_AN_ANSWER =
  /^\s*(?:[^\s{]|\{\s*(?:[^\s"]|"(?:id|role|model|content|usage|stop_reason|input_tokens|data)"|"type"\s*:\s*"(?!error")))/;

function hasContent(event: StreamEvent): boolean {
  const { delta, content_block } = parseRecord(event.data);
  switch (typeOf(event)) {
    case "ping":
    case "message_start":
    case "content_block_stop":
      return false;
    case "content_block_start":
      return hasPart(content_block);
    case "content_block_delta":
      return hasPart(delta);
    case "message_delta":
      return !isEmpty(recordOf(delta).stop_reason);
    default:
      return true;
  }
}

/** Whether a block or a delta has more than its kind and its name. */
function hasPart(value: unknown): boolean {
  return Object.entries(recordOf(value))
    .some(([name, it]) => !HEADS.has(name) && !isEmpty(it));
}

const HEADS = new Set(["type", "id", "name", "server_name", "tool_use_id"]);

function mayEndAfter(event: StreamEvent): boolean {
  const type = typeOf(event);
  if (type === "message_delta") return hasContent(event);
  if (TYPED.test(type)) return type === "message_stop";
  return !isEmpty(parseRecord(event.data));
}

/**
 * The first event counts the request, and the tokens of the answer so far; the
 * last one counts the answer.
 */
function usageIn(
  { usage, message }: Record<string, unknown>,
): Partial<Usage> | undefined {
  const counts = recordOf(usage ?? recordOf(message).usage);
  const { input_tokens, output_tokens } = counts;
  if (output_tokens === undefined) return undefined;
  const outputTokens = countIn(output_tokens);
  if (input_tokens === undefined) return { outputTokens };
  const cachedTokens = countIn(counts.cache_read_input_tokens);
  const written = countIn(counts.cache_creation_input_tokens);
  const inputTokens = countIn(input_tokens) + cachedTokens + written;
  return { inputTokens, outputTokens, cachedTokens };
}
