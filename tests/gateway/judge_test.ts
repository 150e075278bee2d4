import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  type JudgeOptions,
  judgeReply as judge,
} from "../../lib/gateway/judge.ts";
import { replyOf } from "../../lib/gateway/reply.ts";
import { judgeReply } from "./judging.ts";
import { NOW } from "../support/account_folder.ts";
import { bodyOf, event, eventStream } from "../support/replies.ts";
import type { VerdictKind } from "../../lib/verdict/policy.ts";

type Kind = VerdictKind | undefined;

Deno.test("judgeReply() judges an error reply that breaks, and breaks it", async () => {
  const body = bodyOf(['{"error":{"mess'], { breaks: true });
  const judged = await judgeReply(new Response(body, { status: 429 }));
  assertEquals(judged.verdict?.kind, "throttle");
  await assertRejects(
    () => judged.response.text(),
    TypeError,
    "the connection is gone",
  );
});

Deno.test("judgeReply() returns an error reply that breaks and can be cancelled", async () => {
  const body = bodyOf(["slow"], { breaks: true });
  const judged = await judgeReply(new Response(body, { status: 429 }));
  await judged.response.body?.cancel();
  assertEquals(judged.verdict?.kind, "throttle");
});

Deno.test("judgeReply() passes on an error reply of any length", async () => {
  const pieces = Array.from({ length: 50 }, () => "x".repeat(10_000));
  const taken: number[] = [];
  const body = bodyOf(pieces, { onPull: (it) => taken.push(it) });
  const judged = await judgeReply(new Response(body, { status: 502 }));
  assertEquals([judged.verdict?.kind, taken.length], ["transient", 7]);
  assertEquals((await judged.response.text()).length, 500_000);
});

Deno.test("judgeReply() passes on the status and the headers of an error", async () => {
  const headers = [["set-cookie", "a=1"], ["set-cookie", "b=2"], ["x-a", "1"]];
  const { response } = await judgeReply(
    new Response("{}", {
      status: 429,
      headers: headers as [string, string][],
    }),
  );
  assertEquals(response.status, 429);
  assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
  assertEquals(response.headers.get("x-a"), "1");
  await response.body?.cancel();
});

const JSON_REPLIES: Record<string, [Kind, string]> = {
  "an error": [
    "quota",
    '{"error":{"code":"insufficient_quota","message":"No"}}',
  ],
  "an error after blanks": ["throttle", ' \n {"error":{"code":429}}'],
  "an error whose request comes first": [
    "quota",
    '{"request_id":"a","code":"Arrearage","message":"Insufficient balance"}',
  ],
  "an object called an error": [
    "quota",
    '{"object":"error","message":"quota exceeded","code":429}',
  ],
  "an object called an error without a code": [
    "quota",
    '{ "object" : "error","message":"quota exceeded","code":null}',
  ],
  "another object": [undefined, '{"object":"list","message":"quota","code":1}'],
  "a good code": [undefined, '{"code":200,"message":"quota exceeded"}'],
  "an error beside choices": [
    undefined,
    '{"error":{"code":429},"choices":[{"message":{"content":"Paris"}}]}',
  ],
  "an error that is too long": [
    undefined,
    `{"error":{"code":429,"message":"${"x".repeat(70_000)}"}}`,
  ],
  "an answer": [undefined, '{"id":"a","error":{"code":429},"code":429}'],
  "no error": [undefined, '{"error":null,"status":"ok"}'],
  "a list": [undefined, '[{"error":{"code":429}}]'],
  "an empty object": [undefined, "{}"],
  "half an error": [undefined, '{"error":{"code":429'],
  "nothing": [undefined, ""],
};

for (const [what, [kind, text]] of Object.entries(JSON_REPLIES)) {
  Deno.test(`judgeReply() returns ${kind} for a JSON reply with ${what}`, async () => {
    const pieces = Array.from(text.match(/[^]{1,999}/g) ?? []);
    const response = new Response(bodyOf(pieces), {
      headers: { "content-type": "application/json; charset=utf-8" },
    });
    const judged = await judgeReply(response);
    assertEquals(judged.verdict?.kind, kind);
    assertEquals(await judged.response.text(), text);
  });
}

