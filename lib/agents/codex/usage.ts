import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";
import {
  countOf,
  type LoggedUsage,
  type LoggedWindow,
  timeOf,
  type UsageReader,
} from "../session_format.ts";
import { parseRolloutLine, tokensOf } from "./rollout.ts";

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
      const resetsAt = typeof resets_at === "number" ? resets_at : NaN;
      return [{
        window: NAMES[window_minutes] ?? `${window_minutes}min`,
        usedPercent: used_percent,
        resetsAt: resetsAt * 1_000,
      }];
    },
  );
}
