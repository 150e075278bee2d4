import {
  finalError,
  isNoise,
  meaningfulLines,
  otherLines,
  parseErrorText,
  readStderr,
} from "./stderr_errors.ts";
import type { ErrorSource } from "../../verdict/api_error.ts";
import {
  classifyError,
  type ClassifyOptions,
  firstOf,
  judgeByPatterns,
  judgeByRules,
  type Verdict,
} from "../../verdict/classify.ts";
import { type Evidence, statusIn } from "../../verdict/signal.ts";
import { judgeStranger } from "../../verdict/last_words.ts";
import { KIND } from "../../verdict/policy.ts";
import { redact } from "../../verdict/redact.ts";
import { parseStructuredOutput } from "./structured_output.ts";
import type { OutputFormat, OutputSign } from "../formats.ts";
import { toolsIn } from "../stdout.ts";

/** What the output of `qwen` means. */
export const output: OutputFormat = { classify, readLine, toolsIn };

/** The title of the box with the page to log in at, 0.7.1 to 0.24.4. */
const LOGIN_TITLE = "Qwen OAuth Device Authorization";

/** What 0.24.4 prints before it waits. */
const RETRYING = /^Retrying in (\d{1,6})s \(attempt (\d+)\//;

function readLine(line: string): OutputSign | undefined {
  if (line.includes(LOGIN_TITLE)) return { kind: "login" };
  if (!line.startsWith("Retrying in ")) return undefined;
  const [, seconds = 0, retry = 0] = RETRYING.exec(line) ?? [];
  return {
    kind: "retry",
    error: parseErrorText(line, "stderr"),
    afterMs: Number(seconds) * 1_000,
    retry: Number(retry),
  };
}

/**
 * Decides how a run of `qwen` ended.
 *
 * Ignores the answer of a successful run; an error with exit code 0 is
 * recognized by its form. The most trusted source with an error decides
 * (session log, structured output, stderr), and in it the last error.
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
  // In the text format up to 0.5.2, a failed run exits with 0 and an empty or
  // partial stdout.
  const isSilent = stdout.trim() === "" &&
    (loggedError || parts.some((it) => it.isError));
  const failed = result ? result.failed : final !== undefined || isSilent;
  if (endedWell && !failed) return { kind: KIND.ok, evidence: "" };
  if (exitCode === AGENT_BAD_SETTINGS) return verdictWithoutError(evidence);
  const verdicts = [
    ...sessionErrors.slice(-1).map((it) => classifyError(it, options)),
    ...(result?.failed ? [classifyText(result.message, "structured")] : []),
    ...judgeStderr(),
    ...(result ? [] : judgeStdout(stdout).map((it) => classifyText(it))),
  ].filter((it) => it !== undefined);
  // An opened device flow proves an expired login, whatever followed.
  const logins = verdicts.filter((it) => it.kind === KIND.login);
  return firstOf([...logins, ...verdicts]) ?? lastResort(evidence, options) ??
    verdictWithoutError(evidence);

  function classifyText(text: string, source: ErrorSource = "stderr") {
    const error = parseErrorText(text, source);
    const status = error.status ?? statusIn(text);
    return classifyError({ ...error, status }, options);
  }

  /** Judges the last error first, and only the last if the run exited 0. */
  function judgeStderr(): (Verdict | undefined)[] {
    if (endedWell && final !== undefined) return [classifyText(final)];
    const errors = parts.filter((it) => it.isError).toReversed();
    const said = otherLines(parts);
    return [
      ...(endedWell ? [] : [
        judgeByRules(said, options),
        judgeByPatterns(said, options),
      ]),
      ...errors.map((it) => classifyText(it.text)),
    ];
  }
}

/** Returns the error on stdout, if stdout has nothing else. */
function judgeStdout(stdout: string): string[] {
  const [only, ...others] = readStderr(stdout);
  return only?.isFinal && others.length === 0 ? [only.text] : [];
}

/**
 * Judges another program of the same name that failed without an answer: by its
 * stderr, or by stdout if stderr is empty.
 */
function lastResort(
  { exitCode, timedOut, stdout, stderr }: Evidence,
  options: ClassifyOptions,
): Verdict | undefined {
  if (exitCode === 0 || timedOut || exitCode === AGENT_OUT_OF_TIME) {
    return undefined;
  }
  const [first] = meaningfulLines(stderr);
  const isEmpty = first === undefined;
  if (isEmpty ? DISCONTINUED.test(stderr) : stdout.trim() !== "") {
    return undefined;
  }
  const said = isEmpty ? stdout : stderr;
  const lines = isEmpty ? otherLines(readStderr(said)) : [];
  return judgeStranger(said, { ...options, lines, isNoise, senders: SENDERS });
}

/** What may stand before a status: the agent, and the services it can use. */
const SENDERS = ["qwen", "openai", "gemini", "anthropic"];

/** The exit code for unreadable settings, 0.12.0. */
const AGENT_BAD_SETTINGS = 52;

/** The exit code for `--max-wall-time`, 0.24.4. */
const AGENT_OUT_OF_TIME = 55;

/** The only output of 0.24.4 when it refuses logins. */
const DISCONTINUED = /^Qwen OAuth free tier was discontinued on .*$/m;

function verdictWithoutError(
  { exitCode, timedOut, stderr }: Evidence,
): Verdict {
  const [first] = meaningfulLines(stderr);
  const evidence = redact(first ?? `exit code ${exitCode}`);
  if (timedOut || exitCode === AGENT_OUT_OF_TIME) {
    return {
      kind: KIND.timeout,
      evidence: first === undefined ? "" : evidence,
    };
  }
  const notice = DISCONTINUED.exec(stderr)?.[0];
  if (notice !== undefined && first === undefined) {
    return { kind: KIND.discontinued, evidence: redact(notice) };
  }
  return { kind: KIND.failed, evidence };
}
