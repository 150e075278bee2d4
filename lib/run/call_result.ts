import { ownChoice } from "../accounts/own_choice.ts";
import { NoAccountReadyError } from "../errors.ts";
import type { Spool } from "../process/spool.ts";
import { KIND } from "../verdict/policy.ts";
import type { CallResult, RotatedRun } from "./call_options.ts";
import { describeFailure, describeObstacle, verdictOf } from "./failure.ts";
import { NO_ACCOUNT } from "./next_step.ts";

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
