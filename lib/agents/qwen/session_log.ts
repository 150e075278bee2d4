import {
  countOf,
  type LoggedUsage,
  type SessionEvent,
  timeOf,
  type Tokens,
} from "../session_format.ts";
import { ownCode, parseErrorText } from "./stderr_errors.ts";
import type { ApiError } from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";

const MEMORY_EXTRACTOR = "managed-auto-memory-extractor";

/**
 * Parses a line of the agent's session log (0.5.2 to 0.24.4); `undefined` if it
 * is incomplete or irrelevant.
 */
export function parseSessionLine(line: string): SessionEvent | undefined {
  const event = recordOf(recordOf(parseRecord(line).systemPayload).uiEvent);
  // Requests of the agent for itself, not for the answer (0.24.4).
  if (event.subagent_type === MEMORY_EXTRACTOR) return undefined;
  switch (event["event.name"]) {
    case "qwen-code.api_error": {
      const error = toApiError(event);
      return isAbort(error) ? undefined : { kind: "error", error };
    }
    case "qwen-code.api_response":
      return {
        kind: "answer",
        ...(typeof event.total_token_count === "number" &&
          { tokens: tokensOf(event) }),
      };
    case "qwen-code.tool_call":
      return { kind: "tool", name: textOf(event.function_name) };
    default:
      return undefined;
  }
}

/** The same names from 0.5.2 to 0.24.4. */
function tokensOf(event: Record<string, unknown>): Tokens {
  return {
    input: countOf(event.input_token_count),
    output: countOf(event.output_token_count),
    cached: countOf(event.cached_content_token_count),
    total: countOf(event.total_token_count),
  };
}

/**
 * Up to 0.12.0 `status_code` holds the code of the service and the message is in
 * `error`; from 0.15.10 on it is a number, the message in `error_message`.
 */
function toApiError(event: Record<string, unknown>): ApiError {
  const { error, error_message, error_type, status_code, model } = event;
  const parsed = parseErrorText(textOf(error_message ?? error), "session-log");
  const isStatus = typeof status_code === "number";
  return {
    ...parsed,
    status: parsed.status ?? (isStatus ? status_code : undefined),
    code: [
      ownCode(parsed),
      isStatus ? "" : textOf(status_code),
      textOf(error_type),
    ].filter((it) => it !== "").join(" "),
    model: textOf(model) || undefined,
  };
}

/**
 * Whether the error is the abort of a pending request by our own signal; the
 * decisive error came before it.
 */
function isAbort({ code, message }: ApiError): boolean {
  return /(?:^| )(?:APIUser)?AbortError\b/.test(code) ||
    /^(?:Request was|(?:This|The) operation was|The user) aborted\.?(?: a request\.)?$/
      .test(message);
}

/**
 * Returns the request that a line of the session log is about (0.5.2 to
 * 0.24.4), also one that the agent has made for itself.
 */
export function usageIn(line: string): LoggedUsage | undefined {
  if (!line.includes('"qwen-code.api_')) return undefined;
  const row = parseRecord(line);
  const event = recordOf(recordOf(row.systemPayload).uiEvent);
  const request = {
    at: timeOf(row.timestamp),
    model: textOf(event.model),
    requests: 1,
  };
  if (event["event.name"] === "qwen-code.api_response") {
    const reasoning = countOf(event.thoughts_token_count);
    const tokens = { ...tokensOf(event), reasoning };
    return { ...request, tokens };
  }
  const said = parseSessionLine(line);
  return said?.kind === "error" ? { ...request, error: said.error } : undefined;
}
