import { assertEquals } from "@std/assert";
import { parseSessionLine } from "../../../lib/agents/qwen/session_log.ts";
import { readCapturedRun } from "../../support/corpus.ts";
import type { SessionEvent } from "../../../lib/agents/session_format.ts";
import { sessionLine } from "../../support/session_lines.ts";

Deno.test("parseSessionLine() reads an error of 0.12.0, whose status is a code", () => {
  const line = sessionLine("api_error", {
    model: "coder-model",
    error: "429 Free allocated quota exceeded.",
    error_type: "insufficient_quota",
    status_code: "insufficient_quota",
  });
  assertEquals(parseSessionLine(line), {
    kind: "error",
    error: {
      source: "session-log",
      status: 429,
      code: "insufficient_quota insufficient_quota",
      message: "Free allocated quota exceeded.",
      model: "coder-model",
    },
  });
});

Deno.test("parseSessionLine() reads an error of 0.24.4", () => {
  const line = sessionLine("api_error", {
    model: "qwen3-coder-plus",
    error_message: "Connection error.",
    error_type: "APIConnectionError",
    status_code: 503,
  });
  assertEquals(parseSessionLine(line), {
    kind: "error",
    error: {
      source: "session-log",
      status: 503,
      code: "APIConnectionError",
      message: "Connection error.",
      model: "qwen3-coder-plus",
    },
  });
});

Deno.test("parseSessionLine() reads an answer and a tool", () => {
  const answer = sessionLine("api_response", { response_text: "429 quota" });
  assertEquals(parseSessionLine(answer), { kind: "answer" });
  const tool = sessionLine("tool_call", { function_name: "write_file" });
  const expected: SessionEvent = { kind: "tool", name: "write_file" };
  assertEquals(parseSessionLine(tool), expected);
});

const ABORTS: [message: string, type: string][] = [
  ["Request was aborted.", "APIUserAbortError"],
  ["Request was aborted.", "Error"],
  ["This operation was aborted", "AbortError"],
];

for (const [error_message, error_type] of ABORTS) {
  Deno.test(`parseSessionLine() returns undefined for an abort by us: ${error_message} (${error_type})`, () => {
    const line = sessionLine("api_error", { error_message, error_type });
    assertEquals(parseSessionLine(line), undefined);
  });
}

Deno.test("parseSessionLine() keeps a request that timed out", () => {
  const error_message = "The operation was aborted due to timeout";
  const line = sessionLine("api_error", { error_message, error_type: "Error" });
  assertEquals(parseSessionLine(line)?.kind, "error");
});

const OTHERS: Record<string, string> = {
  "is empty": "",
  "is torn": sessionLine("api_error", { error: "429" }).slice(0, -3),
  "is null": "null",
  "is a number": "429",
  "is a list": "[]",
  "is a message that speaks of an error": JSON.stringify({
    type: "assistant",
    message: { parts: [{ text: sessionLine("api_error", { error: "429" }) }] },
  }),
  "is another event": sessionLine("user_prompt", { error: "429" }),
  "has no event": JSON.stringify({ systemPayload: { uiEvent: null } }),
};

for (const [what, line] of Object.entries(OTHERS)) {
  Deno.test(`parseSessionLine() returns undefined when the line ${what}`, () => {
    assertEquals(parseSessionLine(line), undefined);
  });
}

Deno.test("parseSessionLine() finds the tool in a captured log", async () => {
  const { log = "" } = await readCapturedRun(
    "0.12.0/qwen-oauth.text.tool-then-429",
  );
  const events = log.split("\n").map(parseSessionLine);
  const kinds = events.filter((it) => it).map((it) => it?.kind);
  assertEquals(kinds, ["answer", "tool", "error"]);
});
