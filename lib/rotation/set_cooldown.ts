import { formatEnd, wholeEnd } from "../store/state_time.ts";
import { allAccounts } from "../store/slot_names.ts";
import { accountState, withCooldowns } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { tellOfDisabled } from "./block.ts";
import { ASKED_FOR, cooldownFor, REFUSED } from "./cooldown.ts";
import { settle } from "./settle.ts";
import { requireAccount } from "./switch_account.ts";

/** No calendar of ours goes further (RFC 3339). */
const LAST_END = Date.UTC(9999, 11, 31);

/**
 * Leaves account `index` alone until `until`, and returns that in whole seconds.
 *
 * @throws {MissingAccountError} If there is no such account.
 * @throws {RangeError} If that is not a time to come before the year 10000.
 */
export async function setCooldown(
  locked: Locked,
  index: number,
  until: number,
): Promise<number> {
  requireAccount(locked, index);
  if (!(until > locked.now && until < LAST_END)) {
    const state = until > locked.now
      ? "it would end after the year 9999"
      : "it would end in the past";
    throw new RangeError(`Cannot set a cooldown: ${state}`);
  }
  await settle(locked);
  const cooldown = cooldownFor(until - locked.now, locked.now);
  // A rest is no answer: that the provider refused the account stays known.
  const refusals = accountState(locked.state, index).cooldowns
    .filter((it) => it.reason === REFUSED)
    .map((it) => ({ ...it, until: Math.min(it.until, until) }));
  const cooldowns = [...refusals, cooldown];
  locked.state = withCooldowns(locked.state, index, cooldowns);
  note(locked, index, {
    event: "account_cooldown",
    reason: `${ASKED_FOR}, until ${formatEnd(until)}`,
  });
  return wholeEnd(until);
}

/**
 * Ends the cooldowns of account `index`, or of all accounts.
 *
 * @throws {MissingAccountError} If there is no such account.
 */
export async function clearCooldowns(
  locked: Locked,
  index: number | undefined,
): Promise<void> {
  if (index !== undefined) requireAccount(locked, index);
  await settle(locked);
  if (index !== undefined) tellOfDisabled(locked, index);
  const indices = index === undefined ? allAccounts(locked) : [index];
  for (const it of indices) {
    if (accountState(locked.state, it).cooldowns.length === 0) continue;
    locked.state = withCooldowns(locked.state, it, []);
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
