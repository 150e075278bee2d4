import { assert, assertEquals } from "@std/assert";
import { SIGNS_OF_FAILURE } from "../../lib/verdict/api_error.ts";
import type { WireName } from "../../lib/agents/formats.ts";
import { WIRES } from "../../lib/gateway/wire/wires.ts";

type Event = { type: string } & Record<string, unknown>;

const LONG = "a".repeat(100_000);

/** Returns an event as a service sends it, whose name repeats its type. */
function named(event: Event): { name: string; data: string } {
  return { name: event.type, data: JSON.stringify(event) };
}

/** Returns the event of a service that sends no names, cut off when long. */
function nameless(event: Event): { name: string; data: string } {
  return { name: "message", data: JSON.stringify(event).slice(0, 65_536) };
}

/** Events that only open an answer, and events that are part of one. */
const EVENTS: readonly (readonly [
  WireName,
  { opens: readonly Event[]; answers: readonly Event[] },
])[] = [
  ["openai_responses", {
    opens: [
      { type: "response.created", response: { id: "r", instructions: LONG } },
      { type: "response.queued", response: {} },
      { type: "response.in_progress", response: {} },
      {
        type: "response.output_item.added",
        item: { type: "reasoning", id: "rs_1", summary: [] },
      },
      {
        type: "response.output_item.added",
        item: { type: "function_call", name: "shell", arguments: "" },
      },
      {
        type: "response.content_part.added",
        part: { type: "output_text", text: "", annotations: [] },
      },
      { type: "response.output_text.delta", delta: "" },
    ],
    answers: [
      {
        type: "response.output_item.added",
        item: { type: "message", content: [{ type: "output_text" }] },
      },
      { type: "response.output_text.delta", delta: "P" },
      { type: "response.reasoning_summary_text.delta", delta: "I think" },
      { type: "response.function_call_arguments.delta", delta: "{" },
      {
        type: "response.output_item.done",
        item: { type: "function_call", name: "shell", arguments: "{}" },
      },
      { type: "response.completed", response: { output: [], text: LONG } },
      { type: "response.incomplete", response: {} },
      { type: "response.unknown.event" },
    ],
  }],
  ["anthropic_messages", {
    opens: [
      { type: "message_start", message: { id: "m", content: [] } },
      { type: "ping" },
      {
        type: "content_block_start",
        content_block: { type: "text", text: "" },
      },
      {
        type: "content_block_start",
        content_block: { type: "thinking", thinking: "", signature: "" },
      },
      {
        type: "content_block_start",
        content_block: { type: "tool_use", id: "t", name: "Bash", input: {} },
      },
      {
        type: "content_block_delta",
        delta: { type: "input_json_delta", partial_json: "" },
      },
      { type: "content_block_stop" },
    ],
    answers: [
      {
        type: "content_block_start",
        content_block: { type: "redacted_thinking", data: "x" },
      },
      { type: "content_block_delta", delta: { type: "text_delta", text: "P" } },
      {
        type: "content_block_delta",
        delta: { type: "thinking_delta", thinking: "I think" },
      },
      {
        type: "content_block_delta",
        delta: { type: "input_json_delta", partial_json: "{" },
      },
      { type: "message_delta", delta: { stop_reason: "end_turn" } },
      { type: "message_stop" },
      { type: "unknown" },
    ],
  }],
];

for (const [name, { opens, answers }] of EVENTS) {
  const wire = WIRES[name];
  const cases = [
    ...opens.map((it) => [it, false] as const),
    ...answers.map((it) => [it, true] as const),
  ];
  for (const [at, [event, isContent]] of cases.entries()) {
    const what = `${event.type} (${at})`;
    Deno.test(`${name} says that ${what} ${isContent ? "is" : "is not"} part of an answer`, () => {
      for (const sent of [named(event), nameless(event)]) {
        assertEquals(wire.hasContent(sent), isContent);
        assertEquals(wire.parseEvent(sent), undefined);
      }
    });
  }
}

/** Errors in a stream, in the forms that services send. */
const ERRORS:
  readonly (readonly [WireName, Event, status: number | undefined])[] = [
    ["openai_responses", {
      type: "response.failed",
      response: {
        status: "failed",
        error: { code: "server_is_overloaded", message: "Try {later}" },
        instructions: LONG,
      },
    }, 503],
    ["openai_responses", {
      type: "response.failed",
      response: { error: { code: "new_code", message: "Try {later}" } },
    }, undefined],
    ["openai_responses", {
      type: "error",
      code: "rate_limit_exceeded",
      message: "Try {later}",
    }, undefined],
    ["anthropic_messages", {
      type: "error",
      error: { type: "overloaded_error", message: "Try {later}" },
    }, 529],
    ["anthropic_messages", {
      type: "error",
      error: { type: "new_error", message: "Try {later}" },
    }, undefined],
    ["anthropic_messages", {
      type: "error",
      message: "Try {later}",
    }, undefined],
  ];

