import {
  type ApiError,
  type ErrorSource,
  parseErrorReply,
} from "../../verdict/api_error.ts";
import { withoutEscapes } from "../../verdict/redact.ts";
import { parseRecord, recordOf } from "../../json.ts";
import { textOf } from "../../verdict/error_body.ts";

/** A reply that codex did not expect: its status, its body, and an address. */
const UNEXPECTED =
  /^unexpected status ([1-5]\d\d)[^:]{0,40}: (.*?)(?:, url: https?:\S+)?(?:, (?:cf-ray|request id|auth error)\b.*)?$/s;

/**
 * The last reply to several requests, or a fault of the service that issues
 * tokens. Any other reply of it refuses the login.
 */
const LAST_STATUS =
  /^(?:exceeded retry limit, last status: |Failed to refresh token: (?=429|5))([1-5]\d\d)\b/;

/** The status of a reply whose body is all that codex prints. */
const REFUSED = 400;

/** Parses an error as codex prints it, 0.60.1 to 0.171.0. */
export function parseErrorText(text: string, source: ErrorSource): ApiError {
  const [, status, body] = UNEXPECTED.exec(text) ?? [];
  const reply = body ?? (text.startsWith("{") ? text : undefined);
  if (reply !== undefined) {
    const { retryAfter: _, ...said } = parseErrorReply(
      Number(status ?? REFUSED),
      reply,
    );
    return { ...said, source };
  }
  const last = LAST_STATUS.exec(text)?.[1];
  return {
    source,
    status: last === undefined ? undefined : Number(last),
    code: "",
    message: text,
  };
}

/**
 * What codex prints while it waits before the next request; the reason is in
 * brackets, but for the text format of 0.171.0.
 */
const RECONNECTING =
  /^(?:ERROR: )?Reconnecting\.\.\. (?:(\d{1,3})\/\d+|waiting for network)(?: \((.*)\))?$/s;

/** A pause before the next request. */
export interface Reconnecting {
  /** The number of the next request; `undefined` without a network. */
  retry: number | undefined;
  /** What failed, if it says so. */
  reason: string | undefined;
  /** How long it waits, milliseconds; `undefined` if it does not say. */
  afterMs?: number | undefined;
}

/** Parses a line about a pause; `undefined` if it is anything else. */
export function parseReconnecting(line: string): Reconnecting | undefined {
  const found = RECONNECTING.exec(line);
  if (!found) return undefined;
  const [, retry, reason] = found;
  if (retry !== undefined) return { retry: Number(retry), reason };
  return { retry: undefined, reason: "connection error: waiting for network" };
}

/** The beginning of the lines in its own log about pauses (0.171.0). */
const LOGGED_PAUSE = /^\S+Z\s+WARN codex_core::responses_retry: /;

const AFTER_A_REPLY =
  /\((\d{1,3})\/\d+ in ([\d.]+)(m?s)\)\.\.\. .*? sampling_error=(.*)$/s;

const WITHOUT_NETWORK = / error=(.*) retry_delay=([\d.]+)(m?s)$/s;

/** The variable that makes codex log them, among the errors that it logs. */
export const LOG_VARIABLE = "RUST_LOG";

/** Returns the value of that variable, based on the user's. */
export function logFilter(filter = "error"): string {
  return filter.includes(PAUSES) ? filter : `${filter},${PAUSES}`;
}

const PAUSES = "codex_core::responses_retry=warn";

/** Parses a line of its own log about a pause; `undefined` if it is another. */
export function parseLoggedPause(line: string): Reconnecting | undefined {
  if (!LOGGED_PAUSE.test(line)) return undefined;
  const [, retry, time = "", unit, reason] = AFTER_A_REPLY.exec(line) ?? [];
  if (retry !== undefined) {
    return { retry: Number(retry), reason, afterMs: toMs(time, unit) };
  }
  const [, error, delay = "", unitOfDelay] = WITHOUT_NETWORK.exec(line) ?? [];
  if (error === undefined) return undefined;
  return {
    retry: undefined,
    reason: `connection error: ${error}`,
    afterMs: toMs(delay, unitOfDelay),
  };
}

function toMs(time: string, unit: string | undefined): number {
  return Number(time) * (unit === "s" ? 1_000 : 1);
}

/** Returns the error behind a pause; `undefined` if codex does not name it. */
export function errorBehind(
  { reason, afterMs }: Reconnecting,
  source: ErrorSource,
): ApiError | undefined {
  if (reason === undefined) return undefined;
  const error = parseErrorText(reason, source);
  return afterMs === undefined
    ? error
    : { ...error, retryAfter: String(Math.ceil(afterMs / 1_000)) };
}

/** A line with which codex begins a run in the text format. */
const BANNER = /^OpenAI Codex v\d/m;

/** The line with the id of the session, in the text format. */
const SESSION = /^session id: ([0-9a-f-]{36})$/m;

