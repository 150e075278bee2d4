import type { Spool } from "../../process/spool.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";
import {
  countOf,
  type LoggedUsage,
  type LoggedWindow,
  timeOf,
} from "../session_format.ts";
import { linesOf } from "../stdout.ts";
import {
  isCounted,
  NO_MODEL,
  parseSessionLine,
  tokensOf,
} from "./session_log.ts";

/**
 * Returns the request that a row of the session log is about (1.0.128 to
 * 2.1.332), also one of a subagent.
 */
export function usageIn(line: string): LoggedUsage | undefined {
  if (!line.includes('"assistant"') && !line.includes('"api_error"')) {
    return undefined;
  }
  const row = parseRecord(line);
  const at = timeOf(row.timestamp);
  const message = recordOf(row.message);
  const { model, usage } = message;
  const said = parseSessionLine(line);
  if (said?.kind === "error") {
    const windows = windowsIn(row.quotaLimits);
    return { at, requests: 1, error: said.error, windows };
  }
  const isAnswer = row.type === "assistant" && model !== NO_MODEL &&
    row.isApiErrorMessage !== true && isCounted(row);
  const tokens = isAnswer ? tokensOf(message) : undefined;
  if (!tokens) return undefined;
  const { output_tokens_details } = recordOf(usage);
  const reasoning = countOf(recordOf(output_tokens_details).thinking_tokens);
  return {
    at,
    model: textOf(model),
    requests: 1,
    tokens: { ...tokens, reasoning },
  };
}

/** Returns what an object of the `stream-json` output says about windows. */
function windowsInOutput(line: string): LoggedWindow[] {
  if (!line.includes('"rate_limit_event"')) return [];
  const { type, rate_limit_info } = parseRecord(line);
  return type === "rate_limit_event" ? windowsIn(rate_limit_info) : [];
}

/** The windows of plans, and the models that they are for. */
const WINDOWS: Readonly<Record<string, LoggedWindow>> = {
  five_hour: { window: "5h" },
  seven_day: { window: "week" },
  seven_day_opus: { window: "week", model: "opus" },
  seven_day_sonnet: { window: "week", model: "sonnet" },
};

/**
 * Returns what the service said: one window by its type, or several in
 * `unifiedWindows`. A part is 0 to 1, a time in seconds.
 */
function windowsIn(limit: unknown): LoggedWindow[] {
  const said = recordOf(limit);
  const named = Object.entries(recordOf(said.unifiedWindows));
  const all = named.length > 0
    ? named
    : [[textOf(said.rateLimitType), said] as const];
  return all.flatMap(([type, value]) => {
    const known = Object.hasOwn(WINDOWS, type) ? WINDOWS[type] : undefined;
    const { utilization, resetsAt } = recordOf(value);
    if (!known || utilization === undefined && resetsAt === undefined) {
      return [];
    }
    return [{
      ...known,
      ...(typeof utilization === "number" &&
        { usedPercent: utilization * 100 }),
      ...(typeof resetsAt === "number" && { resetsAt: resetsAt * 1_000 }),
    }];
  });
}

/**
 * Returns what structured output says of windows, and in its result of the
 * requests and tokens of each model; nothing if the output is text.
 */
export async function usageInOutput(
  stdout: Pick<Spool, "head" | "stream">,
): Promise<LoggedUsage[]> {
  const head = new TextDecoder().decode(await stdout.head(256));
  if (!/^\s*\[?\s*\{"/.test(head)) return [];
  const found: LoggedUsage[] = [];
  for await (const line of linesOf(stdout.stream())) {
    const windows = windowsInOutput(line);
    if (windows.length > 0) found.push({ windows });
    if (line.includes('"modelUsage"')) found.push(...resultIn(line));
  }
  return found;
}

function resultIn(line: string): LoggedUsage[] {
  const { type, num_turns, modelUsage } = parseRecord(line);
  if (type !== "result") return [];
  return Object.entries(recordOf(modelUsage)).map(([model, usage], at) => {
    const said = recordOf(usage);
    const cached = countOf(said.cacheReadInputTokens);
    const input = countOf(said.inputTokens) + cached +
      countOf(said.cacheCreationInputTokens);
    const output = countOf(said.outputTokens);
    const reasoning = countOf(said.thinkingTokens);
    const tokens = { input, output, cached, total: input + output, reasoning };
    // Each turn is a request to the main model, which is the first.
    const requests = at === 0 ? Math.max(countOf(num_turns), 1) : 1;
    return { model, requests, tokens };
  });
}
