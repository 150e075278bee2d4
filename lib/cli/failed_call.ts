import {
  AgentError,
  LoginNeededError,
  NoAccountReadyError,
  type Readiness,
} from "../errors.ts";
import { invocation } from "../program.ts";
import type { AccountKind } from "../accounts/account.ts";
import { policyOf } from "../verdict/policy.ts";
import type { RotatedRun } from "../run/call_options.ts";
import { describeFailure } from "../run/failure.ts";
import { hintToFix } from "./hint_to_fix.ts";

/**
 * The error for a call that ended as `rotated`, without an answer. `readiness`
 * says when each account will be ready, and `kindOf` what an account has.
 */
export function failedCall(
  rotated: RotatedRun,
  { readiness, kindOf }: {
    readiness: readonly Readiness[];
    kindOf: (account: number) => AccountKind;
  },
): Error {
  const { run, tried, verdict, exhausted } = rotated;
  const message = describeFailure(rotated) ?? "";
  const { blames } = policyOf(verdict);
  if (blames === "time limit") return new AgentError("timed-out", message);
  if (blames !== "account" && blames !== "account type") {
    return new AgentError("failed", message, { exitCode: run.exitCode });
  }
  const mayRecover = exhausted && blames === "account type" ||
    tried.some((it) => policyOf(it.verdict).limit !== undefined);
  if (mayRecover) {
    const hint = `wait: ${invocation()} exec --wait, or add an account: ` +
      `${invocation()} setup`;
    return new NoAccountReadyError(readiness, { message, hint });
  }
  const refused = tried.flatMap(({ account: index, label, verdict }) => {
    const { state } = policyOf(verdict);
    return state ? [{ index, label, kind: kindOf(index), state }] : [];
  });
  const hint = hintToFix(refused);
  const accounts = refused.map(({ index, label }) => ({ index, label }))
    .toSorted((a, b) => a.index - b.index);
  return new LoginNeededError("account-refused", message, { accounts, hint });
}
