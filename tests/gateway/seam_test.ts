/**
 * Streams that fail after only comments, keep-alives or a role: another account
 * continues within the same reply.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { gzipSync } from "node:zlib";
import { event } from "../support/replies.ts";
import { fallsSilent, GOOD, says, STREAM_HEAD } from "./raw_gateway.ts";
import { BREAK, HOLD, openReply, streams } from "./opened_streams.ts";

const QUOTA = event(
  '{"error":{"message":"Free allocated quota exceeded.","code":"insufficient_quota"}}',
);
const PINGS = ": OPENROUTER PROCESSING\n\n:\n\n";

/** A chunk of the answer `id`. */
function chunkOf(
  id: string,
  delta: object,
  finish_reason: string | null = null,
): string {
  return event(JSON.stringify({
    id,
    object: "chat.completion.chunk",
    created: id === "a" ? 1 : 2,
    model: `model-of-${id}`,
    choices: [{ index: 0, delta, finish_reason }],
  }));
}

const ROLE = (id: string) => chunkOf(id, { role: "assistant", content: "" });
const TEXT = (id: string) => chunkOf(id, { content: "Pa漢ris" });
const STOP = (id: string) => chunkOf(id, {}, "stop");
const USAGE = (id: string) =>
  event(JSON.stringify({
    id,
    created: id === "a" ? 1 : 2,
    model: `model-of-${id}`,
    choices: [],
    usage: { total_tokens: 3 },
  }));
const DONE = event("[DONE]");
const ANSWER = [ROLE("b"), TEXT("b"), STOP("b"), USAGE("b"), DONE];

/** Returns the data of each event, without anything that is not a chunk. */
function dataOf(text: string): unknown[] {
  return text.split(/\r\n|\n/).filter((it) => it.startsWith("data: "))
    .map((it) => it.slice(6)).map((it) =>
      it === "[DONE]" ? it : JSON.parse(it)
    );
}

/** What a client receives if account 2 continues answer `a`. */
const CONTINUED = dataOf([TEXT("a"), STOP("a"), USAGE("a"), DONE].join(""));

Deno.test("a stream with only keep-alives and then a quota error continues with the whole answer of the next account", async () => {
  await using first = streams([PINGS, HOLD, QUOTA]);
  await using second = streams(ANSWER);
  const reply = await openReply([first, second], PINGS);
  await using _ = reply.gateway;
  assertEquals(reply.opening + await reply.rest(), PINGS + ANSWER.join(""));
  assertEquals(reply.pool.left, [{ account: 1, kind: "quota" }]);
  assertEquals(reply.pool.answers, [2]);
  assertEquals(first.requests.length, 1);
});

/** The forms of the second answer, and what the client receives of it. */
const SECONDS: Record<string, [parts: string[], data: unknown[]]> = {
  "with a chunk for the role": [ANSWER, CONTINUED],
  "in CRLF": [ANSWER.map((it) => it.replaceAll("\n", "\r\n")), CONTINUED],
  "byte by byte": [[...ANSWER.join("")], CONTINUED],
  "with the role beside the text": [
    [chunkOf("b", { role: "assistant", content: "Hi" }), STOP("b"), DONE],
    dataOf(chunkOf("a", { content: "Hi" }) + STOP("a") + DONE),
  ],
  "with reasoning": [
    [ROLE("b"), chunkOf("b", { reasoning_content: "Hm" }), STOP("b"), DONE],
    dataOf(chunkOf("a", { reasoning_content: "Hm" }) + STOP("a") + DONE),
  ],
  "with a tool call": [
    [ROLE("b"), chunkOf("b", { tool_calls: [{ index: 0, id: "t" }] }), DONE],
    dataOf(chunkOf("a", { tool_calls: [{ index: 0, id: "t" }] }) + DONE),
  ],
  "with a refusal": [
    [ROLE("b"), chunkOf("b", { refusal: "No" }), DONE],
    dataOf(chunkOf("a", { refusal: "No" }) + DONE),
  ],
  "with comments": [[": hi\n\n", ...ANSWER], CONTINUED],
};

for (const [what, [parts, data]] of Object.entries(SECONDS)) {
  Deno.test(`a stream with only the role and then a quota error continues as one answer with the next account's ${what}`, async () => {
    await using first = streams([PINGS, ROLE("a"), HOLD, QUOTA]);
    await using second = streams(parts);
    const reply = await openReply([first, second], PINGS + ROLE("a"));
    await using _ = reply.gateway;
    assertEquals(reply.opening, PINGS + ROLE("a"));
    assertEquals(dataOf(await reply.rest()), data);
    assertEquals(reply.pool.left, [{ account: 1, kind: "quota" }]);
    assertEquals(reply.pool.answers, [2]);
  });
}

Deno.test("a stream continues with the next account's when that is compressed", async () => {
  const head = STREAM_HEAD.replace(
    "\r\n\r\n",
    "\r\ncontent-encoding: gzip\r\n\r\n",
  );
  await using first = streams([ROLE("a"), HOLD, QUOTA]);
  await using second = streams([gzipSync(ANSWER.join(""))], head);
  const reply = await openReply([first, second], ROLE("a"));
  await using _ = reply.gateway;
  assertEquals(dataOf(await reply.rest()), CONTINUED);
});

Deno.test("a stream whose last event was passed on in part continues with a complete one", async () => {
  const half = 'data: {"choices":[{"del';
  await using first = streams([PINGS, half, HOLD, BREAK]);
  await using second = streams(ANSWER);
  const reply = await openReply([first, second], PINGS);
  await using _ = reply.gateway;
  assertEquals(reply.opening + await reply.rest(), PINGS + ANSWER.join(""));
  assertEquals(reply.pool.left, [{ account: 1, kind: "transient" }]);
});

