import { bearer, membersOf, type WireCase } from "./case.ts";
import { OPENAI_ERRORS, openaiType } from "./openai_errors.ts";

const chatEvent = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;

const chunk = (id: string, delta: object, finish_reason?: string) =>
  chatEvent({
    id,
    object: "chat.completion.chunk",
    created: 1,
    model: "coder",
    choices: [{ index: 0, delta, finish_reason: finish_reason ?? null }],
  });

const CHAT_USAGE = {
  prompt_tokens: 11,
  completion_tokens: 7,
  prompt_tokens_details: { cached_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

/** Chat completions. */
export const CHAT: WireCase = {
  name: "openai_chat",
  path: "/chat/completions",
  keyHeaders: [bearer],
  request: { stream: true, messages: [{ role: "user", content: "é漢🙂" }] },
  opening: (id) => chunk(id, { role: "assistant", content: "" }),
  content: (id) => chunk(id, { content: `text of ${id}` }),
  ending: (id) =>
    chunk(id, {}, "stop") + chatEvent({ choices: [], usage: CHAT_USAGE }) +
    "data: [DONE]\n\n",
  keepAlive: ": keep-alive\n\n",
  document: (id) => ({
    id,
    object: "chat.completion",
    choices: [{ message: { role: "assistant", content: `text of ${id}` } }],
    usage: CHAT_USAGE,
  }),
  usage: {
    inputTokens: 11,
    outputTokens: 7,
    cachedTokens: 3,
    reasoningTokens: 2,
  },
  errors: OPENAI_ERRORS,
  errorEvent(name) { // as OpenRouter reports an error of the service behind it
    const { status, body } = OPENAI_ERRORS[name];
    const { message } = membersOf(body.error);
    return chatEvent({ error: { code: status, message } });
  },
  exhausted: { status: 402, type: "insufficient_quota" },
  refused: 401,
  typeOf: openaiType,
  head: /"role":"assistant"/g,
};
