import { hasCode } from "../errors.ts";
import type { Locked } from "../vault/locked.ts";
import { beginRun, type BegunRun } from "./begin_run.ts";
import { isDisabled } from "../vault/block.ts";
import { endRun, type RunEnd } from "./end_run.ts";
import { findRoom, type KnownWindows, timesOf } from "./leave_early.ts";
import { type ChoiceOptions, toCandidates } from "./candidates.ts";
import { withSlotProblems } from "./slot_problem.ts";

/** How to continue with another account. */
export interface ContinueRunOptions extends ChoiceOptions {
  /** Whether to stay with the account if there is no other. @default false */
  mayStay?: boolean | undefined;
  /** Why, for the audit log. @default the outcome of the run */
  reason?: string | undefined;
}

/**
 * Ends `run` and begins one with the next ready account. If many processes leave
 * the active account at once, one switches, and the others follow.
 *
 * @throws The errors of {@linkcode AccountManager.continueRun}.
 */
export async function continueRun(
  locked: Locked,
  run: BegunRun,
  end: RunEnd,
  { mayStay = false, reason, ...options }: ContinueRunOptions,
): Promise<BegunRun> {
  const { account, model, reads } = run;
  await endRun(locked, run, end);
  try {
    const insteadOf = { account, reason: reason ?? end.outcome.kind };
    const given = { model, ...options, ...reads, insteadOf };
    return await beginRun(locked, given);
  } catch (error) {
    const isKept = mayStay && !isDisabled(locked, account);
    if (!isKept || !isNoneLeft(error)) throw error;
    return await beginRun(locked, { account, model, ...reads });
  }
}

/** How to continue a run before its account reaches a limit. */
export interface ContinueEarlyOptions extends Omit<ChoiceOptions, "model"> {
  /** How full the accounts are. */
  quota: KnownWindows;
}

/** A run that continues elsewhere. */
export interface EarlyRun {
  /** The run with the other account. */
  run: BegunRun;
  /** The reason, such as `quota: 91 % of 5h (header)`. */
  reason: string;
}

/**
 * Ends `run`, whose account is nearly full, and begins one with an account that
 * has room. Returns `undefined`, and changes nothing, if there is none.
 */
export async function continueEarly(
  locked: Locked,
  run: BegunRun,
  end: RunEnd,
  { except = new Set(), kind, quota, strategy }: ContinueEarlyOptions,
): Promise<EarlyRun | undefined> {
  const { account, model, reads } = run;
  const all = toCandidates(locked, {
    now: locked.now,
    from: account,
    except,
    kind,
    model,
  });
  // The run must not end for an account that it cannot begin with.
  const candidates = await withSlotProblems(locked, all);
  const given = { ...timesOf(locked), account, candidates, quota, model };
  const room = findRoom(given);
  if (!room) return undefined;
  const { reason, to } = room;
  await endRun(locked, run, end);
  const wasActive = locked.active === account;
  const full = candidates.map((it) => it.index).filter((it) => !to.has(it));
  const next = await beginRun(locked, {
    model,
    kind,
    strategy,
    ...reads,
    except: except.union(new Set(full)),
    insteadOf: { account, reason },
  });
  if (wasActive && locked.active !== account) locked.ledger.noteLeft(account);
  return { run: next, reason };
}

/** Returns the result of `change`; `undefined` if no account is left for it. */
export async function unlessNoneLeft<T>(
  change: Promise<T>,
): Promise<T | undefined> {
  try {
    return await change;
  } catch (error) {
    if (isNoneLeft(error)) return undefined;
    throw error;
  }
}

/** Whether `error` says that no other account can continue the run. */
function isNoneLeft(error: unknown): boolean {
  return hasCode(
    error,
    "no-other-account",
    "none-ready",
    "none-usable",
    "only-account",
  );
}
