import { bearer, membersOf, typed, type WireCase } from "./case.ts";
import { OPENAI_ERRORS, openaiType } from "./openai_errors.ts";

const responseOf = (id: string, more: Record<string, unknown>) => ({
  id,
  object: "response",
  created_at: 1,
  status: "in_progress",
  error: null,
  instructions: 'Say "error": {"code": "429"}',
  ...more,
});

const messageItem = (id: string, content: unknown[]) => ({
  type: "message",
  id: `msg_${id}`,
  role: "assistant",
  content,
});

const outputOf = (id: string) => [
  messageItem(id, [
    { type: "output_text", text: `text of ${id}`, annotations: [] },
  ]),
];

const completed = (id: string) =>
  responseOf(id, {
    status: "completed",
    output: outputOf(id),
    usage: {
      input_tokens: 11,
      input_tokens_details: { cached_tokens: 3 },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 2 },
      total_tokens: 18,
    },
  });

/** The responses of OpenAI. */
export const RESPONSES: WireCase = {
  name: "openai_responses",
  path: "/responses",
  keyHeaders: [bearer],
  request: {
    stream: true,
    input: [{ type: "message", role: "user", content: "é漢🙂" }],
  },
  opening: (id) =>
    [
      { type: "response.created", response: responseOf(id, {}) },
      { type: "response.in_progress", response: responseOf(id, {}) },
      {
        type: "response.output_item.added",
        output_index: 0,
        item: messageItem(id, []),
      },
      {
        type: "response.content_part.added",
        item_id: `msg_${id}`,
        output_index: 0,
        content_index: 0,
        part: { type: "output_text", text: "", annotations: [] },
      },
    ].map(typed).join(""),
  content: (id) =>
    typed({
      type: "response.output_text.delta",
      item_id: `msg_${id}`,
      output_index: 0,
      content_index: 0,
      delta: `text of ${id}`,
    }),
  ending: (id) =>
    [
      {
        type: "response.output_item.done",
        output_index: 0,
        item: outputOf(id)[0],
      },
      { type: "response.completed", response: completed(id) },
    ].map(typed).join(""),
  keepAlive: ": keep-alive\n\n",
  document: completed,
  usage: {
    inputTokens: 11,
    outputTokens: 7,
    cachedTokens: 3,
    reasoningTokens: 2,
  },
  errors: OPENAI_ERRORS,
  errorEvent(name) {
    const { code, type, message } = membersOf(OPENAI_ERRORS[name].body.error);
    const error = { code: code ?? type, message };
    const response = responseOf("failed", { status: "failed", error });
    return typed({ type: "response.failed", response });
  },
  exhausted: { status: 429, type: "usage_limit_reached" },
  refused: 401,
  typeOf: (document) =>
    openaiType(document) ??
      membersOf(membersOf(document.response).error).code,
  head: /event: response\.created/g,
};
