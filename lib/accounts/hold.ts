import { hasCode } from "../errors.ts";
import type { Locked } from "../vault/locked.ts";
import { secureFile } from "../disk/permissions.ts";
import { credentialPath } from "../vault/home_logins/login_accounts.ts";
import { activate } from "./activate.ts";
import { blockOf } from "../vault/block.ts";
import { switchAccount } from "./switch_account.ts";

/**
 * Holds account `index` for a run that does not read the link. The active
 * account stays; if the link is missing, creates it again.
 */
export async function holdAccount(
  locked: Locked,
  index: number,
): Promise<void> {
  const { slots, notify, state: { currentIndex } } = locked;
  await secureFile(credentialPath(locked, index), notify);
  const isUsable = currentIndex !== undefined &&
    slots.includes(currentIndex) && blockOf(locked, currentIndex) === undefined;
  if (!isUsable) return;
  try {
    await activate(locked, currentIndex);
  } catch (error) {
    // A newer login of that account was found: the next update settles it.
    if (!hasCode(error, "doubtful")) throw error;
  }
}

/** Activates account `index` for a run that reads its login through the link. */
export async function activateForRun(
  locked: Locked,
  index: number,
): Promise<void> {
  const { active = index } = locked; // the first link is not a switch
  const reason = "chosen for a run";
  await switchAccount(locked, { from: active, to: index, reason });
}
