import { assertEquals, assertStringIncludes } from "@std/assert";
import { createGateway } from "../../lib/gateway/gateway.ts";
import { messageOf } from "../../lib/system/message_of.ts";
import { NOW } from "../support/account_folder.ts";
import { startUpstream } from "../support/upstream.ts";
import { poolOf } from "./accounts.ts";
import {
  ANSWER,
  askOnce,
  BODY,
  chatRequest,
  ok,
  quota,
  TOKEN,
} from "./asking.ts";
import { gatewayClock } from "./gateway_clock.ts";
import { signalFor } from "../support/deadline.ts";

Deno.test("gateway.fetch() asks the next account when an error event says that one is out of quota", async () => {
  const event = { error: { message: "Free allocated quota exceeded." } };
  await using first = startUpstream(() =>
    new Response(`: hi\n\ndata: ${JSON.stringify(event)}\n\n`, {
      headers: { "content-type": "text/event-stream" },
    })
  );
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  assertEquals((await askOnce({ pool })).text, JSON.stringify(ANSWER));
  assertEquals(pool.left, [{ account: 1, kind: "quota" }]);
});

Deno.test("gateway.fetch() passes an error of the request on unchanged", async () => {
  const text = '{"error": {"message":"Invalid parameter",  "code":"x"}}\n';
  await using first = startUpstream(() =>
    new Response(text, {
      status: 400,
      headers: { "content-type": "application/json", "x-request-id": "r-1" },
    })
  );
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  const reply = await askOnce({ pool });
  assertEquals([reply.status, reply.text], [400, text]);
  assertEquals([pool.left, pool.answers], [[], []]);
});

Deno.test("gateway.fetch() asks as many accounts as it may", async () => {
  await using busy = startUpstream(quota);
  const pool = poolOf(Array<string>(5).fill(busy.url));
  const { status } = await askOnce({ pool, maxRetries: 2 });
  assertEquals([status, busy.requests.length], [429, 3]);
});

Deno.test("gateway.fetch() says when each account will be ready if none is", async () => {
  await using first = startUpstream(quota);
  const readyAt = Date.parse("2030-01-02T03:04:05Z");
  const pool = poolOf([first.url], {
    readiness: [{ index: 1, obstacle: "out of quota", readyAt }],
  });
  const { status, text } = await askOnce({ pool });
  assertEquals(status, 402);
  assertEquals(JSON.parse(text), {
    error: {
      message:
        "No account is ready: account 1 (out of quota) will be ready at 2030-01-02 03:04 UTC",
      type: "insufficient_quota",
      code: "insufficient_quota",
      param: null,
    },
  });
});

Deno.test("gateway.fetch() switches once when 200 requests meet the end of the quota", async () => {
  const all = signalFor("all requests");
  await using first = startUpstream(async (_, number) => {
    if (number === 199) all.resolve();
    await all.promise;
    return quota();
  });
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  await using gateway = createGateway({ token: TOKEN, pool });
  const answers = await Promise.all(
    Array.from({ length: 200 }, async () => {
      const response = await gateway.fetch(chatRequest());
      return [response.status, await response.text()].join(" ");
    }),
  );
  assertEquals(new Set(answers), new Set([`200 ${JSON.stringify(ANSWER)}`]));
  assertEquals(pool.left, [{ account: 1, kind: "quota" }]);
  assertEquals([first, second].map((it) => it.requests.length), [200, 200]);
});

Deno.test("gateway.fetch() asks each account for its own model", async () => {
  await using first = startUpstream(quota);
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  const inner = pool.take;
  pool.take = async () => {
    const turn = await inner();
    const modelFor = (model: string) => `${model}-of-2`;
    return { ...turn, upstream: { ...turn.upstream, modelFor } };
  };
  assertEquals((await askOnce({ pool })).status, 200);
  assertEquals(
    second.requests[0]?.body,
    BODY.replace('"coder"', '"coder-of-2"'),
  );
});

Deno.test("gateway.fetch() tells the pool about an error in the middle of a stream and passes it on", async () => {
  const content = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';
  const error =
    'data: {"error":{"message":"Free allocated quota exceeded."}}\n\n';
  await using first = startUpstream(() =>
    new Response(content + error, {
      headers: { "content-type": "text/event-stream" },
    })
  );
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  assertEquals((await askOnce({ pool })).text, content + error);
  assertEquals(pool.left, [{ account: 1, kind: "quota" }]);
  assertEquals(second.requests.length, 0);
});

Deno.test("gateway.fetch() sends no key to an unsafe address", async () => {
  const asked: string[] = [];
  const system = {
    ...gatewayClock(NOW),
    fetch: (url: string | URL) => {
      asked.push(String(url));
      return Promise.resolve(ok());
    },
  };
  const pool = poolOf(["http://api.example.test/v1"]);
  const { status, text } = await askOnce({ pool, system });
  assertEquals([status, asked], [400, []]);
  assertStringIncludes(text, "must begin with https://");
});

Deno.test("gateway.fetch() says what went wrong when the pool fails", async () => {
  const told: string[] = [];
  const pool = poolOf([]);
  pool.take = () => Promise.reject(new Error("Cannot lock it"));
  const { status, text } = await askOnce({
    pool,
    onError: (it) => told.push(messageOf(it)),
  });
  assertEquals([status, told], [400, ["Cannot lock it"]]); // it stops there
  assertStringIncludes(text, "Cannot lock it");
});
