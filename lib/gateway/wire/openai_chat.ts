import {
  type ApiError,
  parseErrorEvent,
  parseErrorReply,
} from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import type { StreamEvent } from "../event_stream.ts";
import { BEARER } from "../headers.ts";
import { ChatHead, hasContent } from "./chat_head.ts";
import { countsIn } from "./typed_events.ts";
import type {
  ErrorReply,
  Fault,
  OwnError,
  OwnReply,
  StreamError,
  Wire,
} from "./wire.ts";

/**
 * The chat completions of OpenAI and the services that are compatible with them:
 * `POST /chat/completions`.
 */
export const openaiChat: Wire = {
  ...BEARER,
  ownReply,
  errorEvent,
  parseReply,
  parseEvent: ({ data, name }) => parseErrorEvent(data, name),
  parseDocument,
  beginsAnswer: (text) => BEGINS_AN_ANSWER.test(text),
  hasContent: ({ data }) => hasContent(data),
  mayEndAfter,
  usageIn: ({ usage }) => countsIn(usage, ["prompt", "completion"]),
  usageOption: {
    member: '"stream_options":{"include_usage":true},',
    isMissing: isUsageMissing,
    isExtra: ({ choices, usage }) =>
      Array.isArray(choices) && choices.length === 0 &&
      Object.keys(recordOf(usage)).length > 0,
  },
  createHead: () => new ChatHead(),
};

/**
 * The status and the type of each error. The agent stops at once at 400 and
 * 402: after a 500 it sends 28 requests, and up to 308 after a 429.
 */
const FAULTS: Readonly<Record<Fault, readonly [status: number, type: string]>> =
  {
    forbidden: [403, "authentication_error"],
    "wrong-key": [401, "authentication_error"],
    "unknown-path": [404, "not_found_error"],
    "no-upgrade": [426, "invalid_request_error"],
    exhausted: [402, "insufficient_quota"],
    unreachable: [502, "connection_error"],
    unreadable: [400, "bad_reply"],
    "bad-address": [400, "invalid_request_error"],
    "failed-stream": [502, "server_error"],
    "own-failure": [400, "server_error"],
  };

function ownReply({ fault, message, kind }: OwnError): OwnReply {
  const [status, usual] = FAULTS[fault];
  const type = kind ?? usual;
  return {
    status,
    body: { error: { message, type, code: type, param: null } },
    ...(status === 401 ? { headers: { "www-authenticate": "Bearer" } } : {}),
  };
}

/** Clients treat an event with `error` as the end. */
function errorEvent({ status, message, said }: StreamError): string {
  const type = status === undefined ? "server_error" : `http_${status}`;
  const error = { message, type, code: type, param: null, ...said };
  return `data: ${JSON.stringify({ error })}\n\n`;
}

function parseReply({ status, headers, text }: ErrorReply): ApiError {
  const resets = status === 429 ? headers.get("x-ratelimit-reset") : null;
  const retryAfter = headers.get("retry-after") ?? resets ?? undefined;
  return parseErrorReply(status, text, retryAfter);
}

function parseDocument(text: string): ApiError | undefined {
  return "choices" in parseRecord(text) ? undefined : parseErrorEvent(text);
}

/** How an answer begins but an error does not, or anything but an object. */
const BEGINS_AN_ANSWER =
  /^\s*(?:[^\s{]|\{\s*(?:[^\s"]|"(?:id|choices|created|model|data|usage|output)"|"object"\s*:\s*(?:[^\s"]|"(?!error")[^"]*")))/;

/**
 * A chat stream is complete once it has a finish reason; other streams once
 * they have data.
 */
function mayEndAfter({ data }: StreamEvent): boolean {
  if (data.trim() === "[DONE]") return true;
  const chunk = parseRecord(data);
  return Array.isArray(chunk.choices)
    ? chunk.choices.some((it) => Boolean(recordOf(it).finish_reason))
    : Object.keys(chunk).length > 0;
}

/** The text search is for most clients, which name the option. */
function isUsageMissing(request: string): boolean {
  if (request.includes('"stream_options"') || !STREAMS.test(request)) {
    return false;
  }
  const { stream, stream_options } = parseRecord(request);
  return stream === true && stream_options === undefined;
}

const STREAMS = /"stream"\s*:\s*true/;
