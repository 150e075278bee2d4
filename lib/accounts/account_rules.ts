import { AccountRunner } from "./account_runner.ts";
import {
  disableAccount,
  type DisableResult,
  enableAccount,
} from "./disable_account.ts";
import { clearCooldowns, setCooldown } from "./set_cooldown.ts";
import { setOrder } from "./set_order.ts";

/** What the user says about which accounts rotation may use, and when. */
export class AccountRules extends AccountRunner {
  /**
   * Excludes account `index` from rotation and deletes nothing: it is not
   * chosen until {@linkcode enable} is called. Its running runs continue. If it
   * is the active one, another account takes its place.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async disable(index: number): Promise<DisableResult> {
    return await this.update({
      change: (locked) => disableAccount(locked, index),
    });
  }

  /**
   * Lets rotation use account `index` again. It becomes the active one if no
   * usable account is.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async enable(index: number): Promise<DisableResult> {
    return await this.update({
      change: (locked) => enableAccount(locked, index),
    });
  }

  /**
   * Makes `order` the order in which rotation prefers the accounts; those that
   * it does not name follow by number. `fill-first` uses the first ready one in
   * it, `round-robin` goes round in it. An empty order means ascending numbers.
   *
   * @throws {AccountError} If one of them is not there.
   * @throws {RangeError} If one of them is named twice.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setOrder(order: readonly number[]): Promise<void> {
    await this.update({ change: (locked) => setOrder(locked, order) });
  }

  /**
   * Does not use account `index` for `durationMs`, whatever runs find out
   * meanwhile; returns the end, epoch milliseconds.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {RangeError} If that is in the past, or after the year 9999.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setCooldown(index: number, durationMs: number): Promise<number> {
    return await this.update({
      change: (locked) => setCooldown(locked, index, locked.now + durationMs),
    });
  }

  /**
   * Does not use account `index` until `until`, epoch milliseconds, whatever
   * runs find out meanwhile; returns the end in whole seconds.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {RangeError} If that is in the past, or after the year 9999.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setCooldownUntil(index: number, until: number): Promise<number> {
    return await this.update({
      change: (locked) => setCooldown(locked, index, until),
    });
  }

  /**
   * Removes the cooldowns of account `index`, or of all accounts.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async clearCooldowns(index?: number): Promise<void> {
    await this.update({ change: (locked) => clearCooldowns(locked, index) });
  }
}
