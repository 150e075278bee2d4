import { hasCode } from "../errors.ts";
import type { Locked } from "../vault/locked.ts";
import { beginRun, type BegunRun } from "./begin_run.ts";
import { isDisabled } from "../vault/block.ts";
import { endRun, type RunEnd } from "./end_run.ts";
import type { SwitchNextOptions } from "./switch_next.ts";

/** How to continue with another account. */
export interface ContinueRunOptions extends
  Pick<
    SwitchNextOptions,
    "except" | "kind" | "model" | "strategy"
  > {
  /** Whether to stay with the account if there is no other. @default false */
  mayStay?: boolean | undefined;
}

/**
 * Ends `run` and begins one with the next ready account. If many processes
 * leave the active account at the same time, one of them switches, and the
 * others use the account that it activated.
 *
 * @throws {LoginNeededError} If rotation may use none of them.
 * @throws {NoAccountReadyError} If others will be ready later; says when.
 * @throws {AccountError} If the account of `run` is the only one.
 */
export async function continueRun(
  locked: Locked,
  run: BegunRun,
  end: RunEnd,
  { mayStay = false, ...options }: ContinueRunOptions,
): Promise<BegunRun> {
  const { account, model, reads } = run;
  await endRun(locked, run, end);
  try {
    const insteadOf = { account, reason: end.outcome.kind };
    const given = { model, ...options, ...reads, insteadOf };
    return await beginRun(locked, given);
  } catch (error) {
    const isKept = mayStay && !isDisabled(locked, account);
    if (!isKept || !isNoneLeft(error)) throw error;
    return await beginRun(locked, { account, model, ...reads });
  }
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
