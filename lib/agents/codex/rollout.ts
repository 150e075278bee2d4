/**
 * The log of a session, which codex calls a rollout:
 * `sessions/2026/11/29/rollout-2026-11-29T04-02-22-<id>.jsonl`, by local time
 * (0.60.1 to 0.171.0).
 *
 * @module
 */

import {
  type Conditions,
  countOf,
  type LoggedUsage,
  type LoggedWindow,
  type SessionEvent,
  type SessionStart,
  timeOf,
  type Tokens,
  type UsageReader,
} from "../session_format.ts";
import type { ApiError } from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";
import type { UsageLimit } from "../../verdict/signal.ts";
import { parseErrorText } from "./error_text.ts";

/** An id of version 7 (RFC 9562), which begins with its time. */
const TIMED_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-7/;

/**
 * Returns the folder below `sessions` for the log of a session, such as
 * `2026/11/29`: that of the day when the session began, by local time.
 */
export function dayFolder({ id = "", at }: SessionStart): string {
  const [, first, second] = TIMED_ID.exec(id) ?? [];
  const day = new Date(first ? Number(`0x${first}${second}`) : at);
  const parts = [day.getFullYear(), day.getMonth() + 1, day.getDate()];
  return parts.map((it) => String(it).padStart(2, "0")).join("/");
}

/** Parses a line of a log; `undefined` if it is incomplete or irrelevant. */
export function parseRolloutLine(line: string): SessionEvent | undefined {
  const { type, payload } = parseRecord(line);
  const said = recordOf(payload);
  switch (type) {
    case "response_item":
      return parseItem(said);
    case "token_usage_record": // 0.171.0, one for each answer
      return { kind: "answer", tokens: tokensOf(recordOf(said.usage)) };
    case "event_msg":
      return parseEvent(said);
    case "turn_context":
      return { kind: "turn", conditions: conditionsIn(said) };
    default:
      return undefined;
  }
}

function parseItem(item: Record<string, unknown>): SessionEvent | undefined {
  const type = textOf(item.type);
  if (type === "message") {
    return item.role === "assistant" ? { kind: "answer" } : undefined;
  }
  // `function_call`, `custom_tool_call`, `local_shell_call` and others.
  if (!type.endsWith("_call")) return undefined;
  const name = textOf(item.name) || type.slice(0, -"_call".length);
  return { kind: "tool", name };
}

function parseEvent(event: Record<string, unknown>): SessionEvent | undefined {
  if (event.type === "task_complete") {
    const error = errorOf(recordOf(event.error));
    return error && { kind: "error", error };
  }
  if (event.type !== "token_count") return undefined;
  const limits = limitsOf(recordOf(event.rate_limits));
  return limits.length > 0 ? { kind: "limits", limits } : undefined;
}

/**
 * What the service says with a refusal at a limit may leave both empty: the
 * limits that were reported before still count.
 */
function limitsOf(limits: Record<string, unknown>): UsageLimit[] {
  return [limits.primary, limits.secondary].map(recordOf).flatMap(
    ({ used_percent: usedPercent, resets_at: resetsAt }) =>
      typeof usedPercent === "number" && typeof resetsAt === "number"
        ? [{ usedPercent, resetsAt: resetsAt * 1_000 }]
        : [],
  );
}

/**
 * The replies that codex's own codes stand for (0.145.0, 0.171.0). A code says
 * more than its message.
 */
const REPLIES: Readonly<Record<string, Pick<ApiError, "status" | "code">>> = {
  bad_request: { status: 400, code: "" },
  context_window_exceeded: { status: 400, code: "context_length_exceeded" },
  internal_server_error: { status: 500, code: "" },
  other: { status: undefined, code: "" },
  usage_limit_exceeded: { status: undefined, code: "usage_limit_reached" },
};

