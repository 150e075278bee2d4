import { assertEquals } from "@std/assert";
import {
  EventStreamParser,
  type StreamEvent,
} from "../../lib/gateway/event_stream.ts";
import { hasContent } from "../../lib/gateway/wire/chat_head.ts";
import { cutAtRandom, random } from "../support/cut.ts";

const STREAMS: Record<string, [text: string, events: StreamEvent[]]> = {
  "one event": ["data: a\n\n", [message("a")]],
  "events with CR": ["data: a\r\rdata: b\r\r", [message("a"), message("b")]],
  "events with CRLF": [
    "data: a\r\n\r\ndata: b\r\n\r\n",
    [message("a"), message("b")],
  ],
  "fields that end with CRLF": [
    "event: error\r\ndata: a\r\ndata: b\r\n\r\n",
    [{ name: "error", data: "a\nb" }],
  ],
  "mixed line ends": [
    "data: a\r\n\ndata: b\r\r\ndata: c\n\r\n",
    [message("a"), message("b"), message("c")],
  ],
  "a byte order mark": ["\ufeffdata: a\n\n", [message("a")]],
  "a second byte order mark": ["\ufeff\ufeffdata: a\n\n", []],
  "data of several lines": [
    "data: a\ndata\ndata:b\ndata:  c\n\n",
    [message("a\n\nb\n c")],
  ],
  "empty data": ["data\n\ndata:\n\n", [message(""), message("")]],
  "a name": ["event: error\ndata: a\n\n", [{ name: "error", data: "a" }]],
  "a name after the data": [
    "data: a\nevent:error\n\ndata: b\n\n",
    [{ name: "error", data: "a" }, message("b")],
  ],
  "a name without data": ["event: error\n\ndata: a\n\n", [message("a")]],
  "comments and other fields": [
    ": hello\n\n:HTTP_STATUS/429\nid: 1\nretry: 5\nDATA: x\ndata: a\nx\n\n",
    [message("a")],
  ],
  "a colon in the data": ["data: a: b\n\n", [message("a: b")]],
  "letters of several bytes": ["data: 额度 🙂\n\n", [message("额度 🙂")]],
  "many blank lines": ["\n\n\n\r\n\r\rdata: a\n\n\n\n", [message("a")]],
  "nothing": ["", []],
};

for (const [what, [text, events]] of Object.entries(STREAMS)) {
  Deno.test(`EventStreamParser.push() reads ${what}`, () => {
    const bytes = new TextEncoder().encode(text);
    assertEquals(new EventStreamParser().push(bytes), events);
  });

  Deno.test(`EventStreamParser.push() reads ${what} byte by byte`, () => {
    const bytes = new TextEncoder().encode(text);
    const pieces = Array.from(bytes, (it) => Uint8Array.of(it));
    assertEquals(readAll(pieces), events);
  });
}

Deno.test("EventStreamParser.push() reads the same however a stream is cut", () => {
  const all = Object.values(STREAMS).map(([text]) => text).join("\n\n");
  const bytes = new TextEncoder().encode(all);
  const expected = readAll([bytes]);
  const next = random(1);
  for (let round = 0; round < 500; round++) {
    assertEquals(readAll(cutAtRandom(bytes, next)), expected);
  }
});

Deno.test("EventStreamParser.push() reads bytes that are not UTF-8", () => {
  const bytes = Uint8Array.of(...new TextEncoder().encode("data: a"), 0xff);
  const pieces = [bytes, new TextEncoder().encode("b\n\n")];
  assertEquals(readAll(pieces), [message("a\ufffdb")]);
});

Deno.test("EventStreamParser.push() leaves out the rest of a line that is too long", () => {
  const parser = new EventStreamParser();
  const piece = new TextEncoder().encode("a".repeat(100_000));
  parser.push(new TextEncoder().encode("data: "));
  for (let i = 0; i < 20; i++) parser.push(piece);
  const [event] = parser.push(new TextEncoder().encode("\n\n"));
  assertEquals(event, message("a".repeat(64 * 1024 - "data: ".length)));
});

Deno.test("EventStreamParser.push() leaves out the rest of data that is too long", () => {
  const line = `data: ${"a".repeat(999)}\n`;
  const bytes = new TextEncoder().encode(`${line.repeat(1_000)}\ndata: b\n\n`);
  const events = new EventStreamParser().push(bytes);
  assertEquals(events.map((it) => it.data.length), [64 * 1024, 1]);
});

const UNFINISHED: Record<string, [text: string, events: StreamEvent[]]> = {
  "a line that has not ended": ["data: a", [message("a")]],
  "an event that has not ended": ["data: a\n", [message("a")]],
  "an event that has not ended after CR": ["data: a\r", [message("a")]],
  "a letter that has not ended": ["data: a\xe9", [message("a\ufffd")]],
  "no data": ["event: error\n", []],
  "an event that has ended": ["data: a\n\n", []],
};

for (const [what, [text, events]] of Object.entries(UNFINISHED)) {
  Deno.test(`EventStreamParser.end() returns what is there after ${what}`, () => {
    const parser = new EventStreamParser();
    parser.push(Uint8Array.from(text, (it) => it.charCodeAt(0)));
    assertEquals(parser.end(), events);
  });
}

function message(data: string): StreamEvent {
  return { name: "message", data };
}

function readAll(pieces: readonly Uint8Array[]): StreamEvent[] {
  const parser = new EventStreamParser();
  return pieces.flatMap((it) => parser.push(it));
}

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
  "an unknown member": delta({ audio: { id: "1" } }),
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
