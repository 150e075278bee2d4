import type { AccountPool } from "../gateway/account_pool.ts";
import type { LeftAccount } from "../gateway/account_pool_options.ts";
import type { Verdict, VerdictKind } from "../verdict/classify.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { type Attempt, runAttempt } from "./attempt.ts";
import { type AccountAttempt, LONGEST_TRY_MS } from "./link_run.ts";
import type { RotationOptions } from "./rotating_run.ts";
import { openGateway, type RunGateway } from "./run_gateway.ts";

/** What the CLI says in words of its own, too; the gateway knows better. */
const OF_ACCOUNTS = new Set<VerdictKind>([
  "quota",
  "throttle",
  "auth",
  "login",
]);

/**
 * Runs the CLI with the account of `begun` and those that take its place while
 * it runs. Ends `begun`, also when something fails.
 *
 * @throws {LockTimeoutError} If the CLI got no answer as another process held
 * the lock for too long; and what else kept us from giving one.
 */
export async function runThroughGateway(
  accounts: AccountManager,
  begun: BegunRun,
  options: RotationOptions & { except: ReadonlySet<number> },
): Promise<AccountAttempt> {
  const gateway = await openGateway(accounts, begun, options);
  const attempt = await runAndClose();
  const { stopped, pool } = gateway;
  const failure = stopped.aborted ? stopped.reason : pool.mishaps.failure;
  if (failure !== undefined && hasFailed(attempt)) {
    attempt.run[Symbol.dispose]();
    throw failure;
  }
  for (const text of gateway.failures) options.notify(text);
  const kind = begun.key ? "api-key" : "oauth";
  const judged = judge(attempt, gateway);
  // The gateway has asked one elsewhere already.
  const verdict = { ...judged.verdict, scope: undefined };
  return { ...attempt, ...judged, verdict, kind };

  async function runAndClose(): Promise<Attempt> {
    await using _gateway = gateway;
    const attempt = await runAttempt({
      ...options,
      dir: accounts.dir,
      runId: begun.id,
      access: gateway.access,
      endSignal: gateway.stopped,
      // An account that is out is left in flight; this is what comes past us.
      isOver: ({ kind }, triedMs) =>
        (kind === "quota" || kind === "throttle") && triedMs >= LONGEST_TRY_MS,
    });
    const { verdict } = attempt;
    if (isOwnWord(verdict, gateway.pool)) {
      await gateway.pool.end({ ...verdict, limits: options.limits });
    }
    return attempt;
  }
}

/**
 * Whether a program that asked nothing of the gateway says itself that the account
 * is of no use: it has found out in a way of its own.
 */
function isOwnWord({ kind }: Verdict, { mishaps }: AccountPool): boolean {
  return OF_ACCOUNTS.has(kind) && !mishaps.wasAsked &&
    mishaps.failure === undefined;
}

function hasFailed({ run, verdict: { kind } }: Attempt): boolean {
  return kind !== "ok" && kind !== "timeout" && !run.interruptedBy;
}

function judge(
  { verdict: said }: Attempt,
  { pool }: RunGateway,
): Omit<AccountAttempt, "run" | "tools" | "kind"> {
  const { left } = pool;
  const { account, verdict } = meaningOf(said, pool);
  const last = left.at(-1);
  const isLast = last?.verdict === verdict;
  const all = isLast ? left : [...left, { account, verdict }];
  const lastOf = new Map(all.map((it) => [it.account, it]));
  const tried = all.filter((it) => lastOf.get(it.account) === it)
    .map(({ account, verdict }) => ({ account, verdict }));
  // The gateway has waited for what is short.
  const patience = { shortPauseMs: 0 };
  return {
    account,
    verdict,
    tried,
    patience,
    isTold: isLast && last?.to !== undefined,
  };
}

/**
 * What the CLI says of a refusal is what we have told it, or what came after a
 * part of an answer: the account that was met last is what it is about, or if
 * one has answered since, that whose answer broke off. Where there is none it
 * is no account's.
 */
function meaningOf(said: Verdict, pool: AccountPool): LeftAccount {
  const { account, left, mishaps: { last } } = pool;
  if (isOwnWord(said, pool)) return { account, verdict: said };
  const isOfAccount = OF_ACCOUNTS.has(said.kind);
  const isOfLast = isOfAccount || said.kind === "discontinued" ||
    said.kind === last?.verdict.kind;
  if (last && isOfLast) return last;
  const brokenOff = left.findLast((it) =>
    it.isPassedOn && it.verdict.kind === said.kind
  );
  if (isOfAccount && brokenOff) return brokenOff;
  const { evidence } = said;
  return {
    account,
    verdict: isOfAccount ? { kind: "failed", evidence } : said,
  };
}
