import { assertEquals, assertRejects } from "@std/assert";
import { breakingWhenCut } from "./judging.ts";
import { openaiChat } from "../../lib/gateway/wire/openai_chat.ts";
import { chunk, event } from "../support/replies.ts";

const TEXT = event(chunk({ content: "Par}is" }));
const STOP = event(
  '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
);

/** Bodies by content type. */
const WHOLE: [type: string, body: string][] = [
  ["text/event-stream", TEXT + STOP],
  ["text/event-stream; charset=utf-8", TEXT + event("[DONE]")],
  ["text/event-stream", TEXT + event("[DONE]").trimEnd()],
  ["text/event-stream", event('{"type":"response.created"}')],
  ["text/event-stream", event('{"error":{"message":"No"}}')],
  ["application/json", '{"id":"1","text":"a \\" } [ b"}\n'],
  ["application/json; charset=utf-8", " []"],
  ["text/plain", "half of"],
];

const CUT: [type: string, body: string][] = [
  ["text/event-stream", ""],
  ["text/event-stream", ": hi\n\n"],
  ["text/event-stream", TEXT],
  ["text/event-stream", TEXT + STOP.slice(0, 30)],
  ["application/json", ""],
  ["application/json", '{"id":"1","text":"a } b'],
  ["application/json", '{"id":"1","list":[1,2]'],
  ["application/json", 'data: {"id":"1"}\n\n'],
];

for (const [type, body] of WHOLE) {
  Deno.test(`breakingWhenCut() ends ${type} ${JSON.stringify(body)}`, async () => {
    for (const size of [1, 7, 10_000]) {
      assertEquals(await read(type, body, size), body);
    }
  });
}

for (const [type, body] of CUT) {
  Deno.test(`breakingWhenCut() breaks ${type} ${JSON.stringify(body)}`, async () => {
    for (const size of [1, 7, 10_000]) {
      await assertRejects(() => read(type, body, size), TypeError, "reset");
    }
  });
}

function read(type: string, body: string, size: number): Promise<string> {
  const bytes = new TextEncoder().encode(body);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    pieces.push(bytes.slice(at, at + size));
  }
  const headers = new Headers({ "content-type": type });
  const passed = breakingWhenCut(ReadableStream.from(pieces), {
    headers,
    wire: openaiChat,
  });
  return new Response(passed).text();
}
