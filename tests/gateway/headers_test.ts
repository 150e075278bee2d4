import { assertEquals } from "@std/assert";
import { replyHeaders, requestHeaders } from "../../lib/gateway/headers.ts";
import { openaiChat } from "../../lib/gateway/wire/openai_chat.ts";

const KEYS = { token: "token", secret: "sk-1", wire: openaiChat };
const KEPT = { isDecoded: false, secret: "sk-1" };

function sent(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(requestHeaders(new Headers(headers), KEYS));
}

Deno.test("requestHeaders() passes the client's fields on with the account's key", () => {
  const own = {
    accept: "application/json",
    "content-type": "application/json",
    cookie: "a=b",
    "user-agent": "QwenCode/0.24.4 (linux; x64)",
    "x-dashscope-useragent": "QwenCode/0.24.4 (linux; x64)",
    "x-stainless-retry-count": "0",
  };
  assertEquals(sent({ ...own, authorization: "Bearer token" }), {
    ...own,
    authorization: "Bearer sk-1",
  });
});

Deno.test("requestHeaders() drops the headers of the connection", () => {
  const wanted = { authorization: "Bearer sk-1", "x-own": "1" };
  assertEquals(
    sent({
      connection: "close, X-Hop",
      "content-length": "3",
      expect: "100-continue",
      host: "127.0.0.1:1",
      "keep-alive": "timeout=5",
      "proxy-authorization": "Basic x",
      te: "trailers",
      trailer: "x",
      "transfer-encoding": "chunked",
      upgrade: "websocket",
      "x-hop": "1",
      "x-own": "1",
    }),
    wanted,
  );
});

for (const name of ["api-key", "x-api-key"]) {
  Deno.test(`requestHeaders() drops ${name} when it is the run's key`, () => {
    assertEquals(sent({ [name]: "token" }), { authorization: "Bearer sk-1" });
    assertEquals(sent({ [name]: "own" })[name], "own");
  });
}

Deno.test("replyHeaders() keeps the encoding when the body is not decoded", () => {
  const headers = new Headers({ "content-encoding": "zstd", connection: "x" });
  assertEquals([...replyHeaders(headers, KEPT)], [[
    "content-encoding",
    "zstd",
  ]]);
});

Deno.test("replyHeaders() keeps a key that is sent back to ourselves", () => {
  const headers = new Headers([
    ["x-echo", "Bearer sk-1, sk-1"],
    ["set-cookie", "a=sk-1"],
    ["set-cookie", "b=2"],
  ]);
  const kept = replyHeaders(headers, KEPT);
  assertEquals(kept.get("x-echo"), "Bearer [redacted], [redacted]");
  assertEquals(kept.getSetCookie(), ["a=[redacted]", "b=2"]);
});
