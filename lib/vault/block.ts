import { nameOf } from "../account_name.ts";
import { nameIn } from "./account_name.ts";
import { LoginNeededError } from "../errors.ts";
import { runtime } from "../system/mod.ts";
import { accountState } from "../ledger/state.ts";
import type { Snapshot } from "./snapshot.ts";
import { accountPath, allAccounts } from "../disk/slot_names.ts";
import type { Locked } from "./locked.ts";
import { invocation } from "../program.ts";

/** Why rotation skips an account whose refresh token was refused. */
export const LOGIN_NEEDED = "login needed";

/** Why it skips one if the stash may have a newer login of it. */
const DOUBTFUL = "its newest login may be in the stash";

/** Why it skips one that the user has disabled. */
export const DISABLED = "disabled";

/** Makes rotation skip account `index`. */
export function blockAccount(
  locked: Locked,
  index: number,
  reason: string,
): void {
  const { state, clock, record } = locked;
  if (accountState(state, index).blocked === reason) return;
  locked.vault.block(index, reason, new Date(clock()).toISOString());
  record({
    level: "warn",
    event: "account_blocked",
    from: index,
    to: null,
    reason,
  });
}

/** Whether the user has disabled account `index`. */
export function isDisabled(
  { state }: Pick<Snapshot, "state">,
  index: number,
): boolean {
  return accountState(state, index).disabled === true;
}

/** Tells the user that account `index` is still disabled. */
export function tellOfDisabled(locked: Locked, index: number): void {
  if (!isDisabled(locked, index)) return;
  const name = nameIn(locked, index);
  locked.notify(`${name} stays disabled: ${invocation()} enable ${index}`);
}

/**
 * Makes sure that no newer login of account `index` may be in the stash.
 *
 * @throws {LoginNeededError} If one may be.
 */
export function requireNoDoubt(
  locked: Pick<Locked, "doubtful" | "state">,
  index: number,
): void {
  if (!locked.doubtful.has(index)) return;
  const { label } = accountState(locked.state, index);
  throw new LoginNeededError(
    "doubtful",
    `Cannot use ${nameOf(index, label)}: ${DOUBTFUL}`,
    { accounts: [{ index, label }], hint: `${invocation()} doctor` },
  );
}

/** Whether account `index` has only tokens that were refused. */
export function needsLogin(
  { state }: Pick<Snapshot, "state">,
  index: number,
): boolean {
  return accountState(state, index).blocked === LOGIN_NEEDED;
}

/** Lifts the block of each account whose slot was written since. */
export async function liftOutdatedBlocks(locked: Locked): Promise<void> {
  for (const [index, { blocked, blockedSince }] of locked.state.accounts) {
    if (blocked === undefined) continue;
    const slot = await runtime.files.info(accountPath(locked, index));
    if (slot && slot.mtimeMs > Date.parse(blockedSince ?? "")) {
      locked.vault.unblock(index);
    }
  }
}

/** Why rotation skips account `index`; `undefined` if it does not. */
export function blockOf(
  snapshot: Pick<Snapshot, "state" | "doubtful">,
  index: number,
): string | undefined {
  return isDisabled(snapshot, index) ? DISABLED : faultOf(snapshot, index);
}

/**
 * Why rotation could not use account `index` even if the user wanted it;
 * `undefined` if it could.
 */
export function faultOf(
  { state, doubtful }: Pick<Snapshot, "state" | "doubtful">,
  index: number,
): string | undefined {
  if (doubtful.has(index)) return DOUBTFUL;
  return accountState(state, index).blocked;
}

/**
 * Whether account `index` may stay the active one. An account that needs a
 * login may, while its link exists, so that the user can log in.
 */
export function mayStay(
  locked: Pick<Snapshot, "state" | "doubtful" | "slots" | "keys" | "live">,
  index: number | undefined,
): index is number {
  if (index === undefined || !allAccounts(locked).includes(index)) return false;
  if (blockOf(locked, index) === undefined) return true;
  const canLogIn = !isDisabled(locked, index) && !locked.doubtful.has(index);
  return canLogIn && needsLogin(locked, index) &&
    locked.live.kind !== "absent";
}

/** The accounts that rotation may use, ascending. */
export function usableAccounts(
  snapshot: Pick<Snapshot, "slots" | "state" | "doubtful">,
): number[] {
  return snapshot.slots.filter((it) => blockOf(snapshot, it) === undefined);
}
