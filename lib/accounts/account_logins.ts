import { AccountRules } from "./account_rules.ts";
import type { AddResult } from "./add_account.ts";
import type { AddLoginOptions, AddLoginResult } from "./add_login.ts";
import {
  addToken,
  type AddTokenOptions,
  beginLogin,
  type BegunLogin,
  endLogin,
} from "./log_in.ts";
import { holdInterrupts } from "./refresh/hold_interrupts.ts";
import { takeLogin, type TakenLogin, type TakeOptions } from "./take_login.ts";

/** Adds logins of an agent that keeps each in a folder of its account. */
export class AccountLogins extends AccountRules {
  /**
   * Makes the login of the plain agent an account's, and returns that account;
   * only for an agent that keeps its logins in folders.
   *
   * @throws {FileError} If there is no usable login with a proven owner.
   * @throws {BusyError} If a process of the agent uses it.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async takePlainLogin(options: TakeOptions = {}): Promise<TakenLogin> {
    return await this.update({
      change: (locked) => takeLogin(locked, options),
    });
  }

  /**
   * Adds an account with a token that takes the place of a login. If an account
   * has it already, returns that account. With `replace`, replaces the token of
   * that account.
   *
   * @throws {FileError} If the agent has no such tokens, or it is not one.
   * @throws {AccountError} If the account cannot have the label.
   * @throws {AccountError} If the account in `replace` has no token.
   * @throws {RangeError} If another account has the token.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async addToken(
    token: string,
    options: AddTokenOptions = {},
  ): Promise<AddResult> {
    return await this.update({
      change: (locked) => addToken(locked, token, options),
    });
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
    const { agentVersion } = this.options;
    return await this.update({
      change: (locked) => beginLogin(locked, { ...options, agentVersion }),
    });
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
    const { notify = () => {}, agentVersion } = this.options;
    await using _interrupts = holdInterrupts(() =>
      notify("ends when the new login is saved")
    );
    return await this.update({
      change: (locked) => endLogin(locked, login, { ...options, agentVersion }),
    });
  }
}
