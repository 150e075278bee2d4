import type { Tokens } from "../../agents/session_format.ts";
import { BusyError, hasCode, NoAccountReadyError } from "../../errors.ts";
import { describeObstacle, verdictOf } from "../../run/call_result.ts";
import type { RotatedRun } from "../../run/call_options.ts";
import { NO_ACCOUNT } from "../../run/next_step.ts";
import { meaningOf } from "../exit_code.ts";
import { EXIT } from "../exit.ts";
import { formatJsonLine } from "../screen/json.ts";
import type { Prompt } from "./prompts.ts";

/** How a prompt ended. */
export type Status =
  /** The agent answered. */
  | "ok"
  /** It did not. */
  | "failed"
  /** No account was ready or had room: the prompt can be asked again later. */
  | "out";

/** The statuses of a result. */
export const STATUSES: readonly Status[] = ["ok", "failed", "out"];

/** The result of a prompt. */
export interface BatchResult {
  id: string;
  prompt: string;
  status: Status;
  output: string;
  error: string | null;
  exit: number;
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

/** What a result depends on besides the run. */
interface Asked {
  prompt: Prompt;
  agent: string;
  seconds: number;
}

/**
 * Returns the result of a prompt that the agent was asked; `failure` is the
 * error that says why there is no answer.
 */
export async function resultOfRun(
  { run, runs, tokens, tried, verdict }: RotatedRun,
  { prompt, agent, seconds, failure }: Asked & { failure: Error | undefined },
): Promise<BatchResult> {
  const { size } = run.stdout;
  const cause = failure ??
    (size > MOST_BYTES
      ? new Error(`The answer has ${size} bytes, more than ${MOST_BYTES}`)
      : undefined);
  const account = tried.at(-1)?.account ?? NO_ACCOUNT;
  return {
    id: prompt.id, // first: see RESULT_BEGINS
    prompt: prompt.hash,
    ...endOf(cause),
    output: cause ? "" : await textOf(run.stdout),
    ...(cause ? {} : { exit: run.exitCode }),
    account: account === NO_ACCOUNT ? null : account,
    agent,
    attempts: runs,
    tokens: tokens ?? null,
    seconds,
    verdict: verdict.kind,
  };
}

/** Whether `error` says nothing about the other prompts of a batch. */
export function isOfPrompt(error: unknown): error is Error {
  return error instanceof NoAccountReadyError || error instanceof BusyError ||
    hasCode(error, "unusable-argument", "foreign-login");
}

/** Returns the result of a prompt that could not be asked because of `error`. */
export function resultOfError(
  error: Error,
  { prompt, agent, seconds }: Asked,
): BatchResult {
  return {
    id: prompt.id,
    prompt: prompt.hash,
    ...endOf(error),
    output: "",
    account: null,
    agent,
    attempts: 0,
    tokens: null,
    seconds,
    verdict: verdictOf(error),
  };
}

function endOf(
  error: Error | undefined,
): Pick<BatchResult, "error" | "exit" | "status"> {
  if (!error) return { status: "ok", error: null, exit: EXIT.done };
  const isOut = error instanceof NoAccountReadyError ||
    error instanceof BusyError;
  return {
    status: isOut ? "out" : "failed",
    error: describeObstacle(error),
    exit: meaningOf(error).code,
  };
}

async function textOf(stdout: RotatedRun["run"]["stdout"]): Promise<string> {
  return new TextDecoder().decode(await stdout.head(stdout.size));
}
