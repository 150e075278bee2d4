import {
  LoginNeededError,
  NoAccountError,
  NoOtherAccountError,
} from "../errors.ts";
import type { Locked } from "../store/update.ts";
import { usableAccounts } from "./block.ts";
import { nextAccount } from "./select.ts";
import { settle } from "./settle.ts";
import { switchAccount, type SwitchResult } from "./switch_account.ts";

/** How to choose the next account. */
export interface SwitchNextOptions {
  /**
   * The account that the caller saw as active. If another one is by now,
   * somebody has switched already, and that one is reported instead.
   *
   * @default whichever is active
   */
  from?: number | undefined;
  /** Accounts that are of no use to the caller. @default none */
  except?: ReadonlySet<number>;
  /** Why, for the audit log. @default "asked for" */
  reason?: string;
}

/**
 * Makes the next account that rotation may use the active one.
 *
 * @throws {NoAccountError} If there is no account.
 * @throws {LoginNeededError} If rotation may use none of them.
 * @throws {NoOtherAccountError} If there is none but the active one.
 */
export async function switchToNext(
  locked: Locked,
  options: SwitchNextOptions,
): Promise<SwitchResult> {
  const { except = new Set(), reason = "asked for" } = options;
  const { active } = locked;
  const from = await settle(locked);
  const usable = usableAccounts(locked);
  // It may have moved on just now, from an account that is passed by.
  const seen = options.from ?? active;
  const someoneSwitched = from !== undefined && from !== seen &&
    usable.includes(from) && !except.has(from);
  const to = someoneSwitched ? from : nextAccount(usable, { from, except });
  if (to === undefined) throw noneToUse(locked, { from, usable });
  return await switchAccount(locked, { from, to, reason });
}

function noneToUse(
  { slots, layout }: Locked,
  { from, usable }: { from: number | undefined; usable: readonly number[] },
): Error {
  if (slots.length === 0) return new NoAccountError(layout.accounts);
  if (usable.length === 0) return new LoginNeededError(slots);
  return from === undefined
    ? new NoAccountError(layout.accounts)
    : new NoOtherAccountError(from);
}