/** Up to 0.100.0 the log names no error. */
function errorOf(
  { message, codex_error_info }: Record<string, unknown>,
): ApiError | undefined {
  if (typeof message !== "string") return undefined;
  const error = parseErrorText(message, "session-log");
  const isName = typeof codex_error_info === "string";
  const [name = "", details] = isName
    ? [codex_error_info]
    : Object.entries(recordOf(codex_error_info))[0] ?? [];
  const { http_status_code } = recordOf(details);
  const known = REPLIES[name] ?? { status: undefined, code: name };
  const status = typeof http_status_code === "number"
    ? http_status_code
    : known.status;
  return {
    ...error,
    status: error.status ?? status,
    code: error.code || known.code,
  };
}

/** Returns the tokens of an answer, or of all. */
export function tokensOf(usage: Record<string, unknown>): Tokens {
  return {
    input: countOf(usage.input_tokens),
    output: countOf(usage.output_tokens),
    cached: countOf(usage.cached_input_tokens),
    total: countOf(usage.total_tokens),
  };
}

/**
 * Returns the conditions of a turn: the folder, the model, when codex asks the
 * user, and what it may do.
 */
function conditionsIn(context: Record<string, unknown>): Conditions {
  const { cwd, model, approval_policy, sandbox_policy } = context;
  return {
    cwd: textOf(cwd),
    model: textOf(model),
    approval: textOf(approval_policy),
    sandbox: JSON.stringify(sandbox_policy ?? null),
  };
}

/** The lines that say something, and what else names them. */
const MAY_COUNT =
  /"(?:token_usage_record|token_count|turn_context|task_complete)"/;

/**
 * Returns a reader of a rollout. 0.171.0 writes the tokens of each answer in
 * `token_usage_record` and repeats them in `token_count`; before that, there is
 * only `token_count`, which is also written without a new answer.
 */
export function usageReader(): UsageReader {
  let model = "";
  let hasRecords = false;
  let total = -1;
  return (line) => {
    if (!MAY_COUNT.test(line)) return undefined;
    const { type, payload, timestamp } = parseRecord(line);
    const said = recordOf(payload);
    const at = timeOf(timestamp);
    if (type === "turn_context") model = textOf(said.model) || model;
    if (type === "token_usage_record") {
      hasRecords = true;
      return { at, model, requests: 1, tokens: tokensIn(said.usage) };
    }
    if (type !== "event_msg") return undefined;
    const parsed = parseRolloutLine(line);
    if (parsed?.kind === "error") {
      return { at, model, requests: 1, error: parsed.error };
    }
    if (said.type !== "token_count") return undefined;
    const windows = windowsIn(recordOf(said.rate_limits));
    const info = recordOf(said.info);
    const sum = countOf(recordOf(info.total_token_usage).total_tokens);
    const isNew = !hasRecords && sum > total;
    if (sum > 0) total = sum;
    const used = isNew && sum > 0
      ? { requests: 1, tokens: tokensIn(info.last_token_usage) }
      : {};
    return { at, model, windows, ...used };
  };
}

function tokensIn(usage: unknown): LoggedUsage["tokens"] {
  const said = recordOf(usage);
  const reasoning = countOf(said.reasoning_output_tokens);
  return { ...tokensOf(said), reasoning };
}

/** The windows of plans, by their length in minutes. */
const NAMES: Readonly<Record<number, string>> = { 300: "5h", 10_080: "week" };

function windowsIn(limits: Record<string, unknown>): LoggedWindow[] {
  return [limits.primary, limits.secondary].map(recordOf).flatMap(
    ({ used_percent, window_minutes, resets_at }) => {
      if (typeof used_percent !== "number") return [];
      if (typeof window_minutes !== "number") return [];
      const hasEnd = typeof resets_at === "number";
      return [{
        window: NAMES[window_minutes] ?? `${window_minutes}min`,
        usedPercent: used_percent,
        resetsAt: hasEnd ? resets_at * 1_000 : undefined,
      }];
    },
  );
}
