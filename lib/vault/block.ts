import { nameOf } from "../account_name.ts";
import { nameIn } from "./account_name.ts";
import { LoginNeededError } from "../errors.ts";
import { isLinked } from "../disk/layout.ts";
import { accountState } from "../ledger/state.ts";
import type { Snapshot } from "./snapshot.ts";
import { allAccounts } from "../disk/names.ts";
import type { Locked } from "./locked.ts";
import { invocation } from "../program.ts";

/** Why rotation skips an account whose refresh token was refused. */
export const LOGIN_NEEDED = "login needed";

/** Why rotation skips an account if the stash may hold a newer login of it. */
const DOUBTFUL = "its newest login may be in the stash";

/** Why rotation skips an account that the user has disabled. */
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
  record({ level: "warn", event: "account_blocked", from: index, reason });
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
 * Makes sure that account `index` is not doubtful.
 *
 * @throws {LoginNeededError} If the stash may hold a newer login of it.
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

/** Whether account `index` needs a login because its tokens were refused. */
export function needsLogin(
  { state }: Pick<Snapshot, "state">,
  index: number,
): boolean {
  return accountState(state, index).blocked === LOGIN_NEEDED;
}

/** Returns why rotation skips account `index`; `undefined` if it does not. */
export function blockOf(
  snapshot: Pick<Snapshot, "state" | "doubtful">,
  index: number,
): string | undefined {
  return isDisabled(snapshot, index) ? DISABLED : faultOf(snapshot, index);
}

/**
 * Returns why rotation could not use account `index` even if it were enabled;
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
 * Whether account `index` may stay active. An account that needs a login may
 * stay so that the user can log in, but not without the live file.
 */
export function mayStay(
  locked: Pick<
    Snapshot,
    "state" | "doubtful" | "slots" | "keys" | "layout" | "live"
  >,
  index: number | undefined,
): index is number {
  if (index === undefined || !allAccounts(locked).includes(index)) return false;
  if (blockOf(locked, index) === undefined) return true;
  const canLogIn = !isDisabled(locked, index) && !locked.doubtful.has(index);
  return canLogIn && needsLogin(locked, index) &&
    (!isLinked(locked.layout) || locked.live.kind !== "absent");
}

/** Returns the OAuth accounts that rotation may use, ascending. */
export function usableAccounts(
  snapshot: Pick<Snapshot, "slots" | "state" | "doubtful">,
): number[] {
  return snapshot.slots.filter((it) => blockOf(snapshot, it) === undefined);
}
