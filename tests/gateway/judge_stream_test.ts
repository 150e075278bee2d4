import { assertEquals, assertRejects } from "@std/assert";
import { type JudgedResponse, judgeReply } from "./judging.ts";
import type { ApiError } from "../../lib/verdict/api_error.ts";
import { NOW } from "../support/account_folder.ts";
import { chunk, event, eventStream } from "../support/replies.ts";
import { signalFor } from "../support/deadline.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

type Kind = VerdictKind | undefined;

const ROLE = event(chunk({ role: "assistant", content: "" }));
const PARIS = event(chunk({ content: "Paris" }));
const QUOTA = event(
  '{"error":{"message":"Free allocated quota exceeded.","code":"insufficient_quota"}}',
);

const OUT_OF_QUOTA: ApiError = {
  source: "http",
  status: undefined,
  code: "insufficient_quota",
  message: "Free allocated quota exceeded.",
};

/** The start of a stream before any part of an answer, and its verdict. */
const FIRST_EVENTS: Record<string, [Kind, string]> = {
  "an error": ["quota", QUOTA],
  "an error after the role": ["quota", ROLE + QUOTA],
  "an error after comments": ["quota", `: PROCESSING\n\n${ROLE}:\n${QUOTA}`],
  "an error after no choices": ["quota", event('{"choices":[]}') + QUOTA],
  "an error in the middle of a line": [undefined, `data: x${QUOTA}`],
  "an error in CR alone": ["quota", QUOTA.replaceAll("\n", "\r")],
  "an error that has not ended": ["quota", QUOTA.trimEnd()],
  "an event called error (DashScope)": [
    "throttle",
    'id:1\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling.RateQuota","message":"Requests rate limit exceeded","request_id":"a"}\n\n',
  ],
  "an event called error with plain text": [
    "throttle",
    "event: error\ndata: Too many requests\n\n",
  ],
  "an event called error (Anthropic)": [
    "transient",
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n',
  ],
  "an error beside choices (OpenRouter)": [
    "throttle",
    event(
      '{"id":"a","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"code":429,"message":"Provider returned error"}}',
    ),
  ],
  "a JSON error that is not an event": ["quota", QUOTA.slice("data: ".length)],
  "an answer": [undefined, PARIS],
  "an answer after the role": [undefined, ROLE + PARIS],
  "an answer about an error": [
    undefined,
    event(chunk({ content: '{"error":{"code":"insufficient_quota"}}' })),
  ],
  "an error that no rule knows": [undefined, event('{"error":"It broke"}')],
  "no event": [undefined, ""],
  "comments only": [undefined, ": a\n\n: b\n\n"],
  "only the end": [undefined, event("[DONE]")],
  "HTML": [undefined, "<html>429 quota exceeded</html>"],
};

for (const [what, [kind, text]] of Object.entries(FIRST_EVENTS)) {
  Deno.test(`judgeReply() returns ${kind} for a stream with ${what}`, async () => {
    const judged = await judgeReply(eventStream([text]));
    assertEquals(judged.verdict?.kind, kind);
    assertEquals(await judged.response.text(), text);
    assertEquals(await judged.later, undefined);
  });
}

Deno.test("judgeReply() reports the meaning of an error event before passing it on", async () => {
  const judged = await judgeReply(
    eventStream([ROLE, PARIS, QUOTA], { hangs: true }),
  );
  const reader = bodyOfReply(judged).getReader();
  let text = "";
  while (!text.includes(QUOTA)) {
    text += new TextDecoder().decode((await reader.read()).value);
  }
  assertEquals((await judged.later)?.kind, "quota");
  await reader.cancel();
});

Deno.test("judgeReply() reports only the first error of a stream", async () => {
  const text = PARIS + event('{"error":{"code":"x","status":429}}') + QUOTA;
  const judged = await judgeReply(eventStream([text]));
  await judged.response.text();
  assertEquals((await judged.later)?.kind, "throttle");
});

Deno.test("judgeReply() holds a stream until a part of an answer arrives", async () => {
  const taken: number[] = [];
  const pieces = [ROLE, ": wait\n\n", PARIS, PARIS];
  await judgeReply(eventStream(pieces, { onPull: (it) => taken.push(it) }));
  assertEquals(taken, [1, 2, 3]);
});

