import { assertEquals, assertMatch } from "@std/assert";
import { concealedIn, isUnmistakable } from "../../lib/gateway/conceal.ts";
import { concealed, judgeReply } from "./judging.ts";
import { bodyOf, event, eventStream } from "../support/replies.ts";
import { signalFor } from "../support/deadline.ts";

const SECRET = "ms-9c8b7a65-4321";

const TEXTS: Record<string, string> = {
  "": "",
  "no key, m ms ms- here": "no key, m ms ms- here",
  [`${SECRET} and again ${SECRET}${SECRET}`]:
    "[redacted] and again [redacted][redacted]",
  [`ms-9c8b7a65-4ms-${SECRET}!`]: "ms-9c8b7a65-4ms-[redacted]!",
  [`é漢🙂 ${SECRET.slice(0, -1)}`]: `é漢🙂 ${SECRET.slice(0, -1)}`,
};

const BASE64 = (text: string) => new TextEncoder().encode(text).toBase64();

/** The secret in other forms, and what may remain of the text around it. */
const ENCODED: Record<string, RegExp> = {
  [`key ${BASE64(SECRET)} ok`]: /^key \[redacted\]=* ok$/,
  [`key ${BASE64(`x${SECRET}`)} ok`]:
    /^key [\w+/]{0,2}\[redacted\][\w+/]{0,1}=* ok$/,
  [`key ${BASE64(`Bearer ${SECRET}\n`)} ok`]:
    /^key [\w+/]{8,12}\[redacted\][\w+/]{0,4}=* ok$/,
  [`key ${BASE64(`user:${SECRET}:`)} ok`]:
    /^key [\w+/]{5,8}\[redacted\][\w+/]{0,4}=* ok$/,
  [`?key=${SECRET.replaceAll("-", "%2D")}&x`]: /^\?key=\[redacted\]&x$/,
  [`?key=${SECRET.replaceAll("-", "%2d")}&x`]: /^\?key=\[redacted\]&x$/,
  [
    `?key=${
      [...SECRET].map((it) => `%${it.charCodeAt(0).toString(16)}`).join("")
    }&x`
  ]: /^\?key=\[redacted\]&x$/,
  "100% ms-9c8b7a65%2D432 %": /^100% ms-9c8b7a65%2D432 %$/,
};

for (const [text, expected] of Object.entries(ENCODED)) {
  Deno.test(`concealed() finds the secret in "${text}" however it is cut`, async () => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at <= bytes.length; at++) {
      const pieces = [bytes.slice(0, at), bytes.slice(at)];
      const body = concealed(ReadableStream.from(pieces), SECRET);
      assertMatch(await new Response(body).text(), expected);
    }
    const each = ReadableStream.from([...bytes].map((it) => Uint8Array.of(it)));
    assertMatch(await new Response(concealed(each, SECRET)).text(), expected);
    assertMatch(concealedIn(text, SECRET), expected);
  });
}

for (const [text, expected] of Object.entries(TEXTS)) {
  Deno.test(`concealed() returns "${expected}" however it is cut`, async () => {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at <= bytes.length; at++) {
      const pieces = [bytes.slice(0, at), bytes.slice(at)];
      const body = concealed(ReadableStream.from(pieces), SECRET);
      assertEquals(await new Response(body).text(), expected);
    }
    const each = ReadableStream.from([...bytes].map((it) => Uint8Array.of(it)));
    assertEquals(await new Response(concealed(each, SECRET)).text(), expected);
    assertEquals(concealedIn(text, SECRET), expected);
  });
}

Deno.test("concealed() waits for nothing after a complete event", async () => {
  const open = signalFor("the reader to have the first part");
  const body = new ReadableStream<Uint8Array>({
    start: (it) => it.enqueue(new TextEncoder().encode("data: 1\n\n")),
    pull: () => open.promise,
  });
  const reader = concealed(body, SECRET).getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "data: 1\n\n");
  open.resolve();
  await reader.cancel();
});

Deno.test("concealed() leaves a body alone when the key is a letter", async () => {
  assertEquals(
    await new Response(concealed(bodyOf(["key"]), "k")).text(),
    "key",
  );
});

const SECRETS = {
  [SECRET]: true,
  "sk-no-key-required": false,
  "lm-studio": false,
};

for (const [secret, expected] of Object.entries(SECRETS)) {
  Deno.test(`isUnmistakable() returns ${expected} for ${secret}`, () => {
    assertEquals(isUnmistakable(secret), expected);
  });
}

const JSON_TYPE = "application/json";
const CONTENT = chunk({ choices: [{ delta: { content: "Paris" } }] });

/** Replies that contain the key. */
const ECHOES: Record<string, Response> = {
  "an error": reply(400, JSON_TYPE, [`{"error":{"message":"bad ${SECRET}"}}`]),
  "an error in pieces": reply(502, "text/html", ["bad ms-9c8b", "7a65-4321."]),
  "a good status with an error": reply(200, JSON_TYPE, [
    `{"error":{"code":429,"message":"${SECRET}"}}`,
  ]),
  "an error event": eventStream([chunk({ error: { message: SECRET } })]),
  "an error event after content": eventStream([
    CONTENT,
    'data: {"error":"bad ms-9c',
    '8b7a65-4321"}\n\n',
  ]),
  "a long error": reply(400, JSON_TYPE, ["x".repeat(100_000), SECRET]),
};

for (const [what, response] of Object.entries(ECHOES)) {
  Deno.test(`judgeReply() passes on ${what} without the key`, async () => {
    const judged = await judgeReply(response, { secret: SECRET });
    const length = judged.response.headers.get("content-length");
    const bytes = await judged.response.bytes();
    const text = new TextDecoder().decode(bytes);
    assertEquals(text.split(SECRET).length, 1);
    assertEquals(text.split("[redacted]").length, 2);
    assertEquals(length ?? `${bytes.length}`, `${bytes.length}`);
    await judged.later;
  });
}

Deno.test("judgeReply() corrects the length of an error that it has completely", async () => {
  const error = reply(400, JSON_TYPE, [`"${SECRET}"`]);
  const { response } = await judgeReply(error, { secret: SECRET });
  assertEquals(response.headers.get("content-length"), "12");
  await response.body?.cancel();
});

Deno.test("judgeReply() leaves an answer alone when the key may be a word", async () => {
  const answer = chunk({ choices: [{ delta: { content: "lm-studio" } }] });
  const { response } = await judgeReply(eventStream([answer]), {
    secret: "lm-studio",
  });
  assertEquals(await response.text(), answer);
});

function chunk(data: unknown): string {
  return event(JSON.stringify(data));
}

function reply(
  status: number,
  type: string,
  pieces: readonly string[],
): Response {
  const { length } = pieces.join("");
  return new Response(bodyOf([...pieces]), {
    status,
    headers: { "content-type": type, "content-length": `${length}` },
  });
}