Deno.test("judgeReply() does not hold a JSON reply that begins as an answer", async () => {
  const taken: number[] = [];
  const pieces = ["\n", '{"i', 'd":"a",', '"x":1', "}"];
  await judgeReply(
    new Response(bodyOf(pieces, { onPull: (it) => taken.push(it) }), {
      headers: { "content-type": "application/json" },
    }),
  );
  assertEquals(taken, [1, 2, 3]);
});

Deno.test("judgeReply() throws when a JSON reply breaks that may be an error", async () => {
  const body = bodyOf(['{"error":'], { breaks: true });
  const headers = { "content-type": "application/json" };
  await assertRejects(
    () => judgeReply(new Response(body, { headers })),
    TypeError,
  );
});

const OTHERS: Record<string, Response> = {
  "HTML": new Response("<html>429 quota exceeded</html>", {
    headers: { "content-type": "text/html" },
  }),
  "no body": new Response(null, { status: 204 }),
  "a redirect": new Response("429", { status: 302 }),
  "a stream without a body": new Response(null, {
    headers: { "content-type": "text/event-stream" },
  }),
};

for (const [what, response] of Object.entries(OTHERS)) {
  Deno.test(`judgeReply() passes on ${what} itself`, async () => {
    const reply = replyOf(response);
    const judged = await judge(reply);
    assertEquals(judged.verdict, undefined);
    assertStrictEquals(judged.response, reply);
    assertEquals(await judged.later, undefined);
  });
}

Deno.test("judgeReply() judges an error without a body by its status", async () => {
  const reply = replyOf(new Response(null, { status: 401 }));
  const judged = await judge(reply);
  assertEquals(judged.verdict?.kind, "auth");
  assertStrictEquals(judged.response, reply);
});

/** The headers, the body, and the time until the retry. */
const HINTS: Record<string, [Record<string, string>, string, number?]> = {
  "Retry-After": [{ "retry-after": "20" }, "slow down", 20_000],
  "retry-after-ms": [{ "retry-after-ms": "1500" }, "slow down", 1_500],
  "both": [{ "retry-after": "20", "retry-after-ms": "1" }, "slow down", 20_000],
  "a text and retry-after-ms": [
    { "retry-after-ms": "1" },
    "Try again in 30 s",
    30_000,
  ],
  "retry-after-ms without a number": [
    { "retry-after-ms": "soon" },
    "slow down",
  ],
  "retry-after-ms of a quota": [{ "retry-after-ms": "1" }, "quota exceeded"],
};

for (const [what, [headers, text, ms]] of Object.entries(HINTS)) {
  Deno.test(`judgeReply() finds when to try again in ${what}`, async () => {
    const response = new Response(text, { status: 429, headers });
    const judged = await judgeReply(response, options());
    assertEquals(judged.verdict?.retryAt, ms && NOW + ms);
    await judged.response.body?.cancel();
  });
}

Deno.test("judgeReply() uses the quota patterns of the user", async () => {
  const text = event('{"error":{"message":"Come back tomorrow"}}');
  const judged = await judgeReply(eventStream([text]), {
    ...options(),
    quotaPatterns: ["come back"],
    dayBeginsMs: 3_600_000,
  });
  const { kind, retryAt = 0 } = judged.verdict ?? {};
  assertEquals([kind, retryAt % 86_400_000], ["quota", 3_600_000]);
  await judged.response.body?.cancel();
});

function options(): JudgeOptions {
  return { system: { now: () => NOW, sleep: () => new Promise(() => {}) } };
}

for (const [status, kind] of [[402, "quota"], [429, "throttle"]] as const) {
  Deno.test(`judgeReply() returns ${kind} within a second when the body of a ${status} hangs`, async () => {
    const body = bodyOf(["abc"], { hangs: true });
    const limits: number[] = [];
    const system = {
      now: () => NOW,
      sleep(ms: number) {
        limits.push(ms);
        return Promise.resolve();
      },
    };
    const judged = await judgeReply(new Response(body, { status }), { system });
    assertEquals([judged.verdict?.kind, limits], [kind, [900]]);
    await judged.response.body?.cancel();
  });
}
