import { withoutEscapes } from "../../verdict/redact.ts";
import {
  parseLoggedPause,
  parseReconnecting,
  type Reconnecting,
} from "./error_text.ts";

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

/** Returns for what a run waits that has not ended; `undefined` for nothing. */
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
