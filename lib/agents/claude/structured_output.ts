import type { ApiError } from "../../verdict/api_error.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { type Details, textOf } from "../../verdict/error_body.ts";
import { codeOf, limitOf, withFacts } from "./error_text.ts";
import { textIn } from "./session_log.ts";

/** The result in the agent's `json` or `stream-json` output. */
interface StructuredResult {
  /** The error, if the run failed; its subtype says "success" all the same. */
  error: ApiError | undefined;
}

/**
 * Parses the result in `stdout`; `undefined` if the output is text, or has no
 * result. `json` prints one object, or with `--verbose` all of them as an array;
 * `stream-json` prints one in each line. The order of the members differs
 * between versions.
 */
export function parseStructuredOutput(
  stdout: string,
): StructuredResult | undefined {
  const text = stdout.trim();
  if (!/^(?:\{|\[\s*\{)/.test(text)) return undefined;
  const events = text.startsWith("[")
    ? eventsIn(text)
    : text.split("\n").map(parseRecord);
  const at = events.findLastIndex((it) => it.type === "result");
  const result = events[at];
  if (!result || typeof result.is_error !== "boolean") return undefined;
  if (!result.is_error) return { error: undefined };
  return { error: errorOf(result, events.slice(0, at)) };
}

/** Returns the objects of an array; only the last one if its middle is cut out. */
function eventsIn(text: string): Record<string, unknown>[] {
  const all = parseList(text);
  if (all) return all;
  for (
    let at = text.lastIndexOf("{"), tries = 0;
    at > 0 && tries < MOST_TRIES;
    at = text.lastIndexOf("{", at - 1), tries++
  ) {
    const last = parseRecord(text.slice(at).replace(/\]$/, ""));
    if (last.type === "result") return [last];
  }
  return [];
}

/** A result has a few dozen objects in it. */
const MOST_TRIES = 500;

function parseList(text: string): Record<string, unknown>[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list.map(recordOf) : undefined;
  } catch {
    return undefined;
  }
}

/** 2.1.332 says more in the result itself, earlier versions before it. */
function errorOf(
  result: Record<string, unknown>,
  before: readonly Record<string, unknown>[],
): ApiError {
  const last = before.findLast((it) => it.type === "assistant") ?? {};
  const isApiError = last.is_api_error_message === true ||
    textOf(last.error) !== "";
  const { api_error, api_error_status, errors } = result;
  const isLimit = api_error_status === 429 || last.error === "rate_limit";
  const said = Array.isArray(errors) ? errors.map(textOf).join("\n") : "";
  const text = textOf(result.result) || said ||
    (isApiError ? textIn(recordOf(last.message)) : "");
  return withFacts(text, {
    source: "structured",
    status: typeof api_error_status === "number" ? api_error_status : undefined,
    code: codeOf(
      textOf(api_error),
      isApiError ? textOf(last.error) : "",
    ),
    details: isLimit ? limitIn(before, last) : undefined,
  });
}

/** Returns the limit that the agent has reported last. */
function limitIn(
  before: readonly Record<string, unknown>[],
  last: Record<string, unknown>,
): Details | undefined {
  const params = recordOf(last.api_error_params);
  const event = before.findLast((it) => it.type === "rate_limit_event") ?? {};
  return limitOf(params.rate_limit_info) ??
    limitOf(event.rate_limit_info);
}
