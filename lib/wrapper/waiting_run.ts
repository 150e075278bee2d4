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
 * Runs the agent with rotation. If no account is ready, waits for the first one
 * and starts over; after failed runs, `maxRetries` times at most. If another
 * call is trying the only candidate, waits for its result in any case.
 *
 * @throws {NoAccountReadyError} If no account becomes ready in time and the
 * agent was not run at all.
 * @throws The errors of {@linkcode runWithRotation}.
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
