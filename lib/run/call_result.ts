/**
 * The result of a call of the agent, and why there is no answer in it.
 *
 * @module
 */

import { describeOwnChoice, ownChoice } from "../accounts/plan_logins.ts";
import { LoginNeededError, NoAccountReadyError } from "../errors.ts";
import type { Spool } from "../process/spool.ts";
import { KIND, policyOf, type VerdictKind } from "../verdict/policy.ts";
import type { CallResult, RotatedRun } from "./call_options.ts";
import { NO_ACCOUNT, type Tried } from "./next_step.ts";
import { nameOf } from "../account_name.ts";
import { messageOf } from "../system/message_of.ts";

/** Returns the result of a `call()` that ran the agent. */
export async function resultOf(rotated: RotatedRun): Promise<CallResult> {
  const { run, verdict, tried, runs, readiness = [] } = rotated;
  const success = verdict.kind === KIND.ok;
  const error = describeFailure(rotated);
  const cause = ownChoice(readiness) &&
    new NoAccountReadyError(readiness, { message: error });
  return {
    success,
    output: success ? await textOf(run.stdout) : "",
    error,
    verdict: verdict.kind,
    exitCode: run.exitCode,
    ...(cause ? { cause } : {}),
    attempts: runs,
    accountsTried: tried.map((it) => it.account)
      .filter((it) => it !== NO_ACCOUNT),
  };
}

/** Returns the result of a `call()` that did not run the agent. */
export function notRun(cause: Error): CallResult {
  return {
    success: false,
    output: "",
    error: describeObstacle(cause),
    verdict: verdictOf(cause),
    exitCode: -1,
    cause,
    attempts: 0,
    accountsTried: [],
  };
}

/** Keeps a BOM at the beginning of the answer. */
async function textOf(spool: Spool): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(await spool.head(spool.size));
}

/**
 * Returns one line about what failed and with which accounts; `undefined` for a
 * success.
 */
export function describeFailure(
  { run, verdict, tried, exhausted, readiness = [] }: RotatedRun,
): string | undefined {
  const choice = ownChoice(readiness);
  if (choice) return describeOwnChoice(choice, toIso);
  const last = tried.at(-1);
  const account = last ? nameTried(last) : "the account";
  const why = verdict.evidence ? `: ${verdict.evidence}` : "";
  switch (policyOf(verdict).blames) {
    case "nothing":
      return undefined;
    case "account":
      break;
    case "time limit": {
      const seconds = (run.durationMs / 1000).toFixed(1);
      const name = last?.label === undefined ? capitalized(account) : account;
      return `${name} did not answer within ${seconds} s${why}`;
    }
    case "account type":
      if (exhausted) break;
      return `The service has discontinued this type of account${why}`;
    case "request":
      return `The request was refused${why}`;
    case "service":
      return `Cannot reach the service of ${account}${why}`;
    case "unknown":
      return `The run with ${account} failed${why}`;
  }
  const states = tried.map(describeTried).join(", ");
  return `${exhausted ? "No account is ready" : "No answer"}: ${states}`;
}

function describeTried(tried: Tried): string {
  return `${nameTried(tried)} ${policyOf(tried.verdict).words}`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function nameTried(tried: Tried): string {
  return tried.account === NO_ACCOUNT
    ? "the given key"
    : nameOf(tried.account, tried.label);
}

/** Whether `error` is a mistake of the caller rather than a failed call. */
export function isMistake(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError ||
    error instanceof ReferenceError;
}

/** Explains in one line why the agent could not be run. */
export function describeObstacle(error: Error): string {
  const message = messageOf(error);
  if (!(error instanceof NoAccountReadyError)) return message;
  const choice = ownChoice(error.accounts);
  if (choice) return describeOwnChoice(choice, toIso);
  const [first] = error.accounts;
  if (!first || !(first.readyAt < LAST_TIME)) return message;
  const at = toIso(first.readyAt);
  const name = nameOf(first.index, first.label);
  const why = first.obstacle ? ` (${first.obstacle})` : "";
  return first.source === "guess"
    ? `${message}; next try at ${at} (our guess) with ${name}${why}`
    : `${message}; the first will be ${name}${why}, at ${at}`;
}

/** The last time that a `Date` can have. */
const LAST_TIME = 8.64e15;

function toIso(time: number): string {
  return time < LAST_TIME ? new Date(time).toISOString() : "an unknown time";
}

/** Returns the verdict for a call that could not be made. */
export function verdictOf(error: Error): VerdictKind {
  if (error instanceof NoAccountReadyError) return KIND.quota;
  return error instanceof LoginNeededError ? KIND.login : KIND.failed;
}
