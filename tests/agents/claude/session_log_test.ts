import { assertEquals } from "@std/assert";
import { parseSessionLine } from "../../../lib/agents/claude/session_log.ts";
import type { SessionEvent } from "../../../lib/agents/session_format.ts";

const USAGE = {
  input_tokens: 10,
  cache_creation_input_tokens: 3,
  cache_read_input_tokens: 4,
  output_tokens: 5,
};

const TOKENS = { input: 17, output: 5, cached: 4, total: 22 };

const SYNTHETIC = {
  model: "<synthetic>",
  content: [{ type: "text", text: "You've hit your 5-hour limit" }],
};

const ROWS: [what: string, row: unknown, event: SessionEvent | undefined][] = [
  [
    "a retry of 2.1.332",
    {
      type: "system",
      subtype: "api_error",
      error: {
        message: '429 {"type":"error","error":{"message":"slow down"}}',
        formatted: "429 slow down",
        status: 429,
        connection: null,
        rateLimits: null,
      },
      retryInMs: 558,
      retryAttempt: 1,
    },
    {
      kind: "error",
      error: {
        source: "session-log",
        status: 429,
        code: "",
        message: "slow down",
      },
    },
  ],
  [
    "a retry after a cut connection",
    {
      type: "system",
      subtype: "api_error",
      error: {
        message: "Connection error.",
        formatted: "Connection dropped (ECONNRESET)",
        connection: { code: "ECONNRESET" },
      },
    },
    {
      kind: "error",
      error: {
        source: "session-log",
        status: undefined,
        code: "network error",
        message: "Connection dropped (ECONNRESET)",
      },
    },
  ],
  [
    "a limit of 2.1.332, and when it resets",
    {
      type: "assistant",
      isSidechain: false,
      isApiErrorMessage: true,
      error: "rate_limit",
      apiError: "usage_limit_reached",
      apiErrorStatus: 429,
      quotaLimits: {
        status: "rejected",
        resetsAt: 1795936419,
        rateLimitType: "five_hour",
      },
      message: SYNTHETIC,
    },
    {
      kind: "error",
      error: {
        source: "session-log",
        status: 429,
        code: "usage_limit_reached rate_limit",
        message: "You've hit your 5-hour limit",
        details: [["resetsat", "1795936419"]],
      },
    },
  ],
  [
    "a limit of 1.0.128",
    { type: "assistant", isApiErrorMessage: true, message: SYNTHETIC },
    {
      kind: "error",
      error: {
        source: "session-log",
        status: undefined,
        code: "usage_limit_reached",
        message: "You've hit your 5-hour limit",
      },
    },
  ],
  [
    "a limit of a subagent",
    {
      type: "assistant",
      isSidechain: true,
      isApiErrorMessage: true,
      message: SYNTHETIC,
    },
    undefined,
  ],
  [
    "an answer of 2.1.332",
    {
      type: "assistant",
      apiBlockIndex: 0,
      message: {
        model: "claude-opus-5-5",
        content: [{ type: "text", text: "You've hit your 5-hour limit" }],
        stop_reason: "tool_use",
        usage: USAGE,
      },
    },
    { kind: "answer", tokens: TOKENS },
  ],
  [
    "a tool in the second block of an answer",
    {
      type: "assistant",
      apiBlockIndex: 1,
      message: {
        model: "claude-opus-5-5",
        content: [{ type: "tool_use", name: "Read" }],
        stop_reason: "tool_use",
        usage: USAGE,
      },
    },
    { kind: "answer", tool: "Read" },
  ],
  [
    "the first block of an answer of 2.0.77",
    {
      type: "assistant",
      message: {
        model: "claude-opus-4-5",
        content: [{ type: "text", text: "Hm" }],
        stop_reason: null,
        usage: USAGE,
      },
    },
    { kind: "answer" },
  ],
  [
    "a tool of a subagent",
    {
      type: "assistant",
      isSidechain: true,
      message: {
        model: "claude-opus-4-5",
        content: [{ type: "tool_use", name: "Bash" }],
      },
    },
    { kind: "tool", name: "Bash" },
  ],
  [
    "a message that no model wrote",
    {
      type: "assistant",
      message: { model: "<synthetic>", content: "No response requested." },
    },
    undefined,
  ],
  [
    "a prompt",
    { type: "user", message: { content: "API Error: 429" } },
    undefined,
  ],
];

for (const [what, row, event] of ROWS) {
  Deno.test(`parseSessionLine() reads ${what}`, () => {
    assertEquals(parseSessionLine(JSON.stringify(row)), event);
  });
}

Deno.test("parseSessionLine() skips half a line", () => {
  assertEquals(parseSessionLine('{"type":"assistant","isApiErr'), undefined);
});
