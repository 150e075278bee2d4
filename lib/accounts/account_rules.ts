import type { AccountError } from "../errors.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import { AccountStarts } from "./account_starts.ts";
import {
  disableAccount,
  type DisableResult,
  enableAccount,
} from "./disable_account.ts";
import { formatEnd, wholeEnd } from "../ledger/state_values.ts";
import { allAccounts } from "../disk/names.ts";
import type { Locked } from "../vault/locked.ts";
import { tellOfDisabled } from "../vault/block.ts";
import { ASKED_FOR } from "../ledger/cooldown.ts";
import { requireAccount } from "./switch_account.ts";
import { nameIn } from "../vault/account_name.ts";
import { shortName } from "../account_name.ts";
import { accountState } from "../ledger/state.ts";
import { MAX_WEIGHT, pinAbove } from "../ledger/preferences.ts";
import { type Pin, pinnedName, setPin } from "./pin.ts";

/** Sets which accounts rotation may use, in which order, and when. */
export class AccountRules extends AccountStarts {
  /**
   * Excludes account `index` from rotation until {@linkcode enable} is called.
   * Deletes nothing; its current runs continue. If it is the active account,
   * activates another one.
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
   * Lets rotation use account `index` again. Activates it if no usable account
   * is active.
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
   * Sets the order in which rotation prefers the accounts; those that are not
   * in `order` follow by number. `fill-first` uses the first ready account in
   * it; `round-robin` cycles through it. An empty order means ascending
   * numbers.
   *
   * @throws {AccountError} If one of the accounts does not exist.
   * @throws {RangeError} If an account is named twice.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setOrder(order: readonly number[]): Promise<void> {
    await this.update({ change: (locked) => setOrder(locked, order) });
  }

  /**
   * Sets the share of account `index` in the runs with the strategy `weighted`:
   * a whole number from 1 to 1000. `undefined` removes it, which means 1.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {RangeError} If it is not such a number.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async setWeight(index: number, weight: number | undefined): Promise<void> {
    await this.update({ change: (locked) => setWeight(locked, index, weight) });
  }

  /**
   * Returns the label of account `index`, and its weight with the strategy
   * `weighted`; takes no lock and changes nothing.
   *
   * @throws {AccountError} If the account does not exist.
   */
  async weightOf(
    index: number,
  ): Promise<{ weight: number; label: string | undefined }> {
    const snapshot = await takeSnapshot(this.layout);
    requireAccount(snapshot, index);
    const { label, weight = 1 } = accountState(snapshot.state, index);
    return { weight, label };
  }

  /**
   * Returns the folders with a pinned account, sorted, and of them the one that
   * a run in `folder` follows; takes no lock and changes nothing.
   */
  async listPins(
    folder?: string,
  ): Promise<{ pins: Pin[]; applies: Pin | undefined }> {
    const { state } = await takeSnapshot(this.layout);
    const name = folder === undefined ? "" : await pinnedName(folder);
    const all = [...state.pins ?? []].map(([folder, account]) => ({
      folder,
      account,
    }));
    return {
      pins: all.toSorted((a, b) => a.folder < b.folder ? -1 : 1),
      applies: pinAbove(state.pins, name),
    };
  }

  /**
   * Pins account `index` to `folder`: runs in it and below use that account as
   * long as it is ready, with every strategy. `undefined` removes the pin.
   * Returns whether anything changed.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async pin(folder: string, index: number | undefined): Promise<boolean> {
    const name = await pinnedName(folder);
    return await this.update({ change: (it) => setPin(it, name, index) });
  }

  /**
   * Returns why runs cannot start in parallel: an account has a plan login;
   * `undefined` if none has. `doing` completes "Cannot ...", and `instead`
   * "use ...". Takes no lock and changes nothing.
   *
   * @internal
   */
  async refusalOfPlan(
    options: { doing: string; instead: string },
  ): Promise<AccountError | undefined> {
    const { refusalOfPlan } = await import("./spreading.ts");
    return refusalOfPlan(await takeSnapshot(this.layout), options);
  }

