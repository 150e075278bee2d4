import {
  AgentError,
  LoginNeededError,
  NoAccountReadyError,
} from "../errors.ts";
import { nameOf } from "../account_name.ts";
import { wordFor } from "../accounts/fix_of.ts";
import { chosenAgent } from "../agents/registry.ts";
import type { Readiness } from "../readiness.ts";
import { invocation } from "../program.ts";
import { policyOf } from "../verdict/policy.ts";
import type { RotatedRun } from "../run/call_options.ts";
import { describeFailure } from "../run/failure.ts";
import { hintToFix } from "./hint_to_fix.ts";
import type { AccountKind } from "../vault/account_name.ts";

/**
 * Returns the error for a call that ended as `rotated`, without an answer.
 * `readiness` says when each account will be ready, `ready` which one is now, and
 * `kindOf` whether an account has a login, a token or a key.
 */
export function failedCall(
  rotated: RotatedRun,
  { readiness, ready, kindOf }: {
    readiness: readonly Readiness[];
    ready?: Readiness | undefined;
    kindOf: (account: number) => AccountKind | "token";
  },
): Error {
  const { run, tried, verdict, exhausted } = rotated;
  const message = describeFailure(rotated) ?? "";
  const { blames } = policyOf(verdict);
  if (blames === "time limit") return new AgentError("timed-out", message);
  if (blames !== "account" && blames !== "account type") {
    const hint = adviceFor(message);
    return new AgentError("failed", message, { exitCode: run.exitCode, hint });
  }
  const mayRecover = exhausted && blames === "account type" ||
    tried.some((it) => policyOf(it.verdict).limit !== undefined);
  if (mayRecover) {
    const hint = ready
      ? `${nameOf(ready.index, ready.label)} is ready: ${invocation()} exec ` +
        `--account ${wordFor(ready)}`
      : `wait: ${invocation()} exec --wait, or add an account: ` +
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

/** Returns what helps after a failure that the agent is known for. */
function adviceFor(message: string): string | undefined {
  const advice = chosenAgent().product.advice
    ?.find((it) => message.includes(it.says));
  return advice && `${advice.hint}: ${invocation()} exec -- ${advice.args}`;
}
