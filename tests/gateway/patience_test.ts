import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Wait } from "../../lib/gateway/forward.ts";
import { startUpstream } from "../support/upstream.ts";
import { poolOf } from "./accounts.ts";
import {
  ANSWER,
  askOnce,
  BODY,
  broken,
  LEAVING,
  ok,
  refuse,
} from "./asking.ts";

for (const [kind, answer] of Object.entries(LEAVING)) {
  Deno.test(`gateway.fetch() asks the next account at once when one says ${kind}`, async () => {
    await using first = startUpstream(answer);
    await using second = startUpstream(ok);
    const pool = poolOf([first.url, second.url]);

    const { status, text, pauses } = await askOnce({ pool });

    assertEquals([status, text], [200, JSON.stringify(ANSWER)]);
    assertEquals(pauses, []);
    assertEquals(pool.left.map((it) => [it.account, String(it.kind)]), [
      [1, kind],
    ]);
    assertEquals(pool.answers, [2]);
    assertEquals([first, second].map((it) => it.requests.map((r) => r.body)), [
      [BODY],
      [BODY],
    ]);
    assertEquals(
      second.requests[0]?.headers.get("authorization"),
      "Bearer sk-2",
    );
  });
}

Deno.test("gateway.fetch() waits and asks the same account when it is throttled for a short time", async () => {
  await using first = startUpstream((_, number) =>
    number === 0
      ? refuse(429, "Requests rate limit exceeded", { "retry-after": "3" })()
      : ok()
  );
  const pool = poolOf([first.url, "http://127.0.0.1:1"]);
  const waits: Wait[] = [];
  const { status, pauses } = await askOnce({
    pool,
    onWait: (it) => waits.push(it),
  });
  assertEquals([status, pauses, pool.left], [200, [3_000], []]);
  assertEquals(waits, [{ account: 1, ms: 3_000 }]);
});

Deno.test("gateway.fetch() waits for a moment when a throttle names no time", async () => {
  const answer = refuse(429, "Requests rate limit exceeded");
  await using first = startUpstream(answer);
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  const { status, pauses } = await askOnce({ pool });
  assertEquals([status, pauses], [200, [300]]);
  assertEquals(pool.left, [{ account: 1, kind: "throttle" }]);
  assertEquals(first.requests.length, 2);
});

Deno.test("gateway.fetch() asks the next account when a throttle is long", async () => {
  await using first = startUpstream(
    refuse(429, "Requests rate limit exceeded", { "retry-after": "11" }),
  );
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  const { status, pauses } = await askOnce({ pool });
  assertEquals([status, pauses, first.requests.length], [200, [], 1]);
});

Deno.test("gateway.fetch() waits for the end of a long throttle when there is no other account", async () => {
  await using first = startUpstream((_, number) =>
    number === 0
      ? refuse(429, "Requests rate limit exceeded", { "retry-after": "45" })()
      : ok()
  );
  const { status, pauses } = await askOnce({ pool: poolOf([first.url]) });
  assertEquals([status, pauses], [200, [45_000]]);
});

Deno.test("gateway.fetch() stops waiting for a throttled account after 100 s when there is no other", async () => {
  await using first = startUpstream(
    refuse(429, "Requests rate limit exceeded", { "retry-after": "50" }),
  );
  const { status, text, pauses } = await askOnce({ pool: poolOf([first.url]) });
  assertEquals([status, pauses], [402, [50_000, 50_000]]);
  assertStringIncludes(text, "account 1 (rate-limited) will be ready at ");
});

Deno.test("gateway.fetch() never asks in a loop when every throttle ends at once", async () => {
  await using first = startUpstream(
    refuse(429, "Requests rate limit exceeded", { "retry-after": "0.01" }),
  );
  const { status, pauses } = await askOnce({ pool: poolOf([first.url]) });
  assertEquals(status, 402);
  assertEquals(pauses, [10, ...Array<number>(99).fill(1_000)]);
});

Deno.test("gateway.fetch() asks again with a new token when the old one is refused", async () => {
  await using first = startUpstream(({ headers }) =>
    headers.get("authorization") === "Bearer new" ? ok() : LEAVING.auth()
  );
  const pool = poolOf([first.url], { newTokens: ["new"] });
  assertEquals((await askOnce({ pool })).status, 200);
  assertEquals([pool.renewals, pool.left], [1, []]);
});

Deno.test("gateway.fetch() requests only one new token when that is refused too", async () => {
  await using first = startUpstream(LEAVING.auth);
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url], {
    newTokens: ["new", "newer"],
  });
  assertEquals((await askOnce({ pool })).status, 200);
  assertEquals(pool.renewals, 1);
  assertEquals(pool.left, [{ account: 1, kind: "auth" }]);
});

Deno.test("gateway.fetch() tries a broken account three times, then the next", async () => {
  await using first = startUpstream(broken);
  await using second = startUpstream(ok);
  const pool = poolOf([first.url, second.url]);
  const { status, pauses } = await askOnce({ pool });
  assertEquals([status, pauses], [200, [500, 1_000]]);
  assertEquals(first.requests.length, 3);
  assertEquals(pool.left, [{ account: 1, kind: "transient" }]);
});

Deno.test("gateway.fetch() passes the last reply on when every account is broken", async () => {
  await using first = startUpstream(broken);
  await using second = startUpstream(
    refuse(500, "Second", { "x-request-id": "r-2" }),
  );
  const pool = poolOf([first.url, second.url]);
  const { status, text } = await askOnce({ pool, backoffMs: [] });
  assertEquals(status, 500);
  assertEquals(text, JSON.stringify({ error: { message: "Second" } }));
});

Deno.test("gateway.fetch() says that it cannot reach the only account", async () => {
  const { status, text, pauses } = await askOnce({
    pool: poolOf([`http://127.0.0.1:${closedPort()}/v1`]),
  });
  assertEquals([status, pauses], [502, [500, 1_000]]);
  assertStringIncludes(text, "account 1: it refuses the connection");
});

function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