  /**
   * Puts account `index` in a cooldown for `durationMs`, whatever runs find out
   * meanwhile. Returns its end, epoch milliseconds.
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
   * Puts account `index` in a cooldown until `until`, epoch milliseconds,
   * whatever runs find out meanwhile. Returns the end, rounded up to seconds.
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

/**
 * Sets the weight of account `index`; `undefined` removes it.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {RangeError} If the weight is not a whole number from 1 to 1000.
 */
function setWeight(
  locked: Locked,
  index: number,
  weight: number | undefined,
): void {
  requireAccount(locked, index);
  const isAllowed = weight === undefined ||
    Number.isInteger(weight) && weight >= 1 && weight <= MAX_WEIGHT;
  if (!isAllowed) {
    throw new RangeError(
      `Cannot set the weight ${weight}: it is not a whole number from 1 to ` +
        MAX_WEIGHT,
    );
  }
  const { weight: before } = accountState(locked.state, index);
  if (before === weight) return;
  locked.ledger.setWeight(index, weight);
  const reason = `asked for: ${before ?? "none"} -> ${weight ?? "none"}`;
  note(locked, index, { event: "account_weighted", reason });
}

/** RFC 3339 has no later years. */
const LAST_END = Date.UTC(9999, 11, 31);

/**
 * Puts account `index` in a cooldown until `until`, epoch milliseconds. Returns
 * the end, rounded up to whole seconds.
 *
 * @throws {AccountError} If the account does not exist.
 * @throws {RangeError} If that is in the past, or after the year 9999.
 */
function setCooldown(
  locked: Locked,
  index: number,
  until: number,
): number {
  requireAccount(locked, index);
  if (!(until > locked.now && until < LAST_END)) {
    const state = until > locked.now
      ? "it would end after the year 9999"
      : "it would end in the past";
    throw new RangeError(`Cannot set a cooldown: ${state}`);
  }
  locked.ledger.rest(index, until);
  note(locked, index, {
    event: "account_cooldown",
    reason: `${ASKED_FOR}, until ${formatEnd(until)}`,
  });
  return wholeEnd(until);
}

/**
 * Removes the cooldowns of account `index`, or of all accounts.
 *
 * @throws {AccountError} If the account does not exist.
 */
function clearCooldowns(
  locked: Locked,
  index: number | undefined,
): void {
  if (index !== undefined) requireAccount(locked, index);
  if (index !== undefined) tellOfDisabled(locked, index);
  const indices = index === undefined ? allAccounts(locked) : [index];
  for (const it of indices) {
    if (!locked.ledger.clearCooldowns(it)) continue;
    note(locked, it, { event: "cooldown_cleared", reason: ASKED_FOR });
  }
}

function note(
  locked: Locked,
  index: number,
  told: { event: string; reason: string },
): void {
  locked.record({ level: "info", from: index, to: null, ...told });
}

/**
 * Sets the order in which rotation prefers the accounts; those that are not in
 * `order` follow by number. An empty order means ascending numbers.
 *
 * @throws {AccountError} If one of the accounts does not exist.
 * @throws {RangeError} If an account is named twice.
 */
function setOrder(locked: Locked, order: readonly number[]): void {
  for (const [place, index] of order.entries()) {
    requireAccount(locked, index);
    if (order.indexOf(index) === place) continue;
    throw new RangeError(
      `Cannot set the order: ${nameIn(locked, index)} is named twice`,
    );
  }
  const before = locked.state.order.join();
  locked.ledger.setOrder(order);
  if (locked.state.order.join() === before) return;
  const names = order.map((it) =>
    shortName({ index: it, label: accountState(locked.state, it).label })
  );
  locked.record({
    level: "info",
    event: "order_changed",
    from: null,
    to: null,
    reason: `asked for: ${names.join(", ") || "by number"}`,
  });
}
