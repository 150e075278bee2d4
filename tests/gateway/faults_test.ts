import { assertEquals, assertRejects } from "@std/assert";
import {
  ask,
  CONTENT_CHUNK,
  fallsSilent,
  gatewayTo,
  GOOD,
  says,
  STREAM_HEAD,
} from "./raw_gateway.ts";

const BROKEN: Record<string, readonly string[]> = {
  "closes without a word": [""],
  "sends garbage": ["\x00\x01 no HTTP\r\n\r\n"],
  "breaks in its header": ["HTTP/1.1 200 OK\r\ncontent-le"],
  "breaks before the first content": [STREAM_HEAD, "9\r\n: hello\n\n"],
};

for (const [what, parts] of Object.entries(BROKEN)) {
  Deno.test(`gateway.fetch() asks the next account when one ${what}`, async () => {
    await using first = says(...parts);
    await using second = says(GOOD);
    const { gateway, pool } = gatewayTo([first, second]);
    await using _ = gateway;
    const response = await gateway.fetch(ask());
    assertEquals(await response.text(), "good");
    assertEquals(pool.left, [{ account: 1, kind: "transient" }]);
  });
}

Deno.test("gateway.fetch() asks the next account when one sends no header for five minutes", async () => {
  await using first = fallsSilent();
  await using second = says(GOOD);
  const { gateway, pool, system } = gatewayTo([first, second]);
  await using _ = gateway;
  const answer = gateway.fetch(ask());
  await first.asked;
  system.passLimit(300_000);
  await first.hungUp;
  assertEquals(await (await answer).text(), "good");
  assertEquals(pool.left, [{ account: 1, kind: "transient" }]);
});

Deno.test("gateway.fetch() breaks the client's stream when the upstream breaks in the middle", async () => {
  await using first = says(STREAM_HEAD, CONTENT_CHUNK);
  await using second = says(GOOD);
  const { gateway } = gatewayTo([first, second]);
  await using _ = gateway;
  const response = await gateway.fetch(ask());
  await assertRejects(() => response.text(), TypeError);
  assertEquals(second.requests.length, 0);
});

Deno.test("gateway.fetch() breaks the client's body when the upstream's is too short", async () => {
  await using first = says("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc");
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const response = await gateway.fetch(ask());
  await assertRejects(() => response.text(), TypeError);
});

Deno.test("gateway.fetch() disconnects when the client leaves before the reply", async () => {
  await using first = fallsSilent();
  const { gateway, pool } = gatewayTo([first]);
  await using _ = gateway;
  const client = new AbortController();
  const answer = gateway.fetch(new Request(ask(), { signal: client.signal }));
  await first.asked;
  client.abort(new Error("gone"));
  await assertRejects(() => answer, Error, "gone");
  await first.hungUp;
  assertEquals(pool.left, []);
});

Deno.test("gateway.fetch() asks no account if the client has left before", async () => {
  await using first = fallsSilent();
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const signal = AbortSignal.abort(new Error("gone"));
  const answer = gateway.fetch(new Request(ask(), { signal }));
  await assertRejects(() => answer, Error, "gone");
});

Deno.test("gateway.fetch() disconnects when the client leaves in the middle of a stream", async () => {
  await using first = fallsSilent(STREAM_HEAD + CONTENT_CHUNK);
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const { body } = await gateway.fetch(ask());
  await body?.cancel();
  await first.hungUp;
});

Deno.test("gateway ends a stream that nobody reads when it ends itself", async () => {
  await using first = fallsSilent(STREAM_HEAD + CONTENT_CHUNK);
  const { gateway } = gatewayTo([first]);
  const response = await gateway.fetch(ask());
  await gateway[Symbol.asyncDispose]();
  await first.hungUp;
  await assertRejects(() => response.text(), DOMException, "has ended");
});
