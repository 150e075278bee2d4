import type { OutputFormat, OutputSign } from "../formats.ts";
import type { ApiError, ErrorSource } from "../../verdict/api_error.ts";
import {
  classifyError,
  type ClassifyOptions,
  judgeByRules,
  type Verdict,
} from "../../verdict/classify.ts";
import type { Evidence, UsageLimit } from "../../verdict/signal.ts";
import { judgeStranger } from "../../verdict/last_words.ts";
import { KIND } from "../../verdict/policy.ts";
import { redact } from "../../verdict/redact.ts";
import {
  errorBehind,
  EVENTS,
  finalError,
  isJsonOutput,
  isRunOfCodex,
  lastErrorIn,
  messageOfError,
  parseErrorText,
  parseLoggedPause,
  parseReconnecting,
  pendingPause,
  type Reconnecting,
  refusalIn,
  sessionIdIn,
  threadIdIn,
} from "./error_text.ts";

import { toolsIn, UNNAMED } from "../stdout.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";

/** What the output of `codex` means. */
export const output: OutputFormat = {
  classify,
  readLine,
  readEvent,
  toolsIn: (stdout) => toolsIn(stdout, { beginning: EVENTS, toolsOf }),
};

/** Items that are not tools. */
const NO_TOOLS = ["agent_message", "error", "plan", "reasoning", "todo_list"];

function toolsOf(line: string): string[] {
  if (!line.includes('"type":"item.')) return [];
  const type = textOf(recordOf(parseRecord(line).item).type) || UNNAMED;
  return NO_TOOLS.includes(type) ? [] : [type];
}

/** The exit code of a run that failed; 2 is for unknown arguments. */
const FAILED = 1;

/**
 * Decides how a run of `codex` ended (0.60.1 to 0.171.0). No failed run exits
 * with 0. The most trusted source with an error decides: the log of the session,
 * the events of `--json`, stderr.
 */
function classify(evidence: Evidence, options: ClassifyOptions): Verdict {
  const { exitCode, timedOut, limits = [] } = evidence;
  if (exitCode === 0 && !timedOut) return { kind: KIND.ok, evidence: "" };
  if (KEY_REFUSED.test(refusalIn(evidence.stderr) ?? "")) {
    return { kind: KIND.failed, evidence: WITHOUT_KEYS };
  }
  for (const error of errorsIn(evidence)) {
    const verdict = judge(error, limits, options);
    if (verdict) return verdict;
  }
  if (timedOut) return { kind: KIND.timeout, evidence: "" };
  const ruled = judgeByRules(evidence.stderr.split("\n"), options);
  if (ruled) return ruled;
  const error = exitCode === FAILED ? finalError(evidence.stderr) : undefined;
  return error === undefined && judgeOther(evidence, options) || {
    kind: KIND.failed,
    evidence: redact(
      error ?? refusalIn(evidence.stderr) ?? `exit code ${exitCode}`,
    ),
  };
}

/**
 * What it says before it deletes the key of its home. No account is to blame: it
 * would refuse the key of any other.
 */
const KEY_REFUSED = /^ChatGPT login is required, but an API key is /;

const WITHOUT_KEYS = "codex refuses every API key here, because its settings " +
  'or those of the project have forced_login_method = "chatgpt". No login was ' +
  "deleted";

/** Returns the errors with which a run ended, the most trusted first. */
function errorsIn(
  { exitCode, timedOut, stdout, stderr, sessionErrors = [] }: Evidence,
): ApiError[] {
  const event = lastErrorIn(stdout);
  const hasFailed = exitCode === FAILED && !timedOut;
  const line = hasFailed ? finalError(stderr) : undefined;
  const pause = hasFailed ? undefined : pendingPause(stderr);
  return [
    ...sessionErrors.slice(-1),
    event && readError(event, "structured"),
    line && parseErrorText(line, "stderr"),
    pause && errorBehind(pause, "stderr"),
  ].filter((it) => typeof it === "object");
}

/** Reads an error that the run has not survived, or after which it waits. */
function readError(text: string, source: ErrorSource): ApiError | undefined {
  const pause = parseReconnecting(text);
  return pause ? errorBehind(pause, source) : parseErrorText(text, source);
}

