import { basicsOf, nameInHints } from "../agents/every_agent.ts";
import type {
  AccountManagerOptions,
  AccountReaderOptions,
} from "./account_manager_options.ts";
import { AccountLogins } from "./account_logins.ts";
import { moveAccount, requireMovable } from "./numbers.ts";
import { moveUsage } from "./record_usage.ts";
import {
  type RemoveOptions,
  type RemoveResult,
  removeWith,
} from "./remove_account.ts";
import { restoreSlot } from "./restore.ts";
import type { RestoreOptions, RestoreResult } from "./restore_login.ts";
import { setLabel } from "./label.ts";
import { type SwitchOptions, switchTo } from "./switch_account.ts";
import type { SwitchResult } from "./activate.ts";
import { AccountError } from "../errors.ts";
import { type SwitchNextOptions, switchToNext } from "./switch_next.ts";

/**
 * Lists, changes and switches the accounts in one folder.
 *
 * Any number of processes may do this at the same time: those that change
 * something take turns by a kernel lock, and the others need no lock.
 *
 * @example
 * ```ts
 * import { AccountManager } from "@x/qwen-rotate";
 *
 * const accounts = new AccountManager();
 * for (const { index, active } of await accounts.listAccounts()) {
 *   console.log(index, active);
 * }
 * ```
 */
export class AccountManager extends AccountLogins {
  /**
   * Creates a manager, without reading anything yet.
   *
   * @example The accounts of another agent
   * ```ts
   * import { AccountManager } from "@x/qwen-rotate";
   *
   * const accounts = new AccountManager({ agent: "qwen" });
   * console.log(accounts.dir);
   * ```
   *
   * @throws {RangeError} If there is no agent of that name.
   * @throws {FileError} If nothing says where the accounts are.
   */
  constructor(options?: AccountManagerOptions);
  /** @internal */
  constructor(options: AccountReaderOptions);
  constructor(
    { agent, ...options }: AccountManagerOptions | AccountReaderOptions = {},
  ) {
    super({
      ...typeof agent === "string" ? { namedAgent: nameInHints(agent) } : {},
      ...options,
      agent: agent === undefined ? undefined : basicsOf(agent),
    });
  }

  /**
   * Activates account `index`. An account that needs a login can be activated
   * too, so that the user can log in; it still needs one. For an agent that
   * keeps its logins in folders, the plain agent uses that login too.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If the user has disabled it.
   * @throws {LoginNeededError} If the stash may have a newer login for it.
   * @throws {FileError} If its slot is unusable.
   * @throws {BusyError} If something uses a login that would be moved.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async switchTo(
    index: number,
    options: SwitchOptions = {},
  ): Promise<SwitchResult> {
    return await this.change((locked) => switchTo(locked, index, options));
  }

  /**
   * Activates the next account, in ascending order; the first one follows the
   * last. If the active account is the only one, changes nothing, and `switched`
   * is `false`.
   *
   * @example
   * ```ts
   * import { AccountManager } from "@x/qwen-rotate";
   *
   * const { switched, from, to } = await new AccountManager().switchNext();
   * console.log(switched ? `account ${from} -> ${to}` : `still account ${to}`);
   * ```
   *
   * @throws {LoginNeededError} If there are no accounts.
   * @throws {LoginNeededError} If none of them may be used.
   * @throws {NoAccountReadyError} If others will be ready later; says when.
   * @throws {AccountError} If none of the others may be used.
   * @throws {BusyError} If something uses a login that would be moved, or another
   * process holds the lock for too long.
   */
  async switchNext(options: SwitchNextOptions = {}): Promise<SwitchResult> {
    try {
      return await this.update({
        look: ({ active }) => options.from ?? active,
        change: (locked, from) => switchToNext(locked, { ...options, from }),
      });
    } catch (error) {
      const isOnly = error instanceof AccountError &&
        error.code === "only-account" && error.index !== undefined;
      if (!isOnly) throw error;
      return { switched: false, from: error.index, to: error.index };
    }
  }

  /**
   * Replaces the link by a copy of the active login, so that the plain agent
   * works without the slots. A login in a folder is moved back instead. Returns
   * the account of the login; `undefined` if there is no link. The next change
   * creates the link again.
   *
   * @throws {FileError} If the slot is unusable.
   * @throws {BusyError} If the plain agent uses a login that would be moved.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async unlinkLogin(): Promise<number | undefined> {
    const { unlinkLogin } = await import("../vault/settle/live_link.ts");
    return await this.change(unlinkLogin);
  }

  /**
   * Removes account `index`. Its login goes to the stash, and `restore` brings
   * the account back with its number and label. If logins are in folders, the
   * one that the plain agent uses becomes a file in its place again. Returns
   * the path of the login, and which account is active now.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {BusyError} If its tokens are being refreshed.
   * @throws {BusyError} If something uses a login that would be moved.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async removeAccount(
    index: number,
    options: RemoveOptions = {},
  ): Promise<RemoveResult> {
    return await removeWith((it) => this.update(it), index, options);
  }

  /**
   * Changes the number of account `from` to `to`, with everything kept for it.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {RangeError} If an account has or had that number, or it is not from
   * 1 to 99999.
   * @throws {BusyError} If a run uses it, its tokens are being refreshed, or the
   * plain agent uses a login that would be moved.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async moveAccount(from: number, to: number): Promise<void> {
    await this.update({
      look: (before) => requireMovable(before, { from, to }),
      change: (locked) => moveAccount(locked, { from, to }),
    });
    await moveUsage(this, { from, to });
  }

  /**
   * Sets the label of account `index`; `undefined` removes it.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If another account has that label, in upper or lower
   * case, or it is a number, or it has a control character.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setLabel(index: number, label: string | undefined): Promise<void> {
    await this.change((locked) => setLabel(locked, index, label));
  }

  /**
   * Restores account `index` if it was removed. Otherwise puts an earlier or a
   * stashed login into its slot, and keeps the present login. The stashed login
   * stays in the stash until the account has a newer one, or for good if it may
   * belong to several accounts. If logins are in folders, the login is moved.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If it has a key.
   * @throws {AccountError} If no such earlier login is kept.
   * @throws {FileError} If the stashed file is not a credential.
   * @throws {AccountError} If the stashed credential belongs to another account.
   * @throws {AccountError} If another account has the login or the key of the
   * removed one.
   * @throws {BusyError} If something uses a login that would be moved.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async restore(
    index: number,
    options: RestoreOptions = {},
  ): Promise<RestoreResult> {
    return await this.update(restoreSlot(index, options));
  }
}
