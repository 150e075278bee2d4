import {
  type ApiError,
  parseErrorText,
  parseRecord,
  recordOf,
  textOf,
} from "./api_error.ts";

/** What one line of the session log tells. */
export type SessionEvent =
  | { kind: "error"; error: ApiError }
  /** The model has answered: errors before it are over. */
  | { kind: "answer"; tokens?: Tokens }
  /** A tool was run, which may have changed something. */
  | { kind: "tool"; name: string };

/** What answers have cost, as far as the CLI tells. */
export interface Tokens {
  /** Tokens of prompts, including `cached`. */
  input: number;
  /** Tokens of answers. */
  output: number;
  /** Tokens of prompts that the service had in its cache. */
  cached: number;
  /** All tokens, as the service counts them. */
  total: number;
}

/** Adds up what answers have cost; `undefined` if that is known of neither. */
export function addTokens(
  a: Tokens | undefined,
  b: Tokens | undefined,
): Tokens | undefined {
  if (!a || !b) return a ?? b;
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cached: a.cached + b.cached,
    total: a.total + b.total,
  };
}

const MEMORY_EXTRACTOR = "managed-auto-memory-extractor";

/**
 * Reads a line of the CLI's session log (0.5.2 to 0.24.4); `undefined` for one
 * that tells nothing of how the run goes, or is not whole.
 */
export function parseSessionLine(line: string): SessionEvent | undefined {
  const event = recordOf(recordOf(parseRecord(line).systemPayload).uiEvent);
  // What the CLI does for itself beside the answer (0.24.4).
  if (event.subagent_type === MEMORY_EXTRACTOR) return undefined;
  switch (event["event.name"]) {
    case "qwen-code.api_error": {
      const error = toApiError(event);
      return isAbort(error) ? undefined : { kind: "error", error };
    }
    case "qwen-code.api_response":
      return { kind: "answer", ...tokensOf(event) };
    case "qwen-code.tool_call":
      return { kind: "tool", name: textOf(event.function_name) };
    default:
      return undefined;
  }
}

/** The same names from 0.5.2 to 0.24.4. */
function tokensOf(event: Record<string, unknown>): { tokens?: Tokens } {
  if (typeof event.total_token_count !== "number") return {};
  const tokens = {
    input: countOf(event.input_token_count),
    output: countOf(event.output_token_count),
    cached: countOf(event.cached_content_token_count),
    total: countOf(event.total_token_count),
  };
  return { tokens };
}

function countOf(value: unknown): number {
  return Number.isSafeInteger(value) ? Math.max(Number(value), 0) : 0;
}

/**
 * Up to 0.12.0 `status_code` holds the provider's code and the message is in
 * `error`; from 0.15.10 on it is a number, the message in `error_message`.
 */
function toApiError(event: Record<string, unknown>): ApiError {
  const { error, error_message, error_type, status_code, model } = event;
  const parsed = parseErrorText(textOf(error_message ?? error), "session-log");
  const isStatus = typeof status_code === "number";
  return {
    ...parsed,
    status: parsed.status ?? (isStatus ? status_code : undefined),
    code: [isStatus ? "" : textOf(status_code), textOf(error_type)]
      .filter((it) => it !== "").join(" "),
    model: textOf(model) || undefined,
  };
}

/** Our own signal ends the request that is under way; the error came before. */
function isAbort({ code, message }: ApiError): boolean {
  return /(?:^| )(?:APIUser)?AbortError\b/.test(code) ||
    /^(?:Request was|(?:This|The) operation was|The user) aborted\.?(?: a request\.)?$/
      .test(message);
}
