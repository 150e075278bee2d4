import { basicsOf, nameInHints } from "../agents/every_agent.ts";
import type { KeyOfRun } from "../agents/formats.ts";
import { requireLinks } from "../vault/logins/live_file.ts";
import { secureFolders } from "../disk/permissions.ts";
import { realSystem } from "../system/system.ts";
import type {
  AccountManagerOptions,
  AccountReaderOptions,
} from "./account_manager_options.ts";
import { AccountLogins } from "./account_logins.ts";
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
import type { OtherLogin, OtherLoginPlaces } from "./find_other_logins.ts";
import type { ImportedLogin } from "./import_other_login.ts";
import { holdInterrupts } from "./refresh/hold_interrupts.ts";
import { moveAccount, requireMovable } from "./move_account.ts";
import { moveUsage } from "./record_usage.ts";
import {
  type RemoveOptions,
  type RemoveResult,
  removeWith,
} from "./remove_account.ts";
import { restoreSlot } from "./restore.ts";
import type { RestoreOptions, RestoreResult } from "./restore_login.ts";
import { saveOrRescue } from "./refresh/save_tokens.ts";
import { setLabel } from "./label.ts";
import {
  type SwitchOptions,
  type SwitchResult,
  switchTo,
} from "./switch_account.ts";

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
   * @throws {BusyError} If something uses a login that would be moved.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async switchTo(
    index: number,
    options: Omit<SwitchOptions, "agentVersion"> = {},
  ): Promise<SwitchResult> {
    const { agentVersion } = this.options;
    return await this.update({
      change: (locked) => switchTo(locked, index, { ...options, agentVersion }),
    });
  }

  /**
   * Finds the logins that other programs keep for the agent; takes no lock and
   * changes nothing.
   *
   * @internal
   */
  async findOtherLogins(places: OtherLoginPlaces): Promise<OtherLogin[]> {
    const { findOtherLogins } = await import("./find_other_logins.ts");
    return await findOtherLogins(await this.snapshot(), places);
  }

  /**
   * Moves the login in the file at `path`, which another program keeps, to its
   * account.
   *
   * @throws {FileError} If it cannot be imported.
   * @throws {BusyError} If a process may use a login that would be moved.
   * @internal
   */
  async importOtherLogin(
    path: string,
    places: OtherLoginPlaces,
  ): Promise<ImportedLogin> {
    const { importOtherLogin } = await import("./import_other_login.ts");
    return await this.update({
      change: (locked) => importOtherLogin(locked, path, places),
    });
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
    return await this.update({ change: unlinkLogin });
  }

  /**
   * Adds the credential file at `path` as a new account. Without a path, adds
   * the login that the agent put in the place of the link. The file at `path`
   * stays.
   *
   * @throws {FileError} If it is not a credential.
   * @throws {FileError} If the login of the agent may be a newer one of an
   * existing account; then it is in the stash.
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
   * Adds an account with an API key. If an account already has this key for
   * this address, sets its model instead. With `replace`, replaces the key of
   * that account; with `update`, sets the address and the model of that
   * account.
   *
   * @throws {FileError} If one of the values cannot be used.
   * @throws {AccountError} If the account in `replace` or `update` does not
   * exist.
   * @throws {AccountError} If that is an OAuth account.
   * @throws {RangeError} If another account has the key for that address, or
   * the account to update has another key.
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
   * Removes account `index`. Its login goes to the stash, and `restore` brings
   * the account back with its number and label. A login that the plain agent
   * uses, where each is in a folder, becomes a file in its place again. Returns
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
   * @throws {RangeError} If an account has or had that number.
   * @throws {BusyError} If a run uses it, or its tokens are being refreshed.
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
   * Makes sure that a new login can be saved, before anybody asks for one: that
   * the folder exists, and that links can be created in it.
   *
   * @throws {FileError} If one of our folders is not safe to use.
   */
  async prepareLogin(): Promise<void> {
    const { notify = () => {} } = this.options;
    await secureFolders(this.layout, notify);
    await requireLinks(this.layout);
  }

  /**
   * Saves a new login, the content of a credential file, in the slot of its
   * account: `index`, else its proven owner, else a new account.
   *
   * @throws {FileError} If it is not a credential.
   * @throws {AccountError} If there was never an account `index`.
   * @throws {AccountError} If account `index` has a key.
   * @throws {FileError} If the login cannot be saved there.
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
   * Sets the label of account `index`; `undefined` removes it.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {AccountError} If another account has that label, in upper or lower
   * case, or it is a number, or it has a control character.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setLabel(index: number, label: string | undefined): Promise<void> {
    await this.update({ change: (locked) => setLabel(locked, index, label) });
  }

  /**
   * Restores account `index` if it was removed. Otherwise puts an earlier or a
   * stashed login into its slot, and keeps the present login. The stashed login
   * stays in the stash until the account has a newer one, or for good if it may
   * belong to several accounts. Where each login is in a folder, it is moved.
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
    options: Omit<RestoreOptions, "agentVersion"> = {},
  ): Promise<RestoreResult> {
    const { agentVersion } = this.options;
    return await this.update(restoreSlot(index, { ...options, agentVersion }));
  }
}
