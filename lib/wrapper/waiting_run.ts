import { NoAccountReadyError } from "../errors.ts";
import type { AccountManager } from "../rotation/account_manager.ts";
import { addTokens } from "../verdict/session_log.ts";
import type { Tried } from "./next_step.ts";
import {
  type RotatedRun,
  type RotationOptions,
  runWithRotation,
} from "./rotating_run.ts";
import { type WaitOptions, Waits } from "./waits.ts";

type Options = RotationOptions & WaitOptions;

/**
 * Runs the CLI with rotation; where no account is ready, waits for the first
 * one that will be, and begins anew: after runs in vain `maxRetries` times at
 * most. Where only another call that tries an account stands in the way, it
 * waits for that without being asked, and goes on.
 *
 * @throws {NoAccountReadyError} If none is ready in that time, and the CLI was
 * not run at all; and what {@linkcode runWithRotation} throws.
 */
export async function runWithWaiting(
  accounts: AccountManager,
  options: Options,
): Promise<RotatedRun> {
  const waits = new Waits(accounts, options);
  let last: RotatedRun | undefined;
  let sinceReset: readonly Tried[] = [];
  let left = options.maxRetries;
  try {
    while (true) {
      const { kind = options.kind } = last ?? {};
      const isAsked = kind === options.kind;
      const account = isAsked ? options.account : undefined;
      const all = { ...options, kind, account };
      const outcome = await runOrRefuse(accounts, all, sinceReset);
      if (outcome instanceof NoAccountReadyError) {
        const waited = await waits.forOneOf(outcome.accounts);
        if (!waited && !last) throw outcome;
        if (!waited && last) return last;
        if (waited === "reset") sinceReset = [];
        continue;
      }
      const added = outcome.tried.slice(sinceReset.length);
      last?.run[Symbol.dispose]();
      last = {
        ...outcome,
        tried: [...last?.tried ?? [], ...added],
        runs: (last?.runs ?? 0) + outcome.runs,
        tokens: addTokens(last?.tokens, outcome.tokens),
      };
      sinceReset = outcome.tried;
      if (!outcome.exhausted || left === 0) return last;
      const usable = { ...options, kind: outcome.kind };
      const waited = await waits.forOneOf(await accounts.readiness(usable));
      if (!waited) return last;
      if (waited === "reset") {
        sinceReset = [];
        left--;
      }
    }
  } catch (error) {
    last?.run[Symbol.dispose]();
    throw error;
  }
}

async function runOrRefuse(
  accounts: AccountManager,
  options: Options,
  before: readonly Tried[],
): Promise<RotatedRun | NoAccountReadyError> {
  try {
    return await runWithRotation(accounts, options, before);
  } catch (error) {
    if (error instanceof NoAccountReadyError) return error;
    throw error;
  }
}
