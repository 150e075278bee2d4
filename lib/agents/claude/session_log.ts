import { codeOf, limitOf, withFacts } from "./error_text.ts";
import {
  countOf,
  type LoggedUsage,
  type LoggedWindow,
  type SessionEvent,
  type SubagentLogs,
  timeOf,
  type Tokens,
} from "../session_format.ts";
import { type ApiError, parseErrorReply } from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";
import type { Spool } from "../../process/spool.ts";
import { linesOf } from "../stdout.ts";

/** Stands for the model of a message that no model wrote. */
export const NO_MODEL = "<synthetic>";

/**
 * Parses a line of the agent's session log (1.0.128 to 2.1.332); `undefined` if
 * it is incomplete or irrelevant.
 */
export function parseSessionLine(line: string): SessionEvent | undefined {
  const row = parseRecord(line);
  // The answers and errors of subagents are not those of the run.
  const isOfRun = row.isSidechain !== true;
  if (row.type === "system" && row.subtype === "api_error" && isOfRun) {
    return { kind: "error", error: toRetried(row) };
  }
  if (row.type !== "assistant") return undefined;
  const message = recordOf(row.message);
  if (row.isApiErrorMessage === true) {
    return isOfRun ? { kind: "error", error: toFinal(row) } : undefined;
  }
  if (message.model === NO_MODEL) return undefined;
  const call = blocksOf(message).find((it) => it.type === "tool_use");
  const tool = call && (textOf(call.name) || "a tool");
  if (!isOfRun) {
    return tool === undefined ? undefined : { kind: "tool", name: tool };
  }
  const tokens = isCounted(row) ? tokensOf(message) : undefined;
  return {
    kind: "answer",
    ...(tokens && { tokens }),
    ...(tool !== undefined && { tool }),
  };
}

/**
 * An error after which the agent asks again; older versions write none. Its
 * `rateLimits` are those of any reply, so they do not say that one is reached.
 */
function toRetried({ error }: Record<string, unknown>): ApiError {
  const { connection, formatted, message, status } = recordOf(error);
  const number = typeof status === "number" ? status : undefined;
  const text = textOf(formatted ?? message).replace(/^\d{3} /, "");
  if (text === "") {
    const reply = parseErrorReply(number, JSON.stringify(error) ?? "");
    return { ...reply, source: "session-log" };
  }
  const isCut = number === undefined &&
    textOf(recordOf(connection).code) !== "";
  return {
    source: "session-log",
    status: number,
    code: codeOf(isCut ? "connection_failed" : ""),
    message: text,
  };
}

/** The error that the agent prints in place of an answer, and then ends. */
function toFinal(row: Record<string, unknown>): ApiError {
  const text = textIn(recordOf(row.message));
  const { apiErrorStatus, quotaLimits } = row;
  return withFacts(text, {
    source: "session-log",
    status: typeof apiErrorStatus === "number" ? apiErrorStatus : undefined,
    code: codeOf(textOf(row.apiError), textOf(row.error)),
    details: limitOf(quotaLimits),
  });
}

/**
 * The logs of subagents: beside that of the session (2.0.77), or in a folder of
 * the session (2.1.332). Older versions have no such files.
 */
export const subagents: SubagentLogs = {
  folders: (log) => [
    log.slice(0, log.lastIndexOf("/")),
    log.replace(/\.jsonl$/, "/subagents"),
  ],
  isLog: (name) => /^agent-[\w-]+\.jsonl$/.test(name),
  isOf: (line, id) => line.includes(`"sessionId":"${id}"`),
};

/**
 * Each row has one block of an answer, and all of them the tokens of the whole
 * answer: counted once, in the first row or, before `apiBlockIndex`, the last.
 */
export function isCounted({ apiBlockIndex, message }: Record<string, unknown>) {
  return typeof apiBlockIndex === "number"
    ? apiBlockIndex === 0
    : textOf(recordOf(message).stop_reason) !== "";
}

/** Returns the tokens of a message; `undefined` if it does not say them. */
export function tokensOf(
  { usage }: Record<string, unknown>,
): Tokens | undefined {
  const {
    cache_creation_input_tokens,
    cache_read_input_tokens,
    input_tokens,
    output_tokens,
  } = recordOf(usage);
  if (typeof output_tokens !== "number") return undefined;
  const cached = countOf(cache_read_input_tokens);
  const input = countOf(input_tokens) + countOf(cache_creation_input_tokens) +
    cached;
  const output = countOf(output_tokens);
  return { input, output, cached, total: input + output };
}

/** Returns the text of a message of the Messages API. */
export function textIn(message: Record<string, unknown>): string {
  return blocksOf(message).map((it) => textOf(it.text))
    .filter((it) => it !== "").join("\n");
}

/** Returns the blocks of a message. */
function blocksOf(
  { content }: Record<string, unknown>,
): Record<string, unknown>[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.map(recordOf) : [];
}

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
 * Returns what structured output says about windows, and what its result says
 * about the requests and tokens of each model; nothing if the output is text.
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
