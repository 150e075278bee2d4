import { nameOf } from "../account_name.ts";
import { nameIn } from "../vault/account_name.ts";
import { AccountError, hasCode } from "../errors.ts";
import { noSuchAccount } from "../common_errors.ts";
import { secureFile } from "../disk/permissions.ts";
import { accountPath, allAccounts } from "../disk/slot_names.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import { hintToEnable } from "./fix_of.ts";
import {
  blockOf,
  isDisabled,
  needsLogin,
  requireNoDoubt,
} from "../vault/block.ts";
import { accountInsteadOf } from "./pick.ts";
import { activate, noteSwitch } from "./activate.ts";
import { requireUsableSlot } from "./slot_problem.ts";
import { invocation } from "../program.ts";

/** The active account before and after a switch. */
export interface SwitchResult {
  /** Whether this call moved the link to another account. */
  switched: boolean;
  /** The account that was active before the call. */
  from: number | undefined;
  /** The account that is active now. */
  to: number;
}

/**
 * Makes `to` the active account instead of `from`; counts and records it as a
 * switch if they differ.
 */
export async function switchAccount(
  locked: Locked,
  { from, to, reason }: {
    from: number | undefined;
    to: number;
    reason: string;
  },
): Promise<SwitchResult> {
  const isKey = locked.keys.includes(to);
  await secureFile(accountPath(locked, to), locked.notify);
  if (isKey) await keepLink(locked);
  else await activate(locked, to);
  if (from !== to) noteSwitch(locked, { from, to, reason });
  if (isKey) locked.vault.activateKey(to);
  else locked.vault.activateLink();
  return { switched: from !== to, from, to };
}

/**
 * Makes account `index` the active one, as the user asks. One that needs a
 * login needs it still.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {AccountError} If the user has disabled it.
 * @throws {LoginNeededError} If the stash may have a newer login of it.
 * @throws {FileError} If its slot is unusable.
 */
export async function switchTo(
  locked: Locked,
  index: number,
  reason: string,
): Promise<SwitchResult> {
  requireAccount(locked, index);
  const from = locked.active;
  allowAccount(locked, index);
  await requireUsableSlot(locked, index);
  if (needsLogin(locked, index)) {
    const name = nameIn(locked, index);
    locked.notify(`${name} needs a login: ${invocation()} login ${index}`);
  }
  return await switchAccount(locked, { from, to: index, reason });
}

/**
 * As {@linkcode switchAccount}, but leaves it to the next command where a newer
 * login of `to` turns up on the way.
 */
export async function switchUnlessDoubtful(
  locked: Locked,
  change: Parameters<typeof switchAccount>[1],
): Promise<void> {
  try {
    await switchAccount(locked, change);
  } catch (error) {
    if (!hasCode(error, "doubtful")) throw error;
  }
}

/**
 * An API-key account needs no link; the plain agent keeps the one it had, or gets
 * another one if that cannot be used.
 */
async function keepLink(locked: Locked): Promise<void> {
  const { currentIndex: link } = locked.state;
  const isUsable = link !== undefined && locked.slots.includes(link) &&
    blockOf(locked, link) === undefined;
  const to = isUsable
    ? link
    : await accountInsteadOf(locked, link, { among: locked.slots });
  if (to !== undefined) await activate(locked, to);
}

/**
 * Makes sure that account `index` is there.
 *
 * @throws {AccountError} If it is not; names those that are.
 */
export function requireAccount(
  locked: Pick<Locked, "slots" | "keys">,
  index: number,
): void {
  const all = allAccounts(locked);
  if (!all.includes(index)) throw noSuchAccount(index, all);
}

/**
 * Unblocks account `index`, as the user has asked for it. One that needs a
 * login stays blocked until it has one.
 *
 * @throws {AccountError} If the user has disabled it.
 * @throws {LoginNeededError} If the stash may have a newer login of it.
 */
export function allowAccount(locked: Locked, index: number): void {
  if (isDisabled(locked, index)) {
    const { label } = accountState(locked.state, index);
    throw new AccountError(
      "account-disabled",
      `Cannot use ${nameOf(index, label)}: it is disabled`,
      { index, hint: hintToEnable({ index, label }) },
    );
  }
  requireNoDoubt(locked, index);
  if (!needsLogin(locked, index)) locked.vault.unblock(index);
}
