import { assert, assertEquals } from "@std/assert";
import { replyOf } from "../../lib/gateway/reply.ts";
import { seamless } from "../../lib/gateway/seam.ts";
import { streamOf } from "../../lib/system/byte_source.ts";
import { WIRES } from "../../lib/gateway/wire/wires.ts";
import { eventStream } from "../support/replies.ts";

const CREATED = (more: string) =>
  `event: response.created\ndata: ${
    JSON.stringify({ type: "response.created", response: { more } })
  }\n\n`;

/** Returns a body of `pieces` that stays open, before its answer has begun. */
function opened(pieces: readonly string[]) {
  const body = seamless({
    response: replyOf(eventStream(pieces, { hangs: true })),
    opening: {
      classify: () => undefined,
      onAnswer() {},
      onFailure: () => Promise.reject(new Error("Nothing has failed")),
    },
  }, {
    wire: WIRES.openai_responses,
    onEnd() {},
    onDisconnect() {},
  });
  return streamOf(body).getReader();
}

for (const keepAlive of [": hi\n\n", "event: keepalive\ndata: {}\n\n"]) {
  Deno.test(`seamless() passes ${JSON.stringify(keepAlive)} on while it holds the head back`, async () => {
    const reader = opened([CREATED("a"), keepAlive]);
    const { value } = await reader.read();
    assertEquals(new TextDecoder().decode(value), keepAlive);
    await reader.cancel();
  });
}

Deno.test("seamless() passes a head on that is too large to hold back", async () => {
  const pieces = [1, 2, 3].map(() => CREATED("a".repeat(100_000)));
  const reader = opened(pieces);
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), pieces.join(""));
  await reader.cancel();
});

Deno.test("seamless() holds a head of 200 KB back", async () => {
  const reader = opened([1, 2].map(() => CREATED("a".repeat(100_000))));
  const first = await Promise.race([
    reader.read(),
    new Promise<undefined>((resolve) =>
      setTimeout(() => resolve(undefined), 50)
    ),
  ]);
  assert(first === undefined);
  await reader.cancel();
});
