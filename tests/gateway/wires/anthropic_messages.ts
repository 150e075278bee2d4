import {
  bearer,
  type ErrorOfService,
  membersOf,
  typed,
  type WireCase,
} from "./case.ts";

/** An error in the form of Anthropic. */
const anthropic = (
  status: number,
  type: string,
  message: string,
): ErrorOfService => ({
  status,
  body: { type: "error", error: { type, message }, request_id: "req_1" },
});

const ANTHROPIC_ERRORS: WireCase["errors"] = {
  quota: anthropic(
    400,
    "invalid_request_error",
    "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
  ),
  throttle: anthropic(
    429,
    "rate_limit_error",
    "Number of request tokens has exceeded your per-minute rate limit. Please try again in 8s.",
  ),
  auth: anthropic(401, "authentication_error", "invalid x-api-key"),
  broken: anthropic(529, "overloaded_error", "Overloaded"),
  client: anthropic(
    400,
    "invalid_request_error",
    "messages: at least one message is required",
  ),
};

const COUNTS = {
  input_tokens: 6,
  cache_read_input_tokens: 3,
  cache_creation_input_tokens: 2,
};

/** The messages of Anthropic. */
export const MESSAGES: WireCase = {
  name: "anthropic_messages",
  path: "/v1/messages?beta=true",
  keyHeaders: [(key) => ({ "x-api-key": key }), bearer],
  request: {
    stream: true,
    max_tokens: 10,
    messages: [{ role: "user", content: "é漢🙂" }],
  },
  opening: (id) =>
    [
      {
        type: "message_start",
        message: {
          id,
          type: "message",
          role: "assistant",
          content: [],
          stop_reason: null,
          usage: { ...COUNTS, output_tokens: 1 },
        },
      },
      {
        type: "content_block_start",
        index: 0,
        content_block: { type: "text", text: "" },
      },
    ].map(typed).join(""),
  content: (id) =>
    typed({
      type: "content_block_delta",
      index: 0,
      delta: { type: "text_delta", text: `text of ${id}` },
    }),
  ending: () =>
    [
      { type: "content_block_stop", index: 0 },
      {
        type: "message_delta",
        delta: { stop_reason: "end_turn", stop_sequence: null },
        usage: { output_tokens: 7 },
      },
      { type: "message_stop" },
    ].map(typed).join(""),
  keepAlive: typed({ type: "ping" }),
  document: (id) => ({
    id,
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: `text of ${id}` }],
    stop_reason: "end_turn",
    usage: { ...COUNTS, output_tokens: 7 },
  }),
  usage: {
    inputTokens: 11,
    outputTokens: 7,
    cachedTokens: 3,
    reasoningTokens: 0,
  },
  errors: ANTHROPIC_ERRORS,
  errorEvent: (name) =>
    typed({ type: "error", error: ANTHROPIC_ERRORS[name].body.error }),
  exhausted: { status: 402, type: "billing_error" },
  refused: 403,
  typeOf: (document) => membersOf(document.error).type,
  head: /event: message_start/g,
};
