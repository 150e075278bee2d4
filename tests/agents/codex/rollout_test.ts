import { assertEquals } from "@std/assert";
import {
  dayFolder,
  parseRolloutLine,
} from "../../../lib/agents/codex/rollout.ts";
import { changedConditions } from "../../../lib/agents/session_format.ts";

const ID = "01a22577-de9e-7cc3-b419-7333d367cb2a";

function line(type: string, payload: unknown): string {
  return JSON.stringify({ timestamp: "2026-11-29T04:02:23Z", type, payload });
}

function completed(info: unknown, message = "said"): string {
  const error = { message, codex_error_info: info };
  return line("event_msg", { type: "task_complete", error });
}

const CODES: [unknown, number | undefined, string][] = [
  ["usage_limit_exceeded", undefined, "usage_limit_reached"],
  ["rate_limit_exceeded", undefined, "rate_limit_exceeded"],
  ["context_window_exceeded", 400, "context_length_exceeded"],
  ["internal_server_error", 500, ""],
  ["other", undefined, ""],
  [null, undefined, ""],
  [
    { http_connection_failed: { http_status_code: 401 } },
    401,
    "http_connection_failed",
  ],
  [
    { response_stream_disconnected: { http_status_code: null } },
    undefined,
    "response_stream_disconnected",
  ],
];

for (const [info, status, code] of CODES) {
  Deno.test(`parseRolloutLine() understands the code ${JSON.stringify(info)}`, () => {
    const error = { source: "session-log", status, code, message: "said" };
    assertEquals(parseRolloutLine(completed(info)), {
      kind: "error",
      error,
    } as ReturnType<typeof parseRolloutLine>);
  });
}

Deno.test("parseRolloutLine() takes a completed turn without an error for none", () => {
  const good = { type: "task_complete", last_agent_message: "hi" };
  assertEquals(parseRolloutLine(line("event_msg", good)), undefined);
});

Deno.test("parseRolloutLine() finds answers, and their tokens once", () => {
  const message = { type: "message", role: "assistant" };
  assertEquals(parseRolloutLine(line("response_item", message)), {
    kind: "answer",
  });
  const usage = {
    input_tokens: 11,
    cached_input_tokens: 3,
    output_tokens: 7,
    total_tokens: 18,
  };
  assertEquals(parseRolloutLine(line("token_usage_record", { usage })), {
    kind: "answer",
    tokens: { input: 11, cached: 3, output: 7, total: 18 },
  });
  // It repeats them, even after a refusal.
  const count = { type: "token_count", info: { last_token_usage: usage } };
  assertEquals(parseRolloutLine(line("event_msg", count)), undefined);
});

Deno.test("parseRolloutLine() does not take the user's message for an answer", () => {
  for (const role of ["user", "developer"]) {
    const message = { type: "message", role };
    assertEquals(parseRolloutLine(line("response_item", message)), undefined);
  }
});

const TOOLS: [Record<string, unknown>, string | undefined][] = [
  [{ type: "function_call", name: "shell" }, "shell"],
  [{ type: "custom_tool_call", name: "exec" }, "exec"],
  [{ type: "local_shell_call" }, "local_shell"],
  [{ type: "web_search_call" }, "web_search"],
  [{ type: "function_call_output", call_id: "1" }, undefined],
  [{ type: "reasoning" }, undefined],
];

for (const [item, name] of TOOLS) {
  Deno.test(`parseRolloutLine() finds the tool ${name} in ${item.type}`, () => {
    const expected = name === undefined
      ? undefined
      : { kind: "tool", name } as const;
    assertEquals(parseRolloutLine(line("response_item", item)), expected);
  });
}

Deno.test("parseRolloutLine() skips limits that a refusal leaves empty", () => {
  const limits = (primary: unknown) =>
    line("event_msg", {
      type: "token_count",
      rate_limits: { limit_id: "premium", primary, secondary: null },
    });
  assertEquals(parseRolloutLine(limits(null)), undefined);
  const primary = { used_percent: 42.5, window_minutes: 300, resets_at: 9 };
  assertEquals(parseRolloutLine(limits(primary)), {
    kind: "limits",
    limits: [{ usedPercent: 42.5, resetsAt: 9_000 }],
  });
});

Deno.test("parseRolloutLine() skips what is not a whole line", () => {
  for (const text of ["", "{", "null", "[]", '{"type":"event_msg"}']) {
    assertEquals(parseRolloutLine(text), undefined);
  }
});

Deno.test("dayFolder() returns the folder of a local day", () => {
  const at = new Date(2026, 0, 9, 23, 59).getTime();
  assertEquals(dayFolder({ at }), "2026/01/09");
  assertEquals(dayFolder({ at, id: "a-name" }), "2026/01/09");
});

Deno.test("dayFolder() reads the time in the id of a session", () => {
  const time = Number(`0x${ID.slice(0, 8)}${ID.slice(9, 13)}`);
  assertEquals(dayFolder({ at: 0, id: ID }), dayFolder({ at: time }));
});

Deno.test("parseRolloutLine() finds the conditions of a turn, whose changes have names", () => {
  const turn = (more: Record<string, unknown> = {}) => {
    const event = parseRolloutLine(line("turn_context", {
      cwd: "/work",
      model: "coder",
      approval_policy: "never",
      sandbox_policy: { type: "workspace-write", network_access: false },
      ...more,
    }));
    return event?.kind === "turn" ? event.conditions : {};
  };
  const first = turn();
  assertEquals(first, {
    cwd: "/work",
    model: "coder",
    approval: "never",
    sandbox: '{"type":"workspace-write","network_access":false}',
  });
  const other = turn({ cwd: "/", sandbox_policy: { type: "read-only" } });
  assertEquals(changedConditions(first, turn({ turn_id: "2" })), []);
  assertEquals(changedConditions(first, other), ["cwd", "sandbox"]);
});
