import { assertEquals, assertRejects } from "@std/assert";
import { ReplayableInput } from "../../lib/process/streams.ts";
import { realSystem } from "../../lib/system/system.ts";
import { sourceOf } from "./programs.ts";

for (const memoryLimit of [0, 4, undefined]) {
  const when = `when memoryLimit is ${memoryLimit}`;

  Deno.test(`ReplayableInput returns everything to every reader ${when}`, async () => {
    const source = sourceOf("one ", "", "two ", "three");
    using input = new ReplayableInput(source, { memoryLimit });
    assertEquals(await textFrom(input.open()), "one two three");
    assertEquals(await textFrom(input.open()), "one two three");
  });

  Deno.test(`ReplayableInput continues live after a part ${when}`, async () => {
    const source = sourceOf("one ", "two ", "three");
    using input = new ReplayableInput(source, { memoryLimit });
    const reader = input.open().getReader();
    await reader.read();
    await reader.cancel();
    assertEquals(source.taken, 1);
    assertEquals(await textFrom(input.open()), "one two three");
  });
}

Deno.test("ReplayableInput reads nothing before it is asked to", async () => {
  const source = sourceOf("one ", "two ");
  using input = new ReplayableInput(source);
  const stream = input.open();
  await realSystem.sleep(0); // a stream that reads ahead does so by now
  assertEquals(source.taken, 0);
  const reader = stream.getReader();
  await reader.read();
  assertEquals(source.taken, 1);
});

Deno.test("ReplayableInput keeps data that arrives after a reader left", async () => {
  const { readable, writable } = new TransformStream<Uint8Array>();
  const writer = writable.getWriter();
  using input = new ReplayableInput(readable);
  const abandoned = input.open().getReader();
  const pending = abandoned.read();
  await abandoned.cancel();
  assertEquals(await pending, { done: true, value: undefined });

  const text = textFrom(input.open());
  await writer.write(new TextEncoder().encode("late"));
  await writer.close();
  assertEquals(await text, "late");
});

Deno.test("ReplayableInput fails the previous stream when opened again", async () => {
  using input = new ReplayableInput(sourceOf("one ", "two "));
  const former = input.open().getReader();
  await former.read();
  const latter = input.open();
  await assertRejects(() => former.read(), TypeError, "opened again");
  assertEquals(await textFrom(latter), "one two ");
});

Deno.test("ReplayableInput fails every reader when the source fails", async () => {
  const chunks = [new TextEncoder().encode("part")];
  const source = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.pop();
      if (!chunk) throw new Error("EIO");
      controller.enqueue(chunk);
    },
  });
  using input = new ReplayableInput(source);
  for (let attempt = 1; attempt <= 2; attempt++) {
    const reader = input.open().getReader();
    assertEquals((await reader.read()).value?.length, 4);
    await assertRejects(() => reader.read(), Error, "EIO");
  }
});

Deno.test("ReplayableInput cancels the source when disposed of", () => {
  let isCanceled = false;
  const source = new ReadableStream<Uint8Array>({
    cancel() {
      isCanceled = true;
    },
  });
  new ReplayableInput(source)[Symbol.dispose]();
  assertEquals(isCanceled, true);
});

function textFrom(stream: ReadableStream): Promise<string> {
  return new Response(stream).text();
}
