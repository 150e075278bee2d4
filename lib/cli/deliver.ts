import type { AccountManager } from "../accounts/account_manager.ts";
import type { RotatedRun } from "../run/call_options.ts";
import { concealed } from "../gateway/conceal.ts";
import { readKeySlot } from "../vault/logins/credential_file.ts";
import type { ByteSource } from "../system/byte_source.ts";
import { KIND, policyOf } from "../verdict/policy.ts";
import { copyTo } from "./screen/streams.ts";
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
import { describeFailure } from "../run/call_result.ts";
import { hintToFix } from "./exit_code.ts";
import type { AccountKind } from "../vault/account_name.ts";

/**
 * Writes the answer of a successful run to stdout, and other output to stderr.
 * Returns the exit code.
 *
 * @throws The error that says why there is no answer.
 */
export async function deliver(
  rotated: RotatedRun,
  accounts: Pick<AccountManager, "layout" | "readiness">,
): Promise<number> {
  const { run, verdict } = rotated;
  const isAnswer = verdict.kind === KIND.ok;
  // Otherwise our error message is enough, without the agent's output.
  if (policyOf(verdict).blames !== "account") {
    // The agent may print an error of the service that repeats a key.
    const used = new Set(rotated.tried.map((it) => it.account));
    const slots = await Promise.all(
      [...used].map((it) => readKeySlot(accounts.layout, it)),
    );
    const keys = slots.flatMap((it) => "key" in it ? [it.key.apiKey] : []);
    const conceal = (bytes: ByteSource) => keys.reduce(concealed, bytes);
    await copyTo("stderr", conceal(run.stderr.source()));
    const stdout = run.stdout.source();
    if (isAnswer) await copyTo("stdout", stdout);
    else await copyTo("stderr", conceal(stdout));
  }
  if (isAnswer || run.interruptedBy) return run.exitCode;
  throw await failureOf(rotated, accounts);
}

/** Returns the error that says why there is no answer. */
export async function failureOf(
  rotated: RotatedRun,
  accounts: Pick<AccountManager, "readiness">,
): Promise<Error> {
  const all = await accounts.readiness();
  const { exhausted, kind, tried } = rotated;
  const isMeant = (it: Readiness) => kind === undefined || it.kind === kind;
  const isTried = ({ index }: Readiness) =>
    tried.some((it) => it.account === index);
  return failedCall(rotated, {
    readiness: rotated.readiness ?? (exhausted ? all.filter(isMeant) : []),
    ready: all.find((it) =>
      it.obstacle === undefined && isMeant(it) && !isTried(it)
    ),
    kindOf: (account) => {
      const it = all.find(({ index }) => index === account);
      if (it?.kind === "api-key") return it.kind;
      return it?.isToken ? "token" : "oauth";
    },
  });
}

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
