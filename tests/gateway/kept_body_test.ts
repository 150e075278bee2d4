import { assertEquals, assertRejects } from "@std/assert";
import { KeptBody } from "../../lib/gateway/kept_body.ts";
import { replyOf } from "../../lib/gateway/reply.ts";
import { streamOf } from "../../lib/system/byte_source.ts";

const LIMIT = 64;

/** Returns what would be sent, and whether it is all in memory. */
async function sent(kept: KeptBody | undefined, model?: string) {
  const body = await kept?.outgoing({ model });
  const bytes = body && await new Response(streamOf(body.open())).bytes();
  assertEquals(bytes?.length, body?.size);
  if (body?.bytes) assertEquals(bytes, body.bytes);
  const text = new TextDecoder().decode(bytes);
  return { text, isInMemory: body?.bytes !== undefined };
}

function keep(body: string | null, type = "application/json") {
  const sent = new Response(body, { headers: { "content-type": type } });
  return KeptBody.of(replyOf(sent), LIMIT);
}

Deno.test("KeptBody.of() is undefined when there is no body", async () => {
  assertEquals(await keep(null), undefined);
});

for (const size of [0, 1, LIMIT, LIMIT + 1, 200_000]) {
  Deno.test(`KeptBody sends ${size} bytes as many times as it is asked to`, async () => {
    const text = JSON.stringify("é".repeat(size)).slice(0, size);
    using kept = await keep(text);
    const first = await sent(kept);
    assertEquals(first.text, text);
    assertEquals(await sent(kept), first);
    const bytes = new TextEncoder().encode(text).length;
    assertEquals(first.isInMemory, bytes <= LIMIT);
  });
}

const LONG = "x".repeat(1_000);
const BODIES = {
  "in memory": { model: "a", text: "b" },
  "on the disk": { model: "a", text: LONG },
  "on the disk, with the model at its end": { text: LONG, model: "a" },
};

for (const [where, body] of Object.entries(BODIES)) {
  Deno.test(`KeptBody changes only the model when it is ${where}`, async () => {
    using kept = await keep(JSON.stringify(body));
    assertEquals(await kept?.model(), "a");
    const { text } = await sent(kept, "other");
    assertEquals(text, JSON.stringify({ ...body, model: "other" }));
  });
}

Deno.test("KeptBody.model() is undefined when the body is not JSON", async () => {
  using kept = await keep('{"model":"a"}', "multipart/form-data");
  assertEquals(await kept?.model(), undefined);
});

Deno.test("KeptBody.of() rejects when the client is cut off", async () => {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.error(new Error("gone")),
  });
  const sent = replyOf(new Response(body));
  await assertRejects(() => KeptBody.of(sent, LIMIT), Error, "gone");
});

Deno.test("KeptBody keeps its bytes after disposal until they are sent", async () => {
  const text = LONG.repeat(200);
  const kept = await keep(text);
  const source = (await kept?.outgoing({}))?.open();
  kept?.[Symbol.dispose]();
  assertEquals(await new Response(source && streamOf(source)).text(), text);
});

Deno.test("KeptBody releases its bytes when they were not sent", async () => {
  const text = LONG.repeat(200);
  const kept = await keep(text);
  const source = (await kept?.outgoing({}))?.open();
  await source?.cancel();
  kept?.[Symbol.dispose]();
  const left = await new Response(source && streamOf(source)).text();
  assertEquals(left, text.slice(0, LIMIT)); // already read, and in memory
});
