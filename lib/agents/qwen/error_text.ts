import {
  type ApiError,
  type ErrorSource,
  parseErrorReply,
} from "../../verdict/api_error.ts";
import { parseErrorBody } from "../../verdict/error_body.ts";
import { judgedText } from "../../verdict/rule_text.ts";
import { LOGIN_REQUIRED } from "../../verdict/rules.ts";

/** Prefixes that the agent adds to an error on stderr. */
const PREFIX =
  /^(?:Retrying in [^:]*: |Error: |OpenAI API (?:Streaming )?Error: )+/;

/** The wrapper that the agent adds to an error, on stderr or in a result. */
const WRAPPING = /^\[API Error: ([^]*)\][^\]]*$/;

/**
 * Parses an error as the agent prints it: `429 Rate limit reached`, with or
 * without the wrapper. The body itself may follow the status.
 */
export function parseErrorText(text: string, source: ErrorSource): ApiError {
  const line = text.trim().replace(PREFIX, "");
  const bare = WRAPPING.exec(line)?.[1] ?? line;
  const [, first, rest] = /^([1-5]\d\d)\b[\s:]*([^]*)$/.exec(bare) ?? [];
  const named = first ?? /\(Status: ([1-5]\d\d)\)$/.exec(bare)?.[1];
  const status = named === undefined ? undefined : Number(named);
  const message = rest ?? bare;
  if (/^\s*[[{]/.test(message) && parseErrorBody(message)) {
    const { retryAfter: _, ...said } = parseErrorReply(status, message);
    const code = [ownCode(said), said.code].filter((it) => it).join(" ");
    return { ...said, source, code };
  }
  return { source, status, code: ownCode({ code: "", message }), message };
}

/** Returns the code for an error that the agent words by itself, or nothing. */
export function ownCode(error: Pick<ApiError, "code" | "message">): string {
  return LOGIN_NEEDED.test(judgedText(error)) ? LOGIN_REQUIRED : "";
}

const LOGIN_NEEDED =
  /qwen oauth (?:authentication|credentials)\b|too many request for qwen oauth/i;
