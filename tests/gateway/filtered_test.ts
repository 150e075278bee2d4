import { assertEquals, assertRejects } from "@std/assert";
import { type Filter, filtered } from "../../lib/gateway/filtered.ts";
import type { ByteSource } from "../../lib/system/byte_source.ts";

Deno.test("FilteredBody.read() passes bytes through all filters in order", async () => {
  const body = filtered(filtered(bodyOf("a", "b"), adds("1")), adds("2"));
  assertEquals(await textsOf(body), ["a12", "b12"]);
});

Deno.test("FilteredBody.read() passes the end of a filter to the later ones", async () => {
  const ends: Filter = { end: () => bytesOf("end") };
  const body = filtered(filtered(bodyOf("a"), ends), adds("2"));
  assertEquals(await textsOf(body), ["a2", "end2"]);
});

Deno.test("FilteredBody.read() reads on if a filter holds everything back", async () => {
  const drops: Filter = {
    push: (bytes) => bytes[0] === 0x61 ? new Uint8Array() : bytes,
  };
  const later: string[] = [];
  const body = filtered(filtered(bodyOf("a", "b", "a"), drops), notes(later));
  assertEquals(await textsOf(body), ["b"]);
  assertEquals(later, ["push", "end"]);
});

Deno.test("FilteredBody.read() gives chunks that were put back to later filters only", async () => {
  const body = filtered(bodyOf("a", "b", "c"), adds("1"));
  const chunks = [await body.read(), await body.read()].filter((it) => !!it);
  body.putBack(chunks);
  filtered(body, adds("2"));
  body.putBack([bytesOf("0")]);
  filtered(body, adds("3"));
  assertEquals(await textsOf(body), ["03", "a123", "b123", "c123"]);
});

Deno.test("FilteredBody.read() tells a filter of the end that is added after it", async () => {
  const seen: string[] = [];
  const body = filtered(bodyOf(), { end: () => bytesOf("rest") });
  const rest = await body.read();
  body.putBack(rest ? [rest] : []);
  filtered(body, notes(seen));
  assertEquals(await textsOf(body), ["rest"]);
  assertEquals(seen, ["push", "end"]);
  assertEquals(await body.read(), undefined);
  assertEquals(seen, ["push", "end"]);
});

Deno.test("FilteredBody.read() tells all filters of a failure", async () => {
  const seen: string[] = [];
  const broken: ByteSource = {
    read: () => Promise.reject(new TypeError("cut")),
    cancel: () => Promise.resolve(),
  };
  const body = filtered(filtered(broken, notes(seen)), notes(seen));
  await assertRejects(() => body.read(), TypeError, "cut");
  assertEquals(seen, ["fail", "fail"]);
});

Deno.test("FilteredBody.read() fails with the error of a filter", async () => {
  const broken: ByteSource = {
    read: () => Promise.reject(new TypeError("cut")),
    cancel: () => Promise.resolve(),
  };
  const body = filtered(broken, {
    fail() {
      throw new RangeError("aborted");
    },
  });
  await assertRejects(() => body.read(), RangeError, "aborted");
});

Deno.test("FilteredBody.cancel() tells all filters, and the body", async () => {
  const seen: string[] = [];
  const source = {
    ...bodyOf("a"),
    cancel: (reason?: unknown) => Promise.resolve(void seen.push(`${reason}`)),
  };
  const body = filtered(filtered(source, notes(seen)), notes(seen));
  await body.cancel("left");
  assertEquals(seen, ["cancel", "cancel", "left"]);
});

function adds(text: string): Filter {
  return { push: (bytes) => bytesOf(textOf(bytes) + text) };
}

function notes(seen: string[]): Filter {
  return {
    push(bytes) {
      seen.push("push");
      return bytes;
    },
    end: () => void seen.push("end"),
    fail: () => void seen.push("fail"),
    cancel: () => void seen.push("cancel"),
  };
}

function bodyOf(...texts: string[]): ByteSource {
  return {
    read: () => {
      const text = texts.shift();
      return Promise.resolve(text === undefined ? undefined : bytesOf(text));
    },
    cancel: () => Promise.resolve(),
  };
}

async function textsOf(body: ByteSource): Promise<string[]> {
  const texts: string[] = [];
  for (let it = await body.read(); it; it = await body.read()) {
    texts.push(textOf(it));
  }
  return texts;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
