import { assertEquals } from "@std/assert";
import { hasContent } from "../../lib/gateway/content.ts";

const EMPTY: Record<string, string> = {
  "only the role": delta({ role: "assistant" }),
  "the role and an empty text": delta({ role: "assistant", content: "" }),
  "no content yet": delta({
    content: null,
    reasoning_content: null,
    tool_calls: [],
    function_call: {},
  }),
  "an empty reason to finish": delta({ content: "" }, ""),
  "no choices": '{"choices":[],"prompt_filter_results":[{"index":0}]}',
};

for (const [what, data] of Object.entries(EMPTY)) {
  Deno.test(`hasContent() is false for a chunk with ${what}`, () => {
    assertEquals(hasContent(data), false);
  });
}

const FULL: Record<string, string> = {
  "text": delta({ content: "Paris" }),
  "a blank": delta({ content: " " }),
  "thoughts": delta({ role: "assistant", reasoning_content: "Let me see" }),
  "a tool call": delta({ tool_calls: [{ index: 0, id: "1" }] }),
  "a refusal": delta({ refusal: "No" }),
  "a member that nobody knows": delta({ audio: { id: "1" } }),
  "a reason to finish": delta({}, "stop"),
  "text in the second choice": JSON.stringify({
    choices: [{ delta: {} }, { delta: { content: "Paris" } }],
  }),
  "choices of another form": '{"choices":[{"index":0,"text":""}]}',
  "no choices but other members": '{"type":"response.created"}',
  "the end": "[DONE]",
  "a document that is cut off": '{"choices":[{"delta":{"content":"Hel',
  "nothing": "",
  "null": "null",
};

for (const [what, data] of Object.entries(FULL)) {
  Deno.test(`hasContent() is true for an event with ${what}`, () => {
    assertEquals(hasContent(data), true);
  });
}

function delta(delta: object, finish_reason: string | null = null): string {
  return JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] });
}