for (const [at, [name, event, status]] of ERRORS.entries()) {
  Deno.test(`${name} reads the error event ${event.type} (${at})`, () => {
    const wire = WIRES[name];
    const { data } = nameless(event);
    for (const sent of [{ ...named(event), data }, nameless(event)]) {
      const error = wire.parseEvent(sent);
      assertEquals(error?.status, status);
      assertEquals(error?.message, "Try {later}");
      const text = `event: ${sent.name}\ndata: ${sent.data}\n\n`;
      assert(SIGNS_OF_FAILURE.some((it) => text.includes(it)), text);
    }
  });
}

/** Documents with status 200: the code of the error, or that it is an answer. */
const DOCUMENTS: readonly (readonly [
  WireName,
  Record<string, unknown>,
  code: string | "answer" | undefined,
])[] = [
  ["openai_responses", {
    id: "resp_1",
    object: "response",
    status: "failed",
    error: { code: "insufficient_quota", message: "You have no quota" },
  }, "insufficient_quota"],
  ["openai_responses", {
    id: "resp_1",
    object: "response",
    status: "completed",
    error: null,
    output: [],
  }, "answer"],
  ["openai_responses", { object: "list", data: [] }, "answer"],
  ["openai_responses", { models: [] }, "answer"],
  ["anthropic_messages", {
    type: "error",
    error: { type: "rate_limit_error", message: "Slow down" },
  }, "rate_limit_error"],
  ["anthropic_messages", { type: "message", content: [] }, "answer"],
  ["anthropic_messages", { model: "m", id: "msg_1", role: "x" }, "answer"],
  ["anthropic_messages", { input_tokens: 10 }, "answer"],
  ["anthropic_messages", { data: [], has_more: false }, "answer"],
  ["anthropic_messages", { other: 1 }, undefined],
];

for (const [name, document, code] of DOCUMENTS) {
  const text = JSON.stringify(document);
  Deno.test(`${name} reads ${text}`, () => {
    const wire = WIRES[name];
    assertEquals(wire.beginsAnswer(text), code === "answer");
    const error = wire.parseDocument(text);
    assertEquals(error?.code, code === "answer" ? undefined : code);
  });
}

/** Whether a stream may end after an event. */
const ENDS: readonly (readonly [WireName, Event, boolean])[] = [
  ["openai_responses", { type: "response.output_item.done" }, false],
  ["openai_responses", { type: "response.completed" }, true],
  ["openai_responses", { type: "response.incomplete" }, true],
  ["openai_responses", { type: "response.failed" }, true],
  ["openai_responses", { type: "error" }, true],
  ["anthropic_messages", { type: "message_start" }, false],
  ["anthropic_messages", { type: "ping" }, false],
  ["anthropic_messages", { type: "content_block_stop" }, false],
  ["anthropic_messages", { type: "message_delta", delta: {} }, false],
  [
    "anthropic_messages",
    { type: "message_delta", delta: { stop_reason: "end_turn" } },
    true,
  ],
  ["anthropic_messages", { type: "message_stop" }, true],
  ["anthropic_messages", { type: "error" }, true],
];

for (const [name, event, mayEnd] of ENDS) {
  const text = JSON.stringify(event);
  Deno.test(`${name} ${mayEnd ? "may" : "may not"} end after ${text}`, () => {
    for (const sent of [named(event), nameless(event)]) {
      assertEquals(WIRES[name].mayEndAfter(sent), mayEnd);
    }
  });
}

Deno.test("openai_responses says when to try again, and not to retry before", () => {
  const { openai_responses: wire } = WIRES;
  const error = {
    fault: "exhausted",
    message: "None",
    readyAt: 1_500,
  } as const;
  assertEquals(wire.ownReply(error), {
    status: 429,
    body: {
      error: {
        message: "None",
        type: "usage_limit_reached",
        code: "usage_limit_reached",
        param: null,
        resets_at: 2,
      },
    },
    headers: { "x-should-retry": "false" },
  });
});