Deno.test("a stream continues with the third account when the second is out of quota by its status", async () => {
  await using first = streams([ROLE("a"), HOLD, QUOTA]);
  await using second = says(
    'HTTP/1.1 429 No\r\ncontent-type: application/json\r\n\r\n{"error":{"message":"Free allocated quota exceeded."}}',
  );
  await using third = streams(ANSWER);
  const reply = await openReply([first, second, third], ROLE("a"));
  await using _ = reply.gateway;
  assertEquals(dataOf(await reply.rest()), CONTINUED);
  assertEquals(reply.pool.left.map((it) => it.account), [1, 2]);
});

Deno.test("a stream continues with the third account when the second fails after its role too", async () => {
  await using first = streams([PINGS, HOLD, QUOTA]);
  await using second = streams([ROLE("a"), HOLD, QUOTA]);
  await using third = streams(ANSWER);
  const reply = await openReply([first, second, third], PINGS);
  await using _ = reply.gateway;
  const rest = await reply.rest((it) =>
    it.includes(ROLE("a")) && second.goOn()
  );
  assertEquals(dataOf(rest), [...dataOf(ROLE("a")), ...CONTINUED]);
  assertEquals(reply.pool.left.map((it) => it.account), [1, 2]);
  assertEquals(reply.pool.answers, [3]);
});

Deno.test("a stream ends with an error event when no account is left", async () => {
  await using first = streams([ROLE("a"), HOLD, QUOTA]);
  await using second = streams([QUOTA]);
  const reply = await openReply([first, second], ROLE("a"));
  await using _ = reply.gateway;
  const [{ error }, ...others] = dataOf(await reply.rest()) as [
    { error: Record<string, string> },
  ];
  assertEquals(others, []);
  assertEquals([error.type, error.code], [
    "insufficient_quota",
    "insufficient_quota",
  ]);
  assertEquals(reply.pool.left.map((it) => it.account), [1, 2]);
});

/** Replies of the second account that are not streams. */
const NO_STREAMS: Record<string, [reply: string, said: string]> = {
  "refuses the request": [
    'HTTP/1.1 400 No\r\ncontent-type: application/json\r\n\r\n{"error":{"message":"Invalid parameter","type":"x"}}',
    "Invalid parameter",
  ],
  "answers with a page": ["HTTP/1.1 404 No\r\n\r\n<html>", "<html>"],
  "sends no stream": [GOOD, "no event stream"],
};

for (const [what, [text, said]] of Object.entries(NO_STREAMS)) {
  Deno.test(`a stream ends with an error event when the next account ${what}`, async () => {
    await using first = streams([ROLE("a"), HOLD, QUOTA]);
    await using second = says(text);
    const reply = await openReply([first, second], ROLE("a"));
    await using _ = reply.gateway;
    const rest = await reply.rest();
    assertStringIncludes(rest, said);
    assertEquals(dataOf(rest).length, 1);
    assert(rest.startsWith('data: {"error":{'), rest);
  });
}

Deno.test("a stream passes an error on when an answer has begun", async () => {
  const parts = [TEXT("a"), QUOTA];
  await using first = streams([ROLE("a"), HOLD, ...parts]);
  await using second = streams(ANSWER);
  const reply = await openReply([first, second], ROLE("a"));
  await using gateway = reply.gateway;
  assertEquals(await reply.rest(), parts.join(""));
  await gateway[Symbol.asyncDispose]();
  assertEquals(second.requests.length, 0);
  assertEquals(reply.pool.left, [{ account: 1, kind: "quota" }]);
});

Deno.test("a stream passes an error of the request itself on", async () => {
  const error = event(
    '{"error":{"message":"Invalid parameter","code":400,"status":400}}',
  );
  await using first = streams([ROLE("a"), HOLD, error]);
  await using second = streams(ANSWER);
  const reply = await openReply([first, second], ROLE("a"));
  await using _ = reply.gateway;
  assertEquals(await reply.rest(), error);
  assertEquals([second.requests.length, reply.pool.left], [0, []]);
});

Deno.test("a stream of which only the role arrived ends as it does", async () => {
  await using first = streams([ROLE("a"), HOLD, DONE]);
  const reply = await openReply([first], ROLE("a"));
  await using _ = reply.gateway;
  assertEquals(await reply.rest(), DONE);
});

Deno.test("a stream that breaks in the answer of the next account breaks", async () => {
  await using first = streams([ROLE("a"), HOLD, QUOTA]);
  await using second = streams([ROLE("b"), TEXT("b"), BREAK]);
  const reply = await openReply([first, second], ROLE("a"));
  await using gateway = reply.gateway;
  await assertRejects(() => reply.rest(), TypeError);
  await gateway[Symbol.asyncDispose]();
  assertEquals(reply.pool.left.map((it) => [it.account, it.kind]), [
    [1, "quota"],
    [2, "transient"],
  ]);
});

Deno.test("a stream disconnects from the next account when the client leaves", async () => {
  await using first = streams([ROLE("a"), HOLD, QUOTA]);
  await using second = fallsSilent();
  const reply = await openReply([first, second], ROLE("a"));
  await using _ = reply.gateway;
  const reading = reply.reader.read();
  await second.asked;
  await reply.reader.cancel();
  await second.hungUp;
  await reading;
});
