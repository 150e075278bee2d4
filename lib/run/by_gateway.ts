import type { AccountPool } from "../accounts/pool/account_pool.ts";
import type { LeftAccount } from "../accounts/pool/pool.ts";
import type { Verdict } from "../verdict/classify.ts";
import type { RunTurn } from "../accounts/pool/run_turn.ts";
import { type Attempt, LONGEST_TRY_MS, runAttempt } from "./attempt.ts";
import { openGateway, type RunGateway } from "./open_gateway.ts";
import type { RotationOptions } from "./call_options.ts";
import type { AccountAttempt } from "./next_step.ts";
import { blamesAccount, KIND, policyOf } from "../verdict/policy.ts";

/**
 * Runs the agent with the account of `turn` and those that replace it during
 * the run. Ends the run, even after a failure.
 *
 * @throws {BusyError} If the agent got no answer because another process
 * held the lock for too long.
 * @throws Any other error on our side that prevented an answer.
 */
export async function runThroughGateway(
  turn: RunTurn,
  options: RotationOptions & { except: ReadonlySet<number> },
): Promise<AccountAttempt> {
  const gateway = await openGateway(turn, options);
  const attempt = await runAndClose();
  const { stopped, pool } = gateway;
  const failure = stopped.aborted ? stopped.reason : pool.mishaps.failure;
  if (failure !== undefined && hasFailed(attempt)) {
    attempt.run[Symbol.dispose]();
    throw failure;
  }
  for (const text of gateway.failures) options.notify(text);
  const judged = judge(attempt, gateway);
  // The gateway has already asked another account.
  const verdict = { ...judged.verdict, scope: undefined };
  return { ...attempt, ...judged, verdict, kind: turn.kind };

  async function runAndClose(): Promise<Attempt> {
    await using _gateway = gateway;
    const attempt = await runAttempt({
      ...options,
      layout: turn.accounts.layout,
      runId: turn.run.id,
      access: gateway.access,
      endSignal: options.endSignal
        ? AbortSignal.any([gateway.stopped, options.endSignal])
        : gateway.stopped,
      // The gateway replaces exhausted accounts during the run; this is about
      // requests that bypass it.
      isOver: (verdict, triedMs) =>
        policyOf(verdict).limit !== undefined && triedMs >= LONGEST_TRY_MS,
    });
    const { verdict } = attempt;
    if (foundByAgent(verdict, gateway.pool)) {
      await gateway.pool.end(verdict);
    }
    return attempt;
  }
}

/**
 * Whether a program that sent nothing to the gateway reports a failed account:
 * it found out in another way.
 */
function foundByAgent(verdict: Verdict, { mishaps }: AccountPool): boolean {
  return policyOf(verdict).blames === "account" && !mishaps.wasAsked &&
    mishaps.failure === undefined;
}

function hasFailed({ run, verdict }: Attempt): boolean {
  const { blames } = policyOf(verdict);
  return blames !== "nothing" && blames !== "time limit" && !run.interruptedBy;
}

function judge(
  { verdict: said }: Attempt,
  { pool }: RunGateway,
): Omit<AccountAttempt, "run" | "tools" | "kind"> {
  const { left } = pool;
  const { account, verdict } = findCause(said, pool);
  const last = left.at(-1);
  const isLast = last?.verdict === verdict;
  const all = isLast ? left : [...left, { account, verdict }];
  const lastOf = new Map(all.map((it) => [it.account, it]));
  const tried = all.filter((it) => lastOf.get(it.account) === it)
    .map(({ account, verdict }) => ({ account, verdict }));
  // The gateway has already waited for short throttles.
  const patience = { shortPauseMs: 0 };
  return {
    account,
    verdict,
    tried,
    patience,
    isAnnounced: isLast && last?.to !== undefined,
  };
}

/**
 * Finds the account and the verdict behind the agent's error. The agent repeats
 * what the gateway told it, or the agent saw an answer that was cut off. So the
 * error belongs to the last account that failed or, if one has answered since,
 * to the one whose answer was cut off. If there is neither, it belongs to no
 * account.
 */
function findCause(said: Verdict, pool: AccountPool): LeftAccount {
  const { account, left, mishaps: { last } } = pool;
  if (foundByAgent(said, pool)) return { account, verdict: said };
  const concernsAccount = policyOf(said).blames === "account";
  const isOfLast = blamesAccount(said) ||
    said.kind === last?.verdict.kind;
  if (last && isOfLast) return last;
  const brokenOff = left.findLast((it) =>
    it.isPassedOn && it.verdict.kind === said.kind
  );
  if (concernsAccount && brokenOff) return brokenOff;
  const { evidence } = said;
  return {
    account,
    verdict: concernsAccount ? { kind: KIND.failed, evidence } : said,
  };
}
