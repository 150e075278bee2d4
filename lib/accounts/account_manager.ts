import type { KeyOfRun } from "../agents/formats.ts";
import { requireLinks } from "../vault/logins/live_file.ts";
import { secureFolders } from "../disk/permissions.ts";
import { realSystem } from "../system/system.ts";
import { AccountRules } from "./account_rules.ts";
import {
  addAccount,
  type AddAccountOptions,
  type AddResult,
} from "./add_account.ts";
import {
  addLogin,
  type AddLoginOptions,
  type AddLoginResult,
} from "./add_login.ts";
import { addKey, type AddKeyOptions, type AddKeyResult } from "./add_key.ts";
import { holdInterrupts } from "./refresh/hold_interrupts.ts";
import { moveAccount, requireMovable } from "./move_account.ts";
import { type RemoveResult, removeWith } from "./remove_account.ts";
import {
  type RestoreOptions,
  type RestoreResult,
  restoreSlot,
} from "./restore.ts";
import { saveOrRescue } from "./refresh/save_tokens.ts";
import { setLabel } from "./set_label.ts";
import { type SwitchResult, switchTo } from "./switch_account.ts";

/**
 * Switches, lists and counts the accounts that lie side by side in one folder.
 *
 * Any number of processes may do so at the same time: a kernel lock keeps the
 * ones that change something apart, and the others need none.
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
export class AccountManager extends AccountRules {
  /**
   * Makes account `index` the active one. One that needs a login needs it
   * still: now the user can log in there.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If the user has disabled it.
   * @throws {LoginNeededError} If the stash may have a newer login of it.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async switchTo(
    index: number,
    { reason = "asked for" }: { reason?: string } = {},
  ): Promise<SwitchResult> {
    return await this.update({
      change: (locked) => switchTo(locked, index, reason),
    });
  }

  /**
   * Puts a copy of the active login into the link's place, so that the plain
   * agent works without the slots; returns whose it is, `undefined` if there is
   * no link. The next change makes the link anew.
   *
   * @throws {FileError} If the slot is unusable.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async unlinkLogin(): Promise<number | undefined> {
    const { unlinkLogin } = await import("../vault/logins/unlink_login.ts");
    return await this.update({ change: unlinkLogin });
  }

  /**
   * Adds the credential file at `path` as a new account, or, without a path,
   * the one that the agent has put into the link's place. The file itself
   * stays.
   *
   * @throws {FileError} If it is not a credential.
   * @throws {FileError} If the one of the agent may be a newer login of
   * an account that is there; it is in the stash then.
   * @throws {AccountError} If the account cannot have the label.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async addAccount(
    path?: string,
    options: AddAccountOptions = {},
  ): Promise<AddResult> {
    return await this.update(addAccount(path, options));
  }

  /**
   * Adds an account with an API key, unless one has that key for that address
   * already: that one gets the model then. With `replace`, that account gets
   * the key in place of its own; with `update`, the address and the model.
   *
   * @throws {FileError} If one of the values cannot be used.
   * @throws {AccountError} If the account to replace the key of, or
   * to update, does not exist.
   * @throws {AccountError} If that is an OAuth account.
   * @throws {RangeError} If another account has the key for that address, or the
   * account to update has another key.
   * @throws {AccountError} If the account cannot have the label.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async addKey(
    key: KeyOfRun,
    options: AddKeyOptions = {},
  ): Promise<AddKeyResult> {
    return await this.update({
      change: (locked) => addKey(locked, key, options),
    });
  }

  /**
   * Removes account `index`. Its login goes to the stash, from where `restore`
   * brings the account back under its number and label. Returns where the login
   * is, and which account is active now.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {BusyError} If a refresh of its tokens is under way.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async removeAccount(index: number): Promise<RemoveResult> {
    return await removeWith((it) => this.update(it), index);
  }

  /**
   * Gives account `from` the number `to`, with all that is kept of it.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {RangeError} If an account has that number, or had it.
   * @throws {BusyError} If a run with it, or a refresh, is under way.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async moveAccount(from: number, to: number): Promise<void> {
    await this.update({
      look: (before) => requireMovable(before, { from, to }),
      change: (locked) => moveAccount(locked, { from, to }),
    });
  }

  /**
   * Makes sure that a new login could be saved, before anybody asks for one:
   * that the folder is there, and that links can be made in it.
   *
   * @throws {FileError} If one of our folders is not safe to use.
   */
  async prepareLogin(): Promise<void> {
    const { notify = () => {} } = this.options;
    await secureFolders(this.layout, notify);
    await requireLinks(this.layout);
  }

  /**
   * Puts a new login, the content of a credential file, into the slot of its
   * account: `index`, or the one that it is proven to be of, or a new one.
   *
   * @throws {FileError} If it is not a credential.
   * @throws {AccountError} If there was never an account `index`.
   * @throws {AccountError} If account `index` has a key.
   * @throws {FileError} If it cannot be put there.
   */
  async addLogin(
    bytes: Uint8Array,
    options: AddLoginOptions = {},
  ): Promise<AddLoginResult> {
    const { notify = () => {}, system = realSystem } = this.options;
    const { index } = options;
    await using _interrupts = holdInterrupts(() =>
      notify("ends when the new login is saved")
    );
    const save = () => this.update(addLogin(bytes, options));
    const { layout } = this;
    return await saveOrRescue(bytes, save, { layout, index, notify, system });
  }

  /**
   * Calls account `index` `label` from now on, or nothing.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If another account has that label, in whatever
   * case, or it is a number, or has a control character.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setLabel(index: number, label: string | undefined): Promise<void> {
    await this.update({ change: (locked) => setLabel(locked, index, label) });
  }

  /**
   * Brings a removed account back, or puts an earlier content, or a stashed
   * credential, into the slot of account `index`. The present one is kept. The
   * stashed one stays in the stash: until the account has a newer one, or for
   * good where it may belong to several.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If it is one with a key.
   * @throws {AccountError} If that content is not kept.
   * @throws {FileError} If the stashed file is not a credential.
   * @throws {AccountError} If the stashed credential belongs to another account.
   * @throws {AccountError} If another account has the login, or the key,
   * of the removed one.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async restore(
    index: number,
    options: RestoreOptions = {},
  ): Promise<RestoreResult> {
    return await this.update(restoreSlot(index, options));
  }
}
