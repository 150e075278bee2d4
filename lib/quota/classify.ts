import { type ErrorSource, parseErrorText } from "./api_error.ts";
import {
  classifyError,
  type ClassifyOptions,
  type Verdict,
} from "./classify_error.ts";
import { type Evidence, meaningfulLines } from "./evidence.ts";
import { findLastWords, findUnreachable } from "./last_words.ts";
import { redact } from "./redact.ts";
import { findRetryAt } from "./retry_at.ts";
import {
  DEFAULT_QUOTA_PATTERNS,
  findQuotaSignal,
  ownPatterns,
  statusIn,
} from "./signal.ts";
import {
  finalError,
  otherLines,
  readStderr,
  type StderrPart,
} from "./stderr_errors.ts";
import { parseStructuredOutput } from "./structured_output.ts";

export type { VerdictKind } from "./rules.ts";
export { classifyError, type ClassifyOptions, type Verdict };

/**
 * Decides what a run came to: the one place where that is done.
 *
 * Nothing is looked for in the answer of a good run; errors that end with code
 * 0 are known by their form. Of several sources the one to trust most decides
 * (session log, structured output, stderr), and of several errors the last.
 */
export function classify(
  evidence: Evidence,
  options: ClassifyOptions = {},
): Verdict {
  const { exitCode, timedOut, stdout, sessionErrors = [] } = evidence;
  const loggedError = sessionErrors.length > 0;
  const result = parseStructuredOutput(stdout, { loggedError });
  const parts = readStderr(evidence.stderr);
  const final = finalError(parts);
  const endedWell = exitCode === 0 && !timedOut;
  // Of the text format: to 0.5.2 with code 0, and nothing or a part on stdout.
  const isSilent = stdout.trim() === "" &&
    (loggedError || parts.some((it) => it.isError));
  const failed = result ? result.failed : final !== undefined || isSilent;
  if (endedWell && !failed) return { kind: "ok", evidence: "" };
  if (exitCode === CLI_BAD_SETTINGS) return withoutError(evidence);
  const verdicts = [
    ...sessionErrors.slice(-1).map((it) => classifyError(it, options)),
    ...(result?.failed ? [classifyText(result.message, "structured")] : []),
    ...judgeStderr(),
    ...(result ? [] : judgeStdout(stdout).map((it) => classifyText(it))),
  ].filter((it) => it !== undefined);
  // A device flow that was opened tells of a dead login, however it went on.
  const verdict = verdicts.find((it) => it.kind === "login") ?? verdicts[0];
  if (!verdict) return lastResort(evidence, options) ?? withoutError(evidence);
  const retryAt = verdict.retryAt ??
    verdicts.find((it) => it.kind === verdict.kind && it.retryAt)?.retryAt;
  return retryAt === undefined ? verdict : { ...verdict, retryAt };

  function classifyText(text: string, source: ErrorSource = "stderr") {
    const error = parseErrorText(text, source);
    const status = error.status ?? statusIn(text);
    return classifyError({ ...error, status }, options);
  }

  /** The last one first; only that one counts where the run ended well. */
  function judgeStderr(): (Verdict | undefined)[] {
    if (endedWell && final !== undefined) return [classifyText(final)];
    const errors = parts.filter((it) => it.isError).toReversed();
    return [
      ...(endedWell
        ? []
        : [findOwnSignal(parts, ownPatterns(options.quotaPatterns))]),
      ...errors.map((it) => classifyText(it.text)),
    ];
  }
}

/** An error on stdout counts only where it is all that stands there. */
function judgeStdout(stdout: string): string[] {
  const [only, ...others] = readStderr(stdout);
  return only?.isFinal && others.length === 0 ? [only.text] : [];
}

/**
 * What a program of no known form says when it fails without an answer: on stderr,
 * or on stdout where stderr is empty. A guess: the account rests for as long as
 * after any limit whose end nobody names.
 */
function lastResort(
  { exitCode, timedOut, stdout, stderr }: Evidence,
  options: ClassifyOptions,
): Verdict | undefined {
  const { now = Date.now(), service, dayBeginsMs } = options;
  if (exitCode === 0 || timedOut || exitCode === CLI_OUT_OF_TIME) {
    return undefined;
  }
  const isEmpty = meaningfulLines(stderr).length === 0;
  if (isEmpty ? DISCONTINUED.test(stderr) : stdout.trim() !== "") {
    return undefined;
  }
  const said = isEmpty ? stdout : stderr;
  const quotaPatterns = ownPatterns(options.quotaPatterns);
  if (quotaPatterns) {
    const own = isEmpty && findOwnSignal(readStderr(said), quotaPatterns);
    return own || unreachable(said, options);
  }
  const line = findLastWords(said, DEFAULT_QUOTA_PATTERNS);
  if (line === undefined) return unreachable(said, options);
  const retryAt = findRetryAt(line, now, { service, dayBeginsMs });
  return {
    kind: "quota",
    evidence: redact(line),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function unreachable(
  said: string,
  { host }: ClassifyOptions,
): Verdict | undefined {
  const line = host && findUnreachable(said, host);
  return line ? { kind: "transient", evidence: redact(line) } : undefined;
}

/** What the user says means "out of quota" may have any form. */
function findOwnSignal(
  parts: readonly StderrPart[],
  quotaPatterns: readonly string[] | undefined,
): Verdict | undefined {
  const line = quotaPatterns &&
    findQuotaSignal(otherLines(parts).toReversed(), quotaPatterns);
  return line === undefined
    ? undefined
    : { kind: "quota", evidence: redact(line) };
}

/** The exit code for settings that cannot be read, 0.12.0. */
const CLI_BAD_SETTINGS = 52;

/** The exit code for `--max-wall-time`, 0.24.4. */
const CLI_OUT_OF_TIME = 55;

/** What 0.24.4 says, and no more, when it refuses OAuth accounts. */
const DISCONTINUED = /^Qwen OAuth free tier was discontinued on .*$/m;

function withoutError({ exitCode, timedOut, stderr }: Evidence): Verdict {
  const lines = meaningfulLines(stderr);
  const evidence = redact(lines[0] ?? `exit code ${exitCode}`);
  if (timedOut || exitCode === CLI_OUT_OF_TIME) {
    return { kind: "timeout", evidence: lines.length > 0 ? evidence : "" };
  }
  const notice = DISCONTINUED.exec(stderr)?.[0];
  if (notice !== undefined && lines.length === 0) {
    return { kind: "discontinued", evidence: redact(notice) };
  }
  return { kind: "failed", evidence };
}
