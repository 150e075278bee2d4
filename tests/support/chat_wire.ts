/** The parts of a chat request that the service reads. */
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

/** A tool that the model asks for. */
export interface ToolCall {
  /** Its name, such as `list_directory`. */
  name: string;
  /** Its arguments. */
  args: Record<string, unknown>;
}

/** Returns the response with `answer` in the requested form. */
export function answerResponse(answer: string, request: ChatRequest): Response {
  const pieces = answer.match(/\s*\S+|\s+$/g) ?? [];
  return request.stream
    ? streamOf(pieces.map((content) => ({ content })), "stop", request)
    : wholeOf({ content: answer }, "stop", request);
}

/** Returns the response that asks for `call`, in the requested form. */
export function toolCallResponse(
  { name, args }: ToolCall,
  request: ChatRequest,
): Response {
  const id = crypto.randomUUID();
  const called = { name, arguments: JSON.stringify(args) };
  const call = { id, type: "function", function: called };
  return request.stream
    ? streamOf(
      [{ tool_calls: [{ index: 0, ...call }] }],
      "tool_calls",
      request,
    )
    : wholeOf({ content: null, tool_calls: [call] }, "tool_calls", request);
}

const USAGE = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function commonOf(request: ChatRequest) {
  return {
    id: "chatcmpl-1",
    created: Math.floor(Date.now() / 1_000),
    model: request.model ?? "coder-model",
  };
}

function wholeOf(
  part: object,
  finish_reason: string,
  request: ChatRequest,
): Response {
  const message = { role: "assistant", ...part };
  return Response.json({
    ...commonOf(request),
    object: "chat.completion",
    choices: [{ index: 0, message, finish_reason }],
    usage: USAGE,
  });
}

function streamOf(
  parts: readonly object[],
  finish_reason: string,
  request: ChatRequest,
): Response {
  const common = commonOf(request);
  const chunk = (choices: unknown[], more: object = {}) =>
    JSON.stringify({
      ...common,
      object: "chat.completion.chunk",
      choices,
      ...more,
    });
  const events = [
    ...parts.map((part) =>
      chunk([{
        index: 0,
        delta: { role: "assistant", ...part },
        finish_reason: null,
      }])
    ),
    chunk([{ index: 0, delta: {}, finish_reason }]),
    chunk([], { usage: USAGE }),
    "[DONE]",
  ];
  return new Response(events.map((it) => `data: ${it}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  });
}
