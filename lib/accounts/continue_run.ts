import {
  LoginNeededError,
  NoAccountReadyError,
  NoOtherAccountError,
} from "../errors.ts";
import type { Locked } from "../vault/locked.ts";
import { beginRun, type BegunRun } from "./begin_run.ts";
import { isDisabled } from "../vault/block.ts";
import { endRun, type RunEnd } from "./end_run.ts";
import { type SwitchNextOptions, switchToNext } from "./switch_next.ts";

/** How to continue with another account. */
export interface ContinueRunOptions extends
  Pick<
    SwitchNextOptions,
    "except" | "kind" | "model" | "strategy"
  > {
  /** Whether to stay with the account if there is no other. @default no */
  mayStay?: boolean | undefined;
}

/**
 * Ends `run` and begins one with the next account that is ready; of the
 * processes that leave an account at the same time one switches, and the others
 * go where that has gone.
 *
 * @throws {LoginNeededError} If rotation may use none of them.
 * @throws {NoAccountReadyError} If others will be ready later; says when.
 * @throws {NoOtherAccountError} If there is none but that of `run`.
 */
export async function continueRun(
  locked: Locked,
  run: BegunRun,
  end: RunEnd,
  { mayStay = false, ...options }: ContinueRunOptions,
): Promise<BegunRun> {
  const { account: from, model } = run;
  await endRun(locked, run, end);
  const account = await next();
  return await beginRun(locked, { account, model, ...run.reads });

  async function next(): Promise<number> {
    const reason = end.outcome.kind;
    try {
      const given = { model, ...options, from, reason };
      return (await switchToNext(locked, given)).to;
    } catch (error) {
      const isKept = mayStay && !isDisabled(locked, from);
      if (isKept && isNoneLeft(error)) return from;
      throw error;
    }
  }
}

/** Whether `error` says that no other account can continue the run. */
export function isNoneLeft(error: unknown): boolean {
  return error instanceof NoOtherAccountError ||
    error instanceof LoginNeededError ||
    error instanceof NoAccountReadyError;
}
