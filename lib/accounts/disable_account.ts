import type { Locked } from "../vault/locked.ts";
import { isIdle } from "./add_account.ts";
import { blockOf, isDisabled } from "../vault/block.ts";
import { switchAway } from "./remove_account.ts";
import { activate } from "./activate.ts";
import { slotProblem } from "./slot_problem.ts";
import { requireAccount, switchAccount } from "./switch_account.ts";

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
 * @throws {AccountError} If the account does not exist.
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
    note(locked, index, "account_disabled");
  }
  return { changed, from, active: locked.active };
}

/**
 * Lets rotation use account `index` again. Activates it if no usable account is
 * active.
 *
 * @throws {AccountError} If the account does not exist.
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
    note(locked, index, "account_enabled");
    const isUsable = blockOf(locked, index) === undefined &&
      await slotProblem(locked, index) === undefined;
    if (isUsable) await activateIfIdle(locked, index, from);
  }
  return { changed, from, active: locked.active };
}

async function activateIfIdle(
  locked: Locked,
  index: number,
  active: number | undefined,
): Promise<void> {
  const { live, keys, slots } = locked;
  if (isIdle(locked, active)) {
    const from = active ?? index;
    await switchAccount(locked, { from, to: index, reason: "enabled" });
  } else if (
    live.kind === "absent" && slots.includes(index) && active !== undefined &&
    keys.includes(active)
  ) {
    await activate(locked, index); // beside the key, for the plain agent
  }
}

function note(locked: Locked, index: number, event: string): void {
  locked.record({
    level: "info",
    event,
    from: index,
    to: null,
    reason: "asked for",
  });
}
