import type { VerdictKind } from "../quota/classify.ts";
import type { RotatedRun, Tried } from "./rotating_run.ts";

/** Thrown by the command when a call gave no answer. */
export class CallFailedError extends Error {
  /** Whether an account is merely out of quota, and later may answer. */
  readonly mayRecover: boolean;
  /** What the last run came to. */
  readonly verdict: VerdictKind;
  /** The exit code of the last run. */
  readonly exitCode: number;

  /** Creates the error for the call that ended as `rotated`. */
  constructor(rotated: RotatedRun) {
    super(describeFailure(rotated));
    this.name = "CallFailedError";
    this.mayRecover = rotated.tried.some((it) => it.verdict.kind === "quota");
    this.verdict = rotated.verdict.kind;
    this.exitCode = rotated.run.exitCode;
  }
}

/**
 * Says in one line what went wrong in a call and with which account;
 * `undefined` if it went well.
 */
export function describeFailure(
  { run, verdict, tried, exhausted }: RotatedRun,
): string | undefined {
  const account = tried.at(-1)?.account;
  const why = verdict.evidence ? `: ${verdict.evidence}` : "";
  switch (verdict.kind) {
    case "ok":
      return undefined;
    case "quota":
    case "login":
      return `${exhausted ? "No account is ready" : "No answer"}: ${
        tried.map(describeTried).join(", ")
      }`;
    case "timeout": {
      const seconds = (run.durationMs / 1000).toFixed(1);
      return `Account ${account} gave no answer within ${seconds} s${why}`;
    }
    case "failed":
      return `The run with account ${account} failed${why}`;
  }
}

function describeTried({ account, verdict }: Tried): string {
  return verdict.kind === "quota"
    ? `account ${account} is out of quota`
    : `account ${account} needs a new login`;
}
