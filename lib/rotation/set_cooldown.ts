import { allAccounts } from "../store/snapshot.ts";
import { withCooldowns } from "../store/state.ts";
import type { Locked } from "../store/update.ts";
import { cooldownFor } from "./cooldown.ts";
import { settle } from "./settle.ts";
import { requireAccount } from "./switch_account.ts";

/**
 * Leaves account `index` alone for `durationMs`, and returns until when.
 *
 * @throws {MissingAccountError} If there is no such account.
 */
export async function setCooldown(
  locked: Locked,
  index: number,
  durationMs: number,
): Promise<number> {
  requireAccount(locked, index);
  await settle(locked);
  const cooldown = cooldownFor(durationMs, locked.now);
  locked.state = withCooldowns(locked.state, index, [cooldown]);
  return cooldown.until;
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
  const indices = index === undefined ? allAccounts(locked) : [index];
  for (const it of indices) {
    locked.state = withCooldowns(locked.state, it, []);
  }
}
