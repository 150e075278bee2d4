import type { VerdictKind } from "../quota/classify.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { BegunRun } from "../rotation/begin_run.ts";
import { type Attempt, runAttempt } from "./attempt.ts";
import { type AccountAttempt, LONGEST_TRY_MS } from "./link_run.ts";
import type { RotationOptions } from "./rotating_run.ts";
import { openGateway, type RunGateway } from "./run_gateway.ts";

/** What the CLI may have from an account, or from us where none is ready. */
const OF_ACCOUNTS = new Set<VerdictKind>([
  "quota",
  "throttle",
  "auth",
  "login",
  "discontinued",
]);

/**
 * Runs the CLI with the account of `begun` and those that take its place while
 * it runs. Ends `begun`, also when something fails.
 */
export async function runThroughGateway(
  accounts: AccountManager,
  begun: BegunRun,
  options: RotationOptions & { except: ReadonlySet<number> },
): Promise<AccountAttempt> {
  const gateway = await openGateway(accounts, begun, options);
  const attempt = await runAndClose();
  const kind = begun.key ? "api-key" : "oauth";
  return { ...attempt, ...judge(attempt, gateway), kind };

  async function runAndClose(): Promise<Attempt> {
    await using _gateway = gateway;
    return await runAttempt({
      ...options,
      dir: accounts.dir,
      runId: begun.id,
      access: gateway.access,
      // An account that is out is left in flight; this is what comes past us.
      isOver: ({ kind }, triedMs) =>
        (kind === "quota" || kind === "throttle") && triedMs >= LONGEST_TRY_MS,
    });
  }
}

/**
 * What the CLI says of a refusal is what we have told it, or what came after a
 * part of an answer: the account that was met last is what it is about.
 */
function judge(
  { verdict: said }: Attempt,
  { pool }: RunGateway,
): Omit<AccountAttempt, "run" | "tools" | "kind"> {
  const { left, trouble } = pool;
  const { account, verdict } = trouble && OF_ACCOUNTS.has(said.kind)
    ? trouble
    : { account: pool.account, verdict: said };
  const last = left.at(-1);
  const isLast = last?.verdict === verdict;
  const all = isLast ? left : [...left, { account, verdict }];
  const tried = all.filter((it, at) =>
    !all.slice(at + 1).some((later) => later.account === it.account)
  ).map(({ account, verdict }) => ({ account, verdict }));
  // The gateway has waited for what is short.
  const patience = { shortPauseMs: 0 };
  return {
    account,
    verdict,
    tried,
    patience,
    isTold: isLast && last.to !== undefined,
  };
}
