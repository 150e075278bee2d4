import type { Tokens } from "../../agents/session_format.ts";
import { BusyError, hasCode, NoAccountReadyError } from "../../errors.ts";
import { describeObstacle, verdictOf } from "../../run/call_result.ts";
import type { RotatedRun } from "../../run/call_options.ts";
import { NO_ACCOUNT } from "../../run/next_step.ts";
import { meaningOf } from "../exit_code.ts";
import { EXIT } from "../exit.ts";
import { formatJsonLine } from "../screen/json.ts";
import type { Prompt } from "./prompts.ts";

/**
 * How a prompt ended: the agent answered, or it did not, or no account was ready
 * or had room, so that the prompt can be asked again later.
 */
export const STATUSES = ["ok", "failed", "out"] as const;

/** How a prompt ended. */
export type Status = typeof STATUSES[number];

/** The result of a prompt. */
export interface BatchResult {
  id: string;
  prompt: string;
  status: Status;
  error: string | null;
  exit: number;
  output: string;
  account: number | null;
  agent: string;
  attempts: number;
  tokens: Tokens | null;
  seconds: number;
  verdict: string;
}

/** Formats a result as one line of JSON. */
export function formatResult(result: BatchResult): string {
  return formatJsonLine({ ...result });
}

/** The beginning of the line of each result. */
export const RESULT_BEGINS: string = formatJsonLine({ id: "" }).slice(0, -2);

/** The longest answer; a longer one would not fit in a line that can be read. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Whether `error` says nothing about the other prompts of a batch. */
export function isOfPrompt(error: unknown): error is Error {
  return isOut(error) || hasCode(error, "unusable-argument", "foreign-login");
}

function isOut(error: unknown): boolean {
  return error instanceof NoAccountReadyError || error instanceof BusyError;
}

/** How a prompt was asked; `failure` is why there is no answer. */
type Asked =
  & { prompt: Prompt; agent: string; seconds: number }
  & (
    | { rotated: RotatedRun; failure: Error | undefined }
    | { rotated?: undefined; failure: Error }
  );

/** Returns the result of a prompt, also if the agent was not run. */
export async function resultOf(
  { prompt, agent, seconds, rotated, failure }: Asked,
): Promise<BatchResult> {
  const { stdout, exitCode = EXIT.done } = rotated?.run ?? {};
  const { size = 0 } = stdout ?? {};
  const error = failure ??
    (size > MOST_BYTES
      ? new Error(`The answer has ${size} bytes, more than ${MOST_BYTES}`)
      : undefined);
  const bytes = error ? undefined : await stdout?.head(size);
  const account = rotated?.tried.at(-1)?.account ?? NO_ACCOUNT;
  return {
    id: prompt.id, // first: see RESULT_BEGINS
    prompt: prompt.hash,
    status: isOut(error) ? "out" : error ? "failed" : "ok",
    error: error ? describeObstacle(error) : null,
    exit: error ? meaningOf(error).code : exitCode,
    output: new TextDecoder().decode(bytes),
    account: account === NO_ACCOUNT ? null : account,
    agent,
    attempts: rotated?.runs ?? 0,
    tokens: rotated?.tokens ?? null,
    seconds,
    verdict: rotated ? rotated.verdict.kind : verdictOf(failure),
  };
}