Deno.test("judgeReply() reads a stream no faster than its reader", async () => {
  const taken: number[] = [];
  const judged = await judgeReply(
    eventStream([PARIS, PARIS, PARIS], { onPull: (it) => taken.push(it) }),
  );
  const reader = bodyOfReply(judged).getReader();
  assertEquals(taken, [1]);
  await reader.read();
  assertEquals(taken, [1]);
  await reader.read();
  assertEquals(taken, [1, 2]);
  await reader.cancel();
});

Deno.test("judgeReply() passes on what it held when the time is up", async () => {
  const more = signalFor("the reader to want more");
  const pieces = [ROLE, QUOTA];
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (pieces.length === 1) await more.promise;
      const piece = pieces.shift();
      if (piece === undefined) return controller.close();
      controller.enqueue(new TextEncoder().encode(piece));
    },
  }, { highWaterMark: 0 });
  const sleeps: number[] = [];
  const system = {
    now: () => NOW,
    sleep: (ms: number) => {
      sleeps.push(ms);
      return new Promise<void>((resolve) => setTimeout(resolve));
    },
  };
  const judged = await judgeReply(
    new Response(body, { headers: { "content-type": "text/event-stream" } }),
    { holdMs: 7, system },
  );
  assertEquals([judged.verdict, sleeps], [undefined, [7]]);
  more.resolve();
  assertEquals(await judged.response.text(), ROLE + QUOTA);
  // No part of an answer came before it, so the caller decides.
  assertEquals(await judged.later, undefined);
  assertEquals(judged.classify?.(OUT_OF_QUOTA)?.kind, "quota");
});

Deno.test("judgeReply() passes on what it held when that gets too large", async () => {
  const taken: number[] = [];
  const judged = await judgeReply(
    eventStream([ROLE, ROLE, ROLE, QUOTA], { onPull: (it) => taken.push(it) }),
    { holdBytes: 2 * ROLE.length },
  );
  assertEquals([judged.verdict, taken], [undefined, [1, 2]]);
  assertEquals(await judged.response.text(), ROLE + ROLE + ROLE + QUOTA);
  assertEquals(await judged.later, undefined);
  assertEquals(judged.classify?.(OUT_OF_QUOTA)?.kind, "quota");
});

Deno.test("judgeReply() throws when a stream breaks before any part of an answer", async () => {
  const response = eventStream([ROLE], { breaks: true });
  await assertRejects(
    () => judgeReply(response),
    TypeError,
    "the connection is gone",
  );
});

Deno.test("judgeReply() recognizes an error after which a stream breaks", async () => {
  const judged = await judgeReply(
    eventStream([QUOTA.trimEnd()], { breaks: true }),
  );
  assertEquals(judged.verdict?.kind, "quota");
  await assertRejects(() => judged.response.text(), TypeError);
  assertEquals(await judged.later, undefined);
});

Deno.test("judgeReply() breaks its stream when the reply breaks in an answer", async () => {
  const judged = await judgeReply(
    eventStream([PARIS, PARIS], { breaks: true }),
  );
  const reader = bodyOfReply(judged).getReader();
  let text = "";
  await assertRejects(
    async () => {
      while (true) {
        text += new TextDecoder().decode((await reader.read()).value);
      }
    },
    TypeError,
    "the connection is gone",
  );
  assertEquals([judged.verdict, text], [undefined, PARIS + PARIS]);
  assertEquals((await judged.later)?.kind, "transient");
});

for (const pieces of [[PARIS], [QUOTA]]) {
  Deno.test(`judgeReply() cancels a stream that begins with ${pieces[0]?.trim()}`, async () => {
    const cancelled = signalFor("the stream to be cancelled");
    const response = eventStream(pieces, {
      hangs: true,
      onCancel: () => cancelled.resolve(),
    });
    const judged = await judgeReply(response);
    await judged.response.body?.cancel();
    await cancelled.promise;
    assertEquals(await judged.later, undefined);
  });
}

Deno.test("judgeReply() cancels a stream that it waits for", async () => {
  const cancelled = signalFor("the stream to be cancelled");
  const judged = await judgeReply(
    eventStream([PARIS], { hangs: true, onCancel: () => cancelled.resolve() }),
  );
  const reader = bodyOfReply(judged).getReader();
  await reader.read();
  const waiting = reader.read();
  await reader.cancel();
  await cancelled.promise;
  assertEquals((await waiting).done, true);
  assertEquals(await judged.later, undefined);
});

function bodyOfReply({ response }: JudgedResponse): ReadableStream<Uint8Array> {
  if (!response.body) throw new TypeError("Cannot read the reply: no body");
  return response.body;
}
