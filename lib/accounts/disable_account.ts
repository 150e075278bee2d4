import type { Locked } from "../vault/locked.ts";
import { activate, activateIfIdle, note } from "./activate.ts";
import { blockOf, isDisabled } from "../vault/block.ts";
import { switchAway } from "./remove_account.ts";
import { slotProblem } from "./slot_problem.ts";
import { requireAccount } from "./switch_account.ts";

/** What disabling or enabling an account has changed. */
export interface DisableResult {
  /** Whether this call has changed anything. */
  changed: boolean;
  /** The account that was active before. */
  from: number | undefined;
  /** The account that is active now. */
  active: number | undefined;
}

/**
 * Excludes account `index` from rotation until the user enables it: no rule,
 * run or answer chooses it. Deletes nothing; its current runs continue. If it
 * is the active account, activates another one, and moves the link before
 * state.yaml says that the account is disabled.
 *
 * @throws The errors of {@linkcode AccountManager.disable}.
 */
export async function disableAccount(
  locked: Locked,
  index: number,
): Promise<DisableResult> {
  requireAccount(locked, index);
  const from = locked.active;
  const changed = !isDisabled(locked, index);
  if (changed) {
    // If this fails, the account is not disabled, and the link may stay.
    await switchAway(locked, index, { active: from, reason: "disabled" });
    locked.vault.deactivate(index);
    locked.ledger.disable(index);
    note(locked, "account_disabled", { from: index });
  }
  return { changed, from, active: locked.active };
}

/**
 * Lets rotation use account `index` again. Activates it if no usable account is
 * active.
 *
 * @throws The errors of {@linkcode AccountManager.enable}.
 */
export async function enableAccount(
  locked: Locked,
  index: number,
): Promise<DisableResult> {
  requireAccount(locked, index);
  const from = locked.active;
  const changed = isDisabled(locked, index);
  if (changed) {
    locked.ledger.enable(index);
    note(locked, "account_enabled", { from: index });
    const isUsable = blockOf(locked, index) === undefined &&
      await slotProblem(locked, index) === undefined;
    const known = { active: from, reason: "enabled" };
    const wasIdle = isUsable && await activateIfIdle(locked, index, known);
    const isBesideKey = locked.live.kind === "absent" &&
      locked.slots.includes(index) && from !== undefined &&
      locked.keys.includes(from);
    // For the plain agent.
    if (isUsable && !wasIdle && isBesideKey) await activate(locked, index);
  }
  return { changed, from, active: locked.active };
}
