import { LoginNeededError, NoOtherAccountError } from "../errors.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { Verdict, VerdictKind } from "../quota/classify.ts";
import type { RunResult } from "../process/run.ts";
import type { Notify } from "../system.ts";
import { type Attempt, type AttemptOptions, runAttempt } from "./attempt.ts";

/** How to go from account to account. */
export interface RotationOptions extends Omit<AttemptOptions, "dir" | "runId"> {
  /** The account to begin with. @default the active one */
  account: number | undefined;
  /** How often to go on with another account at most. */
  maxRetries: number;
  /** Hears of every rotation, a line each. */
  notify: Notify;
}

/** An account that was tried in a call, and what that came to. */
export interface Tried {
  /** The account. */
  account: number;
  /** What the run came to. */
  verdict: Verdict;
}

/** How a call ended. */
export interface RotatedRun {
  /** The last run; to be disposed of. */
  run: RunResult;
  /** What that came to. */
  verdict: Verdict;
  /** Each account that was tried, in order; the last one is of `run`. */
  tried: Tried[];
  /** Whether there was no other account left to try. */
  exhausted: boolean;
}

/**
 * What is done about a verdict: these are the only ones that run a prompt
 * again. Of a dead login the prompt was never sent.
 */
const ROTATES: Partial<Record<VerdictKind, string>> = {
  quota: "is out of quota",
  login: "needs a new login",
};

/**
 * Runs the CLI, and as long as the account is out of quota, again with the
 * next one; each account once at most.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {MissingAccountError} If `account` is not there.
 * @throws {ProgramNotFoundError} If there is no such program.
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 */
export async function runWithRotation(
  accounts: AccountManager,
  options: RotationOptions,
): Promise<RotatedRun> {
  const { maxRetries, notify } = options;
  const tried: Tried[] = [];
  while (true) {
    const { account, run, verdict } = await runOnce(accounts, tried, options);
    using owned = new DisposableStack();
    owned.use(run);
    tried.push({ account, verdict });
    const what = ROTATES[verdict.kind];
    if (!what || run.interruptedBy || tried.length > maxRetries) {
      owned.move();
      return { run, verdict, tried, exhausted: false };
    }
    const why = verdict.evidence ? ` (${verdict.evidence})` : "";
    const next = await nextAccount(accounts, tried);
    if (next === undefined) {
      owned.move();
      notify(`account ${account} ${what}${why}`);
      return { run, verdict, tried, exhausted: true };
    }
    notify(`account ${account} ${what}${why}: trying account ${next}`);
  }
}

/** What a run wrote is brought home also when we fail, or fail to do so. */
async function runOnce(
  accounts: AccountManager,
  tried: readonly Tried[],
  options: RotationOptions,
): Promise<Attempt & { account: number }> {
  const begun = await accounts.beginRun({
    account: tried.length === 0 ? options.account : undefined,
    except: accountsOf(tried),
  });
  let loginNeeded = false;
  try {
    const attempt = await runAttempt({
      ...options,
      dir: accounts.dir,
      runId: begun.id,
    });
    loginNeeded = attempt.verdict.kind === "login";
    return { ...attempt, account: begun.account };
  } finally {
    try {
      await accounts.endRun(begun, { loginNeeded });
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      options.notify(`${problem}; the next command brings the login home`);
    }
  }
}

/** Returns the account to go on with, or `undefined` if all were tried. */
async function nextAccount(
  accounts: AccountManager,
  tried: readonly Tried[],
): Promise<number | undefined> {
  const last = tried.at(-1);
  try {
    const { to } = await accounts.switchNext({
      from: last?.account,
      except: accountsOf(tried),
      reason: last?.verdict.kind ?? "",
    });
    return to;
  } catch (error) {
    const isLast = error instanceof NoOtherAccountError ||
      error instanceof LoginNeededError;
    if (isLast) return undefined;
    throw error;
  }
}

function accountsOf(tried: readonly Tried[]): Set<number> {
  return new Set(tried.map((it) => it.account));
}
