import type { AccountManager } from "../accounts/account_manager.ts";
import type { RotatedRun } from "../run/call_options.ts";
import { concealed } from "../gateway/conceal.ts";
import { readKeySlot } from "../vault/logins/key_slots.ts";
import type { ByteSource } from "../system/byte_source.ts";
import { KIND, policyOf } from "../verdict/policy.ts";
import { failedCall } from "./failed_call.ts";
import { copyTo } from "./screen/streams.ts";

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
    const keys = await keysOf(rotated, accounts);
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
  const keys = new Set(
    all.filter((it) => it.kind === "api-key").map((it) => it.index),
  );
  const tokens = new Set(
    all.filter((it) => it.isToken).map((it) => it.index),
  );
  const { kind, tried } = rotated;
  const readiness = rotated.readiness ??
    (rotated.exhausted
      ? all.filter((it) => kind === undefined || it.kind === kind)
      : []);
  return failedCall(rotated, {
    readiness,
    ready: all.find((it) =>
      it.obstacle === undefined && (kind === undefined || it.kind === kind) &&
      !tried.some(({ account }) => account === it.index)
    ),
    kindOf: (account) =>
      keys.has(account) ? "api-key" : tokens.has(account) ? "token" : "oauth",
  });
}

/**
 * Returns the keys of the accounts that the call has used: the agent may print
 * an error of the service that repeats one.
 */
async function keysOf(
  { tried }: RotatedRun,
  { layout }: Pick<AccountManager, "layout">,
): Promise<string[]> {
  const used = new Set(tried.map((it) => it.account));
  const slots = await Promise.all(
    [...used].map((it) => readKeySlot(layout, it)),
  );
  return slots.flatMap((it) => "key" in it ? [it.key.apiKey] : []);
}
