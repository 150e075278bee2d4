import { codeOf, limitOf, parseErrorText, withFacts } from "./error_text.ts";
import type { ApiError } from "../../verdict/api_error.ts";
import {
  classifyError,
  type ClassifyOptions,
  firstOf,
  judgeByRules,
  type Verdict,
} from "../../verdict/classify.ts";
import type { Evidence } from "../../verdict/signal.ts";
import { judgeStranger } from "../../verdict/last_words.ts";
import { KIND } from "../../verdict/policy.ts";
import { redact } from "../../verdict/redact.ts";
import type { OutputFormat } from "../formats.ts";
import { toolsIn } from "../stdout.ts";
import { textIn, usageInOutput } from "./session_log.ts";
import { parseObject, parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";

/**
 * What the output of `claude` means. While it tries again it writes nothing to
 * stderr, only to its session log and to `stream-json`.
 */
export const output: OutputFormat = {
  classify,
  readLine: () => undefined,
  toolsIn,
  usageIn: usageInOutput,
};

/**
 * Decides how a run of `claude` ended.
 *
 * A run that exits with 0 has answered, whatever the answer says, unless its
 * structured result says that it failed. A failed run prints its error on stdout
 * in place of an answer, so the beginning of stdout counts, not what may be
 * somewhere in it. The most trusted source with an error decides: session log,
 * structured result, stdout; stderr only if it is all that there is.
 */
export function classify(
  evidence: Evidence,
  options: ClassifyOptions = {},
): Verdict {
  const { exitCode, timedOut, stdout, sessionErrors = [] } = evidence;
  const result = parseStructuredOutput(stdout);
  if (exitCode === 0 && !timedOut && !result?.error) {
    return { kind: KIND.ok, evidence: "" };
  }
  const printed = result ? result.error : parseErrorText(stdout, "structured");
  const verdicts = [...sessionErrors.slice(-1), printed]
    .map((it) => it && classifyError(it, options))
    .filter((it) => it !== undefined);
  return firstOf(verdicts) ?? lastResort(evidence, options) ??
    verdictWithoutError(evidence);
}

/**
 * Judges a failed run whose words are unknown, as of another version or of a
 * script of the same name: by its only line on stdout, or by its stderr.
 */
function lastResort(
  { timedOut, stdout, stderr }: Evidence,
  options: ClassifyOptions,
): Verdict | undefined {
  const printed = stdout.trim();
  if (timedOut || printed.includes("\n")) return undefined;
  const said = printed || stderr;
  return judgeByRules(said.split("\n"), options) ??
    judgeStranger(said, { ...options, isNoise });
}

/** Warnings before a limit is reached (2.1.332), and blank lines. */
function isNoise(line: string): boolean {
  return /^\s*(?:$|(?:You've used|You're close to|You're now using|Now using) )/
    .test(line);
}

function verdictWithoutError(
  { exitCode, timedOut, stdout, stderr }: Evidence,
): Verdict {
  if (timedOut) return { kind: KIND.timeout, evidence: "" };
  const [line] = `${stderr}\n${stdout}`.split("\n")
    .filter((it) => it.trim() !== "");
  return {
    kind: KIND.failed,
    evidence: redact(line ?? `exit code ${exitCode}`),
  };
}

/**
 * Parses the result in `stdout` in the agent's `json` or `stream-json` output;
 * `undefined` if the output is text, or has no result. It has an `error` if the
 * run failed, although its subtype says "success".
 *
 * `json` prints one object, or with `--verbose` all of them as an array;
 * `stream-json` prints one in each line. The order of the members differs
 * between versions.
 */
export function parseStructuredOutput(
  stdout: string,
): { error: ApiError | undefined } | undefined {
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
  const all = parseObject(`{"events":${text}}`)?.events;
  if (Array.isArray(all)) return all.map(recordOf);
  let at = text.lastIndexOf("{");
  for (let tries = 0; at > 0 && tries < MOST_TRIES; tries++) {
    const last = parseRecord(text.slice(at).replace(/\]$/, ""));
    if (last.type === "result") return [last];
    at = text.lastIndexOf("{", at - 1);
  }
  return [];
}

/** A result has a few dozen objects in it. */
const MOST_TRIES = 500;

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
    code: codeOf(textOf(api_error), isApiError ? textOf(last.error) : ""),
    // The limit that the agent has reported last.
    details: isLimit
      ? limitOf(recordOf(last.api_error_params).rate_limit_info) ??
        limitOf(
          before.findLast((it) => it.type === "rate_limit_event")
            ?.rate_limit_info,
        )
      : undefined,
  });
}
