import type { Readiness } from "../errors.ts";
import type { VerdictKind } from "../verdict/classify.ts";
import type { AccountKind, AccountName } from "../rotation/account.ts";
import { nameOf } from "../account_name.ts";
import { describeState, NO_ACCOUNT, type Tried } from "./next_step.ts";
import type { RotatedRun } from "./rotating_run.ts";

/** An account that no run can use before the user does something for it. */
export interface RefusedAccount extends AccountName {
  /** How it logs in. */
  kind: AccountKind;
  /** What the service or the agent has refused. */
  state: "refused" | "login-needed" | "ended";
}

/** The states of accounts that waiting does not help. */
const REFUSED_STATES: Partial<Record<VerdictKind, RefusedAccount["state"]>> = {
  auth: "refused",
  login: "login-needed",
  discontinued: "ended",
};

/** Thrown by the command when a call gave no answer. */
export class CallFailedError extends Error {
  /** Whether an account is merely out of quota, and later may answer. */
  readonly mayRecover: boolean;
  /** What the last run came to. */
  readonly verdict: VerdictKind;
  /** The exit code of the last run. */
  readonly exitCode: number;
  /** When each account may be used again, the first one first. */
  readonly readiness: readonly Readiness[];
  /** The accounts that were tried and that waiting does not help. */
  readonly refused: readonly RefusedAccount[];

  /**
   * Creates the error for the call that ended as `rotated`; `kindOf` tells how
   * an account logs in.
   */
  constructor(
    rotated: RotatedRun,
    { readiness = [], kindOf = () => "oauth" }: {
      readiness?: readonly Readiness[];
      kindOf?: (account: number) => AccountKind;
    } = {},
  ) {
    super(describeFailure(rotated));
    this.name = "CallFailedError";
    const { tried, verdict, exhausted } = rotated;
    this.mayRecover = exhausted && verdict.kind === "discontinued" ||
      tried.some(({ verdict: { kind } }) =>
        kind === "quota" || kind === "throttle"
      );
    this.verdict = verdict.kind;
    this.exitCode = rotated.run.exitCode;
    this.readiness = readiness;
    this.refused = tried.flatMap(({ account: index, label, verdict }) => {
      const state = REFUSED_STATES[verdict.kind];
      return state ? [{ index, label, kind: kindOf(index), state }] : [];
    });
  }
}

/**
 * Says in one line what went wrong in a call and with which account;
 * `undefined` if it went well.
 */
export function describeFailure(
  { run, verdict, tried, exhausted }: RotatedRun,
): string | undefined {
  const last = tried.at(-1);
  const account = last ? nameTried(last) : "the account";
  const why = verdict.evidence ? `: ${verdict.evidence}` : "";
  switch (verdict.kind) {
    case "ok":
      return undefined;
    case "quota":
    case "throttle":
    case "auth":
    case "login":
      break;
    case "timeout": {
      const seconds = (run.durationMs / 1000).toFixed(1);
      const name = last?.label === undefined ? capitalized(account) : account;
      return `${name} did not answer within ${seconds} s${why}`;
    }
    case "discontinued":
      if (exhausted) break;
      return `The service has discontinued this type of account${why}`;
    case "client":
      return `The request was refused${why}`;
    case "transient":
      return `Cannot reach the service of ${account}${why}`;
    case "failed":
      return `The run with ${account} failed${why}`;
  }
  const states = tried.map(describeTried).join(", ");
  return `${exhausted ? "No account is ready" : "No answer"}: ${states}`;
}

function describeTried(tried: Tried): string {
  return `${nameTried(tried)} ${describeState(tried.verdict.kind)}`;
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function nameTried(tried: Tried): string {
  return tried.account === NO_ACCOUNT
    ? "the given key"
    : nameOf(tried.account, tried.label);
}
