import { formatEnd, wholeEnd } from "../ledger/state_time.ts";
import { allAccounts } from "../disk/slot_names.ts";
import type { Locked } from "../vault/locked.ts";
import { tellOfDisabled } from "../vault/block.ts";
import { ASKED_FOR } from "../ledger/cooldown.ts";
import { requireAccount } from "./switch_account.ts";

/** RFC 3339 goes no further. */
const LAST_END = Date.UTC(9999, 11, 31);

/**
 * Does not use account `index` until `until`; returns that in whole seconds.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {RangeError} If that is in the past, or after the year 9999.
 */
export function setCooldown(
  locked: Locked,
  index: number,
  until: number,
): number {
  requireAccount(locked, index);
  if (!(until > locked.now && until < LAST_END)) {
    const state = until > locked.now
      ? "it would end after the year 9999"
      : "it would end in the past";
    throw new RangeError(`Cannot set a cooldown: ${state}`);
  }
  locked.ledger.rest(index, until);
  note(locked, index, {
    event: "account_cooldown",
    reason: `${ASKED_FOR}, until ${formatEnd(until)}`,
  });
  return wholeEnd(until);
}

/**
 * Removes the cooldowns of account `index`, or of all accounts.
 *
 * @throws {AccountError} If the account does not exist.
 */
export function clearCooldowns(
  locked: Locked,
  index: number | undefined,
): void {
  if (index !== undefined) requireAccount(locked, index);
  if (index !== undefined) tellOfDisabled(locked, index);
  const indices = index === undefined ? allAccounts(locked) : [index];
  for (const it of indices) {
    if (!locked.ledger.clearCooldowns(it)) continue;
    note(locked, it, { event: "cooldown_cleared", reason: ASKED_FOR });
  }
}

function note(
  locked: Locked,
  index: number,
  told: { event: string; reason: string },
): void {
  locked.record({ level: "info", from: index, to: null, ...told });
}