/** Somebody replaced the login during the run: no account is to blame. */
const REPLACED = /you have since logged out or signed in to another account/;

function judge(
  error: ApiError,
  limits: readonly UsageLimit[],
  options: ClassifyOptions,
): Verdict | undefined {
  const { message } = error;
  if (REPLACED.test(message)) {
    return { kind: KIND.failed, evidence: redact(message) };
  }
  const { now = Date.now(), service } = options;
  const verdict = classifyError(error, {
    ...options,
    now,
    service: WITHOUT_SECONDS.test(message)
      ? { name: service?.name ?? "", clock: { zone: localZone() } }
      : service,
  });
  const isSettled = verdict?.restMs !== undefined; // by a rule of the user
  if (verdict?.kind !== KIND.quota || isSettled) return verdict;
  const told = verdict.retryAt;
  const retryAt = told === undefined
    ? resetOf(limits, now)
    : exactly(told, message, limits);
  return retryAt === undefined ? verdict : { ...verdict, retryAt };
}

function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A time that codex itself prints: in the machine's zone, without seconds. */
const WITHOUT_SECONDS = /\btry again at [^.]*\d:\d\d [AP]M/i;

const MINUTE_MS = 60_000;

/** Returns the exact time, or the end of the minute that codex has printed. */
function exactly(
  told: number,
  message: string,
  limits: readonly UsageLimit[],
): number {
  if (!WITHOUT_SECONDS.test(message)) return told;
  const end = told + MINUTE_MS;
  const limit = limits.find((it) => it.resetsAt >= told && it.resetsAt < end);
  return limit?.resetsAt ?? end;
}

/**
 * Returns when the account is usable again: when all used-up limits are reset,
 * or when the first one is, if none was used up when it was reported last.
 */
function resetOf(
  limits: readonly UsageLimit[],
  now: number,
): number | undefined {
  const open = limits.filter((it) => it.resetsAt > now);
  const spent = open.filter((it) => it.usedPercent >= 100);
  if (open.length === 0) return undefined;
  return spent.length > 0
    ? Math.max(...spent.map((it) => it.resetsAt))
    : Math.min(...open.map((it) => it.resetsAt));
}

/** Judges another program of the same name that failed without an answer. */
function judgeOther(
  { exitCode, stdout, stderr }: Evidence,
  options: ClassifyOptions,
): Verdict | undefined {
  const isOther = !isRunOfCodex(stderr) && !isJsonOutput(stdout);
  const isAnswered = stderr.trim() !== "" && stdout.trim() !== "";
  return exitCode === 2 || !isOther || isAnswered
    ? undefined
    : judgeStranger(stderr.trim() === "" ? stdout : stderr, options);
}

function readLine(text: string): OutputSign | undefined {
  const line = text.trimEnd();
  const id = sessionIdIn(line);
  return id === undefined
    ? signOf(parseLoggedPause(line) ?? parseReconnecting(line), "stderr")
    : { kind: "session", id };
}

/** Reads an event of `--json`. */
function readEvent(line: string): OutputSign | undefined {
  const id = threadIdIn(line);
  if (id !== undefined) return { kind: "session", id };
  const message = messageOfError(line);
  return signOf(parseReconnecting(message ?? ""), "structured");
}

/** Stands for the number of a retry that is not the first one. */
const LATER = 2;

function signOf(
  pause: Reconnecting | undefined,
  source: ErrorSource,
): OutputSign | undefined {
  const error = pause && errorBehind(pause, source);
  if (!error) return undefined;
  const { afterMs = 0, retry = LATER } = pause;
  return { kind: "retry", error, afterMs, retry };
}

/**
 * Whether the service refused the history of a session because another
 * organization has encrypted it. Only a new session helps.
 */
export function isForeignHistory(
  { code, message }: Pick<ApiError, "code" | "message">,
): boolean {
  return /invalid_encrypted_content|encrypted content .{0,80}could not be verified/i
    .test(`${code} ${message}`);
}
