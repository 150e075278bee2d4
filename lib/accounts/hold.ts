import { hasCode } from "../errors.ts";
import type { Locked } from "../vault/locked.ts";
import { secureFile } from "../disk/permissions.ts";
import { accountPath } from "../disk/slot_names.ts";
import { activate } from "./activate.ts";
import { blockOf } from "../vault/block.ts";
import { switchAccount } from "./switch_account.ts";

/**
 * Takes account `index` for a run that does not read the link. The active
 * account stays; if its link is missing, the link is made again.
 */
export async function holdAccount(
  locked: Locked,
  index: number,
): Promise<void> {
  const { slots, notify, state: { currentIndex } } = locked;
  await secureFile(accountPath(locked, index), notify);
  const isUsable = currentIndex !== undefined &&
    slots.includes(currentIndex) && blockOf(locked, currentIndex) === undefined;
  if (!isUsable) return;
  try {
    await activate(locked, currentIndex);
  } catch (error) {
    // A newer login of that account has turned up: the next update settles it.
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
