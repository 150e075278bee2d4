import { nameFrom } from "../vault/account_name.ts";
import type { AccountKind } from "../accounts/account.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import { messageOf } from "../system/message_of.ts";
import type { Attempt } from "./attempt.ts";
import type { StepOptions, Tried } from "./next_step.ts";

/** One run of the agent, with the accounts that it used. */
export interface AccountAttempt extends Attempt {
  /** The account that the verdict concerns. */
  account: number;
  /** The kind of that account. */
  kind: AccountKind;
  /** The accounts that were tried; that account is the last. */
  tried: readonly Tried[];
  /** Whether the agent ran without a gateway. @default false */
  isOnLink?: boolean;
  /** Whether the verdict may say nothing about the login. @default false */
  isDisturbed?: boolean;
  /** Whether the user already knows that another account replaced this one. */
  isAnnounced?: boolean;
  /** Overrides how patient to be. */
  patience?: Partial<StepOptions>;
}

/**
 * How long the agent may retry after a throttle. A limit per minute has ended
 * by then, and the agent's own loop is the cheapest retry. But that loop may
 * run for an hour (0.24.4), and the caller could do something else.
 */
export const LONGEST_TRY_MS = 120_000;

/**
 * Ends `run`. If that fails, reports it: the next command repairs what is left.
 */
export async function endOrNotify<T>(
  accounts: Pick<AccountManager, "nameAccounts">,
  { account, key }: Pick<BegunRun, "account" | "key">,
  end: () => Promise<T>,
  notify: (text: string) => void,
): Promise<T | undefined> {
  try {
    return await end();
  } catch (error) {
    const what = key ? "note the end of its run" : "save its login";
    const name = await nameFrom(accounts, account);
    notify(
      `${name}: cannot ${what}; the next command tries again: ` +
        messageOf(error),
    );
    return undefined;
  }
}
