import {
  LoginNeededError,
  NoAccountReadyError,
  NoOtherAccountError,
} from "../errors.ts";
import { messageOf } from "../runtime/message_of.ts";
import type { RunResult } from "../process/run.ts";
import { runtime } from "../runtime/mod.ts";
import type { Verdict } from "../quota/classify.ts";
import type { AccountKind } from "../rotation/account.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import type { CooldownLimits } from "../rotation/cooldown.ts";
import type { RunOutcome } from "../rotation/end_run.ts";
import type { StrategyName } from "../rotation/select.ts";
import type { Notify } from "../system.ts";
import { type Attempt, type AttemptOptions, runAttempt } from "./attempt.ts";
import { beginFreshRun } from "./begin_fresh.ts";
import { nextStep, type StepOptions, type Tried } from "./next_step.ts";

/** How to go from account to account. */
export interface RotationOptions
  extends
    StepOptions,
    Omit<AttemptOptions, "dir" | "isOver" | "key" | "runId"> {
  /** The account to begin with. @default the active one */
  account: number | undefined;
  /** The kind that it is to be of. @default any */
  kind: AccountKind | undefined;
  /** How to choose an account. */
  strategy: StrategyName;
  /** The model that is asked. @default any */
  model: string | undefined;
  /** A token that ends within this is refreshed before a run, milliseconds. */
  refreshBeforeMs: number;
  /** How long an account is left alone at most. */
  limits: CooldownLimits;
  /** Hears of every rotation, a line each. */
  notify: Notify;
}

/**
 * How long the CLI may go on against a throttle. A limit per minute is over by
 * then, and its own loop is the cheapest way on; but that loop would go on for
 * half an hour to an hour (0.24.4), and whoever calls can do something else.
 */
export const LONGEST_TRY_MS = 120_000;

/** How a call ended. */
export interface RotatedRun {
  /** The last run; to be disposed of. */
  run: RunResult;
  /** What that came to. */
  verdict: Verdict;
  /** Each run, in order; the last one is `run`. */
  tried: Tried[];
  /** Whether there was no other account left to try. */
  exhausted: boolean;
  /** The kind of accounts that may be of use yet. @default any */
  kind?: AccountKind | undefined;
}

/**
 * Runs the CLI, and as long as the account is of no use, again with the next
 * one; each account once at most, but for short pauses. Those that were tried
 * `before` in the call are not tried again.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {LoginNeededError} If every account needs a new login.
 * @throws {NoAccountReadyError} If none is ready when the call begins.
 * @throws {MissingAccountError} If `account` is not there.
 * @throws {ProgramNotFoundError} If there is no such program.
 * @throws {LockTimeoutError} If another process holds the lock for too long.
 */
export async function runWithRotation(
  accounts: AccountManager,
  options: RotationOptions,
  before: readonly Tried[] = [],
): Promise<RotatedRun> {
  const { notify, system } = options;
  const tried = [...before];
  let wanted = options.account;
  let { kind } = options;
  while (true) {
    const attempt = await runOnce(accounts, wanted, tried, options);
    const { account, run, verdict } = attempt;
    using owned = new DisposableStack();
    owned.use(run);
    tried.push({ account, verdict });
    const step = nextStep(attempt, tried, options);
    const hasEnded = verdict.kind === "discontinued";
    if (hasEnded) kind ??= attempt.kind === "oauth" ? "api-key" : "oauth";
    const isLeft = ["next", "leave", "stop"].includes(step.action) &&
      !(hasEnded && kind === attempt.kind);
    const next = isLeft
      ? await nextAccount(accounts, tried, { ...options, kind })
      : undefined;
    const goesOn = step.action === "next" && next !== undefined;
    if (step.says) {
      const then = goesOn ? `: trying account ${next}` : "";
      notify(`account ${account} ${step.says}${then}`);
    }
    if (goesOn) {
      wanted = undefined;
    } else if (step.action === "again") {
      await system.sleep(step.afterMs);
      wanted = account;
    } else {
      owned.move();
      const wasAsked = step.action === "next" || step.action === "stop";
      const exhausted = wasAsked && next === undefined &&
        (!hasEnded || isLeft && await hasLater(accounts, { ...options, kind }));
      return { run, verdict, tried, exhausted, kind };
    }
  }
}

/** What a run wrote is brought home also when we fail, or fail to do so. */
async function runOnce(
  accounts: AccountManager,
  wanted: number | undefined,
  tried: readonly Tried[],
  options: RotationOptions,
): Promise<Attempt & { account: number; kind: AccountKind }> {
  const { model, strategy, system, notify, limits, provider } = options;
  const begun = await beginFreshRun(accounts, {
    refreshBeforeMs: options.refreshBeforeMs,
    account: wanted,
    except: accountsOf(tried),
    kind: options.kind,
    model,
    mayLogIn: provider.isSubcommand(options.args),
    stickTo: provider.sessionOf(options.args) ?? runtime.host.cwd(),
    // Going on, the account that the switch has chosen.
    strategy: tried.length === 0 ? strategy : "round-robin",
  });
  let outcome: RunOutcome = { kind: "failed" };
  try {
    const attempt = await runAttempt({
      ...options,
      dir: accounts.dir,
      runId: begun.id,
      key: begun.key,
      isOver: ({ kind, retryAt = Infinity }, triedMs) => {
        if (kind !== "throttle") return kind === "quota";
        const isLong = retryAt - system.now() > options.shortPauseMs;
        return isLong && begun.alternatives > 0 || triedMs >= LONGEST_TRY_MS;
      },
    });
    outcome = { ...attempt.verdict, limits };
    const kind = begun.key ? "api-key" : "oauth";
    return { ...attempt, account: begun.account, kind };
  } finally {
    try {
      await accounts.endRun(begun, outcome);
    } catch (error) {
      notify(
        `account ${begun.account}: cannot bring its login home, the next ` +
          `command does: ${messageOf(error)}`,
      );
    }
  }
}

/** Switches to the account to go on with; `undefined` if none is left. */
async function nextAccount(
  accounts: AccountManager,
  tried: readonly Tried[],
  { model, strategy, kind }: RotationOptions,
): Promise<number | undefined> {
  const last = tried.at(-1);
  try {
    const { to } = await accounts.switchNext({
      from: last?.account,
      except: accountsOf(tried),
      kind,
      model,
      strategy,
      reason: last?.verdict.kind,
    });
    return to;
  } catch (error) {
    const isLast = error instanceof NoOtherAccountError ||
      error instanceof LoginNeededError ||
      error instanceof NoAccountReadyError;
    if (isLast) return undefined;
    throw error;
  }
}

/** Whether an account will be ready some time. */
async function hasLater(
  accounts: AccountManager,
  options: RotationOptions,
): Promise<boolean> {
  const all = await accounts.readiness(options);
  return all.some((it) => it.readyAt < Infinity);
}

function accountsOf(tried: readonly Tried[]): Set<number> {
  return new Set(tried.map((it) => it.account));
}
