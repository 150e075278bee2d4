import { type ApiError, recordOf } from "../../verdict/api_error.ts";
import { textOf } from "../../verdict/error_body.ts";
import type { Details } from "../../verdict/error_body.ts";
import { codeOf, parseErrorText } from "./error_text.ts";

/** Completes an error in the words of the agent with what it knows of it. */
export function withFacts(
  text: string,
  { source, status, code, details }: Pick<
    ApiError,
    "source" | "status" | "code" | "details"
  >,
): ApiError {
  const said = parseErrorText(text, source) ??
    { source, status, code: "", message: text };
  const all = [...said.details ?? [], ...details ?? []];
  return {
    source,
    status: said.status ?? status,
    code: codeOf(...said.code.split(" "), ...code.split(" ")),
    message: said.message,
    ...(all.length > 0 && { details: all }),
  };
}

/**
 * Returns when a limit resets that the agent reports beside an error, as
 * `quotaLimits` or `rate_limit_info` (2.1.332); `undefined` if it names none. Its
 * status alone says nothing: it is `rejected` after any refusal, and while a plan
 * is used beyond its limit.
 */
export function limitOf(limit: unknown): Details | undefined {
  const { rateLimitType, resetsAt, status } = recordOf(limit);
  const at = textOf(resetsAt);
  return status === "rejected" && textOf(rateLimitType) !== "" && at !== ""
    ? [["resetsat", at]]
    : undefined;
}

/** Returns the text of a message of the Messages API. */
export function textIn(message: Record<string, unknown>): string {
  return blocksOf(message).map((it) => textOf(it.text))
    .filter((it) => it !== "").join("\n");
}

/** Returns the blocks of a message. */
export function blocksOf(
  { content }: Record<string, unknown>,
): Record<string, unknown>[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.map(recordOf) : [];
}
