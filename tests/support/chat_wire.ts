/** The parts of a chat request that the provider looks at. */
export interface ChatRequest {
  /** The name of the model. */
  model?: string;
  /** Whether the answer is an event stream. */
  stream?: boolean;
  /** The conversation; content is a text or a list of parts. */
  messages?: {
    role: string;
    content: string | { type: string; text?: string }[];
  }[];
}

/** Returns the text of the last message with the role `user`. */
export function promptOf(request: ChatRequest): string {
  const content = request.messages
    ?.findLast((message) => message.role === "user")?.content ?? "";
  if (typeof content === "string") return content;
  return content.map((part) => part.text ?? "").join("");
}

/** Returns the response that carries `answer` in the form asked for. */
export function answerResponse(answer: string, request: ChatRequest): Response {
  const common = {
    id: "chatcmpl-1",
    created: Math.floor(Date.now() / 1_000),
    model: request.model ?? "coder-model",
  };
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  if (!request.stream) {
    const message = { role: "assistant", content: answer };
    return Response.json({
      ...common,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: "stop" }],
      usage,
    });
  }
  const chunk = (choices: unknown[], more: object = {}) =>
    JSON.stringify({
      ...common,
      object: "chat.completion.chunk",
      choices,
      ...more,
    });
  const pieces = answer.match(/\s*\S+|\s+$/g) ?? [];
  const events = [
    ...pieces.map((content) =>
      chunk([{
        index: 0,
        delta: { role: "assistant", content },
        finish_reason: null,
      }])
    ),
    chunk([{ index: 0, delta: {}, finish_reason: "stop" }]),
    chunk([], { usage }),
    "[DONE]",
  ];
  return new Response(events.map((it) => `data: ${it}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  });
}
