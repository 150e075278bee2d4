import { accountIn, nameAccounts, nameIn } from "../vault/account_name.ts";
import { AccountError, LoginNeededError } from "../errors.ts";
import { noSuchAccount } from "../common_errors.ts";
import { allAccounts } from "../disk/names.ts";
import { switchPlainLogin } from "../vault/home_logins/change_logins.ts";
import {
  placeOf,
  readAccountLogin,
  storeFault,
} from "../vault/home_logins/login_accounts.ts";
import {
  followsPlain,
  requireNoPlainProcess,
  requireNoRun,
} from "../vault/home_logins/users.ts";
import { accountState } from "../ledger/state.ts";
import type { Locked } from "../vault/locked.ts";
import { fixOf, hintToEnable } from "./fix_of.ts";
import { isDisabled, needsLogin, requireNoDoubt } from "../vault/block.ts";
import { switchAccount, type SwitchResult } from "./activate.ts";
import { requireUsableSlot } from "./slot_problem.ts";
import { invocation } from "../program.ts";

/** How to switch. */
export interface SwitchOptions {
  /** The reason for the audit log. @default "asked for" */
  reason?: string | undefined;
  /**
   * Whether the plain agent gets another login although it is running; that may
   * end the login that it uses. @default false
   */
  force?: boolean | undefined;
}

/**
 * Activates account `index`, as the user asked, also for the plain agent.
 *
 * @throws The errors of {@linkcode AccountManager.switchTo}.
 */
export async function switchTo(
  locked: Locked,
  index: number,
  options: SwitchOptions,
): Promise<SwitchResult> {
  requireAccount(locked, index);
  const from = locked.active;
  allowAccount(locked, index);
  await requireLogin(locked, index);
  await requireUsableSlot(locked, index);
  if (needsLogin(locked, index)) {
    const name = nameIn(locked, index);
    locked.notify(`${name} needs a login: ${invocation()} login ${index}`);
  }
  await switchPlain(locked, index, options);
  const { reason } = options;
  return await switchAccount(locked, { from, to: index, reason });
}

/** Makes sure that account `index` has a login, if logins are in folders. */
async function requireLogin(locked: Locked, index: number): Promise<void> {
  const place = placeOf(locked);
  if (!place || locked.keys.includes(index)) return;
  if (await storeFault(locked, index)) return; // told by the next check
  const found = await readAccountLogin(place, locked, index);
  if (found.isThere) return;
  const account = accountIn(locked, index);
  const { kind = "plan" } = accountState(locked.state, index).login ?? {};
  throw new LoginNeededError(
    "account-refused",
    `Cannot switch to ${nameIn(locked, index)}: it has no login`,
    {
      accounts: [account],
      hint: fixOf({ ...account, kind, state: "login-needed" }, {
        all: nameAccounts(locked),
        keys: locked.keys,
        self: invocation(),
      }),
    },
  );
}

/**
 * Makes the plain agent use the login of account `index`, if it is in a folder.
 *
 * @throws {BusyError} If something uses a login that would be moved.
 */
export async function switchPlain(
  locked: Locked,
  index: number,
  { force = false }: Pick<SwitchOptions, "force">,
): Promise<void> {
  const { keys, layout, state } = locked;
  const format = layout.agent.homes.login;
  const { plain } = state;
  if (!format || keys.includes(index) || plain === index) return;
  const { program } = layout.agent;
  const doing = `switch plain ${program} to ${nameIn(locked, index)}`;
  const moved = format.plain === "stays" ? [index, plain ?? index] : [];
  await requireNoRun(locked, moved, doing);
  if (!force && !await followsPlain(locked)) {
    await requireNoPlainProcess(locked, doing);
  }
  await switchPlainLogin(locked, index, { force });
}

/**
 * Makes sure that account `index` exists.
 *
 * @throws {AccountError} If it does not; names the existing accounts.
 */
export function requireAccount(
  locked: Pick<Locked, "slots" | "keys">,
  index: number,
): void {
  const all = allAccounts(locked);
  if (!all.includes(index)) throw noSuchAccount(index, all);
}

/**
 * Unblocks account `index`, since the user asked for it. An account that needs
 * a login stays blocked until it has one.
 *
 * @throws {AccountError} If the user has disabled it.
 * @throws {LoginNeededError} If the stash may have a newer login for it.
 */
export function allowAccount(locked: Locked, index: number): void {
  if (isDisabled(locked, index)) {
    throw new AccountError(
      "account-disabled",
      `Cannot use ${nameIn(locked, index)}: it is disabled`,
      { index, hint: hintToEnable(accountIn(locked, index)) },
    );
  }
  requireNoDoubt(locked, index);
  if (!needsLogin(locked, index)) locked.vault.unblock(index);
}
