import { codeOf, limitOf, withFacts } from "./error_text.ts";
import { countOf, type SessionEvent, type Tokens } from "../session_format.ts";
import { type ApiError, parseErrorReply } from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import type { SubagentLogs } from "../session_format.ts";
import { textOf } from "../../verdict/error_body.ts";

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
