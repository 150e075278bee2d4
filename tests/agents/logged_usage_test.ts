import { assertEquals } from "@std/assert";
import { claude } from "../../lib/agents/claude/agent.ts";
import { codex } from "../../lib/agents/codex/agent.ts";
import type {
  LoggedUsage,
  SessionFormat,
} from "../../lib/agents/session_format.ts";
import { qwen } from "../../lib/agents/qwen/agent.ts";
import { Spool } from "../../lib/process/spool.ts";
import { CHECKOUT } from "../support/checkout.ts";

/** Returns what all lines of a log say. */
function readAll({ usageReader }: SessionFormat, text: string): LoggedUsage[] {
  const read = usageReader?.();
  return text.split("\n").flatMap((it) => read?.(it) ?? []);
}

/** Reads the log of a captured run. */
async function captured(path: string): Promise<string> {
  return await Deno.readTextFile(`${CHECKOUT}/tests/testdata/${path}`);
}

/** Sums up what the real programs have written. */
function sumOf(all: readonly LoggedUsage[]) {
  return all.reduce((sum, { requests = 0, tokens, error, windows = [] }) => ({
    requests: sum.requests + requests,
    input: sum.input + (tokens?.input ?? 0),
    output: sum.output + (tokens?.output ?? 0),
    errors: sum.errors + (error ? 1 : 0),
    windows: sum.windows + windows.length,
  }), { requests: 0, input: 0, output: 0, errors: 0, windows: 0 });
}

const NOTHING = { requests: 0, input: 0, output: 0, errors: 0, windows: 0 };

Deno.test("the reader of qwen counts answers and errors of the session log", async () => {
  const folder = "corpus/0.24.4";
  let runs = 0;
  for await (
    const { name } of Deno.readDir(`${CHECKOUT}/tests/testdata/${folder}`)
  ) {
    const log = await captured(`${folder}/${name}/chat.jsonl`).catch(() => "");
    const answers = log.split('"qwen-code.api_response"').length - 1;
    const sum = sumOf(readAll(qwen.sessions, log));
    assertEquals(sum.requests - sum.errors, answers, name);
    if (answers > 0) runs++;
  }
  assertEquals(runs > 0, true);
});

Deno.test("the reader of qwen returns the tokens, the model and the time", () => {
  const event = {
    "event.name": "qwen-code.api_response",
    model: "qwen3-coder-plus",
    input_token_count: 110,
    output_token_count: 70,
    cached_content_token_count: 30,
    thoughts_token_count: 20,
    total_token_count: 180,
    subagent_type: "managed-auto-memory-extractor",
  };
  const line = JSON.stringify({
    timestamp: "2026-11-21T07:20:00.434Z",
    systemPayload: { uiEvent: event },
  });
  assertEquals(readAll(qwen.sessions, line), [{
    at: Date.parse("2026-11-21T07:20:00.434Z"),
    model: "qwen3-coder-plus",
    requests: 1,
    tokens: { input: 110, output: 70, cached: 30, total: 180, reasoning: 20 },
  }]);
});

const CODEX_USAGE = {
  input_tokens: 110,
  cached_input_tokens: 30,
  output_tokens: 70,
  reasoning_output_tokens: 20,
  total_tokens: 180,
};

const codexLine = (type: string, payload: object) =>
  JSON.stringify({ timestamp: "2026-11-29T04:14:07.108Z", type, payload });

const tokenCount = (total: number, rate_limits: object | null = null) =>
  codexLine("event_msg", {
    type: "token_count",
    info: {
      total_token_usage: { total_tokens: total },
      last_token_usage: CODEX_USAGE,
    },
    rate_limits,
  });

Deno.test("the reader of codex counts an answer once, whoever repeats it", () => {
  const turn = codexLine("turn_context", { model: "gpt-6.2-sol" });
  const record = codexLine("token_usage_record", { usage: CODEX_USAGE });
  const before = [turn, tokenCount(180), tokenCount(180), tokenCount(360)];
  const since = [turn, record, tokenCount(180), record, tokenCount(360)];
  for (const lines of [before, since]) {
    const found = readAll(codex.sessions, lines.join("\n"))
      .filter((it) => it.requests);
    assertEquals(found.map((it) => it.tokens?.reasoning), [20, 20]);
    assertEquals(found.map((it) => it.model), ["gpt-6.2-sol", "gpt-6.2-sol"]);
  }
});