/** Lines of its own log, which tell of every request. */
const LOGGED = /^\d{4}-\d\d-\d\dT[\d:.]+Z\s+[A-Z]+ /;

/**
 * Lines that begin a section, or that follow the prompt. An error before one of
 * them is a part of the prompt or of an answer.
 */
const SECTION =
  /^(?:user|codex|exec|thinking|tokens used|mcp: .*|mcp startup: .*|warning: .*|session id: .*)$/;

/** Lines before a run that tell of no error. */
const REMARK = /^(?:warning: |Reading (?:additional input|prompt) from stdin)/i;

/** The form of the error with which a run ends. */
const ERROR = "ERROR: ";

/** Whether stderr is that of a run in the text format. */
export function isRunOfCodex(stderr: string): boolean {
  return BANNER.test(stderr);
}

/** Returns the id of the session of a run in the text format. */
export function sessionIdIn(stderr: string): string | undefined {
  return SESSION.exec(stderr)?.[1];
}

/**
 * What follows the error of a run that had got an answer before, or of a review
 * (0.100.0).
 */
const ENDING =
  /\n(?:tokens used\n[\d,.]+|codex\nReview was interrupted\. Please re-run \/review and wait for it to complete\.)$/;

/**
 * Returns the error with which a run has ended; `undefined` if stderr does not
 * end with one. It may span several lines, and 0.145.0 and 0.171.0 print it
 * twice.
 */
export function finalError(stderr: string): string | undefined {
  const text = meaningfulLines(stderr).join("\n").replace(ENDING, "");
  const lines = text.split("\n");
  const start = lines.findLastIndex((it) => it.startsWith(ERROR));
  const [first, ...others] = start < 0 ? [] : lines.slice(start);
  if (first === undefined || others.some((it) => SECTION.test(it))) {
    return undefined;
  }
  if (parseReconnecting(first)) return undefined;
  return [first.slice(ERROR.length), ...others].join("\n");
}

/** Returns why codex did not begin a run; `undefined` if it does not say. */
export function refusalIn(stderr: string): string | undefined {
  if (isRunOfCodex(stderr)) return undefined;
  const said = meaningfulLines(stderr).filter((it) => !REMARK.test(it));
  return said.find((it) => /^error\b/i.test(it)) ?? said[0];
}

/** Returns what a run waits for; `undefined` if it does not wait. */
export function pendingPause(stderr: string): Reconnecting | undefined {
  const lines = linesOf(stderr)
    .filter((it) => !LOGGED.test(it) || parseLoggedPause(it));
  const [last = "", before = ""] = lines.slice(-2).reverse();
  const pause = parseReconnecting(last);
  // Its log says more, and before.
  return parseLoggedPause(pause ? before : last) ?? pause;
}

function meaningfulLines(stderr: string): string[] {
  return linesOf(stderr).filter((it) => !LOGGED.test(it));
}

function linesOf(stderr: string): string[] {
  return withoutEscapes(stderr).split(/\r?\n/).map((it) => it.trimEnd())
    .filter((it) => it !== "");
}

/** The beginning of the output with `--json`. */
export const EVENTS = /^\s*\{"type":"thread\.started"/;

/** Whether `stdout` has the events of `--json`. */
export function isJsonOutput(stdout: string): boolean {
  return EVENTS.test(stdout);
}

/** Returns the id of the session in the events, if they begin in `stdout`. */
export function threadIdIn(stdout: string): string | undefined {
  if (!isJsonOutput(stdout)) return undefined;
  const [first = ""] = stdout.trimStart().split("\n", 1);
  return textOf(parseRecord(first).thread_id) || undefined;
}

/** The beginning of an event about an error that the run may survive. */
const ERROR_EVENT = '{"type":"error"';

/** Returns what an event says about an error that the run may survive. */
export function messageOfError(line: string): string | undefined {
  if (!line.startsWith(ERROR_EVENT)) return undefined;
  return textOf(parseRecord(line).message) || undefined;
}

/** Events that say how far a turn is. */
const PROGRESS = /^\{"type":"(?:error|turn\.\w+|item\.\w+)"/;

/** A warning, which is an item. */
const WARNING = /^\{"type":"item\.\w+","item":\{(?:"id":"\w+",)?"type":"error"/;

/**
 * Returns the error with which the events end: why the turn failed, or why it
 * waits. `undefined` if the turn has gone on after the last error.
 */
export function lastErrorIn(stdout: string): string | undefined {
  if (!isJsonOutput(stdout)) return undefined;
  const line = stdout.split("\n")
    .findLast((it) => PROGRESS.test(it) && !WARNING.test(it));
  const { type, error, message } = parseRecord(line ?? "");
  if (type !== "error" && type !== "turn.failed") return undefined;
  return textOf(recordOf(error).message ?? message) || undefined;
}
