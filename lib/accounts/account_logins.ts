import type { KeyOfRun } from "../agents/formats.ts";
import { secureFolders } from "../disk/permissions.ts";
import { requireLinks } from "../vault/logins/live_file.ts";
import { AccountRules } from "./account_rules.ts";
import {
  addAccount,
  type AddAccountOptions,
  type AddResult,
} from "./add_account.ts";
import { addKey, type AddKeyOptions, type AddKeyResult } from "./add_key.ts";
import {
  addLogin,
  type AddLoginOptions,
  type AddLoginResult,
} from "./add_login.ts";
import type { OtherLogin, OtherLoginPlaces } from "./find_other_logins.ts";
import {
  addToken,
  type AddTokenOptions,
  beginLogin,
  type BegunLogin,
  endLogin,
} from "./log_in.ts";
import { holdInterrupts, saveOrRescue } from "./refresh/save_tokens.ts";
import type { ImportedLogin, TakenLogin, TakeOptions } from "./take_login.ts";

/** Adds accounts, and gives them new logins, keys and tokens. */
export class AccountLogins extends AccountRules {
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
    return await this.change((locked) => addKey(locked, key, options));
  }

  /**
   * Adds an account with a token that takes the place of a login. If an account
   * has it already, returns that account. With `replace`, replaces the token of
   * that account.
   *
   * @throws {FileError} If the agent has no such tokens, or it is not one.
   * @throws {AccountError} If the account cannot have the label.
   * @throws {AccountError} If the account in `replace` does not exist, or has
   * no token.
   * @throws {RangeError} If another account has the token.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async addToken(
    token: string,
    options: AddTokenOptions = {},
  ): Promise<AddResult> {
    return await this.change((locked) => addToken(locked, token, options));
  }

  /**
   * Makes sure that a new login can be saved, before anybody asks for one: that
   * the folder exists, and that links can be created in it.
   *
   * @throws {FileError} If one of our folders is not safe to use.
   */
  async prepareLogin(): Promise<void> {
    await secureFolders(this.layout, this.notify);
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
    const { layout, notify, system } = this;
    const { index } = options;
    await using _interrupts = this.#untilSaved();
    const save = () => this.update(addLogin(bytes, options));
    return await saveOrRescue(bytes, save, { layout, index, notify, system });
  }

  /**
   * Makes an empty folder in which the agent logs in, for a new account or again
   * for account `index`. Call {@linkcode endLogin} when the agent has ended.
   *
   * @throws {AccountError} If account `index` does not exist.
   * @throws {AccountError} If it has a key or a token.
   * @throws {AccountError} If the account cannot have the label.
   * @throws {BusyError} If a run has the login that would be replaced.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async beginLogin(options: AddLoginOptions = {}): Promise<BegunLogin> {
    return await this.change((locked) => beginLogin(locked, options));
  }

  /**
   * Takes the login that the agent has made: it becomes a new account, or
   * replaces the login of the account with the same owner, whatever account was
   * asked for. Returns `undefined` if the agent has made none.
   *
   * @throws {FileError} If it cannot become an account; it is in the stash.
   * @throws {BusyError} If a run has the login that it replaces: the first change
   * after that run gives it to the account.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async endLogin(
    login: BegunLogin,
    options: Pick<AddLoginOptions, "label"> = {},
  ): Promise<AddLoginResult | undefined> {
    await using _interrupts = this.#untilSaved();
    return await this.change((locked) => endLogin(locked, login, options));
  }

  /**
   * Makes the login of the plain agent an account's, and returns that account;
   * only for an agent that keeps its logins in folders.
   *
   * @throws {FileError} If there is no usable login with a proven owner.
   * @throws {BusyError} If a process of the agent uses it.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async takePlainLogin(options: TakeOptions = {}): Promise<TakenLogin> {
    const { takeLogin } = await import("./take_login.ts");
    return await this.change((locked) => takeLogin(locked, options));
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
    const { importOtherLogin } = await import("./take_login.ts");
    return await this.change((it) => importOtherLogin(it, path, places));
  }

  /** Delays interrupts until the new login is saved. */
  #untilSaved(): AsyncDisposable {
    return holdInterrupts(() =>
      this.notify("ends when the new login is saved")
    );
  }
}