Deno.test("the reader of codex returns the windows of the plan", () => {
  const [found] = readAll(
    codex.sessions,
    tokenCount(180, {
      primary: {
        used_percent: 42.5,
        window_minutes: 300,
        resets_at: 1795934647,
      },
      secondary: {
        used_percent: 88,
        window_minutes: 10080,
        resets_at: 1796325647,
      },
    }),
  );
  assertEquals(found?.windows, [
    { window: "5h", usedPercent: 42.5, resetsAt: 1795934647_000 },
    { window: "week", usedPercent: 88, resetsAt: 1796325647_000 },
  ]);
});

Deno.test("the reader of codex returns a window whose end is unknown", () => {
  const primary = { used_percent: 42.5, window_minutes: 300, resets_at: null };
  const [found] = readAll(codex.sessions, tokenCount(180, { primary }));
  const window = { window: "5h", usedPercent: 42.5, resetsAt: undefined };
  assertEquals(found?.windows, [window]);
});

Deno.test("the reader of codex counts what real versions have written", async () => {
  const cases = {
    "0.100.0/chatgpt.text.ok-ratelimits": {
      ...NOTHING,
      requests: 1,
      input: 11,
      output: 7,
      windows: 4, // once before the answer, and once after it
    },
    "0.60.1/apikey.json.ok": { ...NOTHING, requests: 1, input: 11, output: 7 },
  };
  for (const [name, expected] of Object.entries(cases)) {
    const log = await captured(`corpus_codex/${name}/rollout.jsonl`);
    assertEquals(sumOf(readAll(codex.sessions, log)), expected, name);
  }
});

const claudeRow = (more: object, usage: object = {}) =>
  JSON.stringify({
    type: "assistant",
    timestamp: "2026-11-29T04:00:30.292Z",
    message: {
      model: "claude-opus-5-5",
      content: [],
      stop_reason: "end_turn",
      usage: {
        input_tokens: 10,
        cache_creation_input_tokens: 20,
        cache_read_input_tokens: 30,
        output_tokens: 50,
        output_tokens_details: { thinking_tokens: 5 },
        ...usage,
      },
    },
    ...more,
  });

Deno.test("the reader of claude counts the rows of one answer once", () => {
  const rows = [
    claudeRow({ apiBlockIndex: 0 }),
    claudeRow({ apiBlockIndex: 1 }),
    claudeRow({ apiBlockIndex: 0, isSidechain: true }), // a subagent
  ];
  const found = readAll(claude.sessions, rows.join("\n"));
  const expected = {
    at: Date.parse("2026-11-29T04:00:30.292Z"),
    model: "claude-opus-5-5",
    requests: 1,
    tokens: { input: 60, output: 50, cached: 30, total: 110, reasoning: 5 },
  };
  assertEquals(found, [expected, expected]);
});

Deno.test("the reader of claude counts what a real version has written", async () => {
  const path = "corpus_claude/2.0.77/oauth.stream-json.ok/chat.jsonl";
  const sum = sumOf(readAll(claude.sessions, await captured(path)));
  assertEquals(sum, { ...NOTHING, requests: 1, input: 10, output: 5 });
});

Deno.test("the output of claude says what windows and models were used", async () => {
  const lines = [
    { type: "system", subtype: "init" },
    {
      type: "rate_limit_event",
      rate_limit_info: {
        status: "allowed",
        unifiedWindows: {
          five_hour: { utilization: 0.25, resetsAt: 1795934647 },
          seven_day: { utilization: 0.5, resetsAt: 1796325647 },
          another: { utilization: 1 },
        },
      },
    },
    {
      type: "rate_limit_event",
      rate_limit_info: { rateLimitType: "seven_day_opus", utilization: 0.75 },
    },
    {
      type: "result",
      num_turns: 3,
      modelUsage: {
        "claude-opus-5-5": {
          inputTokens: 10,
          outputTokens: 5,
          cacheReadInputTokens: 4,
        },
      },
    },
  ];
  assertEquals(await printed(lines.map((it) => JSON.stringify(it))), [
    {
      windows: [
        { window: "5h", usedPercent: 25, resetsAt: 1795934647_000 },
        { window: "week", usedPercent: 50, resetsAt: 1796325647_000 },
      ],
    },
    { windows: [{ window: "week", model: "opus", usedPercent: 75 }] },
    {
      model: "claude-opus-5-5",
      requests: 3,
      tokens: { input: 14, output: 5, cached: 4, total: 19, reasoning: 0 },
    },
  ]);
});

Deno.test("the text output of claude says nothing, whatever is in it", async () => {
  const event = {
    type: "rate_limit_event",
    rate_limit_info: { rateLimitType: "five_hour", utilization: 1 },
  };
  const lines = ["Here it is:", JSON.stringify(event)];
  assertEquals(await printed(lines), []);
});

async function printed(lines: readonly string[]) {
  using stdout = new Spool();
  await stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
  return await claude.output.usageIn?.(stdout);
}
