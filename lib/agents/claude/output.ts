import { parseErrorText } from "./error_text.ts";
import { parseStructuredOutput } from "./structured_output.ts";
import type { ApiError } from "../../verdict/api_error.ts";
import {
  classifyError,
  type ClassifyOptions,
  judgeByRules,
  type Verdict,
} from "../../verdict/classify.ts";
import {
  customPatterns,
  type Evidence,
  findQuotaSignal,
} from "../../verdict/signal.ts";
import { judgeLastWords, judgeUnreachable } from "../../verdict/last_words.ts";
import { KIND } from "../../verdict/policy.ts";
import { redact } from "../../verdict/redact.ts";
import type { OutputFormat } from "../formats.ts";
import { toolsIn } from "../stdout.ts";
import { usageInOutput } from "./usage.ts";

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
    .filter((it) => it !== undefined)
    .map((it: ApiError) => classifyError(it, options))
    .filter((it) => it !== undefined);
  const [verdict] = verdicts;
  if (!verdict) {
    return lastResort(evidence, options) ?? verdictWithoutError(evidence);
  }
  const retryAt = verdict.retryAt ??
    verdicts.find((it) => it.kind === verdict.kind && it.retryAt)?.retryAt;
  return retryAt === undefined ? verdict : { ...verdict, retryAt };
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
  const ruled = judgeByRules(said.split("\n"), options);
  if (ruled) return ruled;
  const quotaPatterns = customPatterns(options.quotaPatterns);
  if (!quotaPatterns) return judgeLastWords(said, { ...options, isNoise });
  const line = findQuotaSignal(said.split("\n").toReversed(), quotaPatterns);
  return line === undefined
    ? judgeUnreachable(said, { ...options, isNoise })
    : { kind: KIND.quota, evidence: redact(line) };
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
