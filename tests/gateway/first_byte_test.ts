import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cutOff } from "../../lib/gateway/ask_and_judge.ts";
import { FirstByteLimit, isSlowStart } from "../../lib/gateway/first_byte.ts";
import { openaiChat } from "../../lib/gateway/wire/openai_chat.ts";
import { realSystem } from "../../lib/system/system.ts";
import { upstreamOf } from "./accounts.ts";

Deno.test("isSlowStart() knows the error of a limit", () => {
  using limit = new FirstByteLimit(60_000, {
    client: new AbortController().signal,
    system: realSystem,
  });
  assert(isSlowStart(limit.error));
});

Deno.test("cutOff() takes a time limit of the runtime for a cut connection", () => {
  const error = new DOMException("The operation timed out.", "TimeoutError");
  const { isSlow, verdict } = cutOff(error, {
    upstream: upstreamOf(1, "http://127.0.0.1:1"),
    wire: openaiChat,
  });
  assertEquals([isSlow, verdict?.kind], [false, "transient"]);
  assertStringIncludes(verdict?.evidence ?? "", "the connection was cut");
});
