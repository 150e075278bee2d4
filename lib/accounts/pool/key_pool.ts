import type { CooldownLimits } from "../../ledger/cooldown_length.ts";
import type { KeyOfRun } from "../../agents/formats.ts";
import type { AccountManager } from "../account_manager.ts";
import type { BegunRun } from "../begin_run.ts";
import { AccountPool } from "./account_pool.ts";
import type { AccountPoolOptions } from "./pool.ts";
import { RunTurn } from "./run_turn.ts";
import { keyUpstream } from "./upstream.ts";

/** How to rotate through accounts. */
export interface OpenKeyPoolOptions
  extends Omit<AccountPoolOptions, "toUpstream"> {
  /** The longest cooldown. @default a day, or an hour */
  limits?: CooldownLimits | undefined;
}

/**
 * Begins a run with an account that has an API key, and returns a pool of these
 * accounts. End it with {@linkcode AccountPool.end}.
 *
 * @throws {LoginNeededError} If there are no accounts.
 * @throws {NoAccountReadyError} If none is ready; says when one will be.
 * @throws {AccountError} If no account has a usable key.
 * @throws {BusyError} If another process holds the lock for too long.
 *
 * @example
 * ```ts
 * import { AccountManager, openKeyPool, startGateway } from "@x/qwen-rotate";
 *
 * const pool = await openKeyPool(new AccountManager());
 * const gateway = await startGateway({ pool });
 * const response = await fetch(`${gateway.url}/models`, {
 *   headers: { authorization: `Bearer ${gateway.token}` },
 * });
 * console.log(response.status, await response.json());
 * await gateway[Symbol.asyncDispose]();
 * await pool.end();
 * ```
 */
export async function openKeyPool(
  accounts: AccountManager,
  options: OpenKeyPoolOptions = {},
): Promise<AccountPool> {
  const { except, strategy, limits } = options;
  const turn = await RunTurn.take(accounts, {
    except,
    strategy,
    limits,
    kind: "api-key",
  });
  const { model } = keyOf(turn.run);
  return await AccountPool.of(turn, {
    ...options,
    toUpstream: (it) => keyUpstream(it.account, keyOf(it), model),
  });
}

function keyOf({ account, key }: BegunRun): KeyOfRun {
  if (key) return key;
  throw new TypeError(`Cannot use account ${account}: it has no API key`);
}
