import type { AccountError } from "../errors.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import { activateIfIdle, switchAway } from "./activate.ts";
import { AccountRunner } from "./account_runner.ts";
import { refusalOfPlan } from "./plan_logins.ts";
import { formatEnd, wholeEnd } from "../ledger/state_values.ts";
import { allAccounts } from "../disk/names.ts";
import { errorCode, runtime } from "../system/mod.ts";
import { isDisabled, tellOfDisabled } from "../vault/block.ts";
import { ASKED_FOR } from "../ledger/cooldown.ts";
import { requireAccount } from "./switch_account.ts";
import { accountIn, nameIn } from "../vault/account_name.ts";
import { shortName } from "../account_name.ts";
import { accountState } from "../ledger/state.ts";
import { MAX_WEIGHT, type Pin, pinAbove } from "../ledger/preferences.ts";
import { slotProblem } from "./slot_problem.ts";

/** What disabling or enabling an account has changed. */
export interface DisableResult {
  /** Whether this call has changed anything. */
  changed: boolean;
  /** The account that was active before. */
  from: number | undefined;
  /** The account that is active now. */
  active: number | undefined;
}

/** RFC 3339 has no later years. */
const LAST_END = Date.UTC(9999, 11, 31);

/** Sets which accounts rotation may use, in which order, and when. */
export class AccountRules extends AccountRunner {
  /**
   * Excludes account `index` from rotation until {@linkcode enable} is called:
   * no rule, run or answer chooses it. Deletes nothing; its current runs
   * continue. If it is the active account, activates another one.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async disable(index: number): Promise<DisableResult> {
    return await this.change(async (locked) => {
      requireAccount(locked, index);
      const from = locked.active;
      const changed = !isDisabled(locked, index);
      if (changed) {
        // The link moves before state.yaml says that the account is disabled: if
        // this fails, the account is not disabled, and the link may stay.
        await switchAway(locked, index, { active: from, reason: "disabled" });
        locked.vault.deactivate(index);
        locked.ledger.disable(index);
        locked.record({ event: "account_disabled", from: index });
      }
      return { changed, from, active: locked.active };
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
    return await this.change(async (locked) => {
      requireAccount(locked, index);
      const from = locked.active;
      const changed = isDisabled(locked, index);
      if (changed) {
        locked.ledger.enable(index);
        locked.record({ event: "account_enabled", from: index });
        if (await slotProblem(locked, index) === undefined) {
          const given = { active: from, reason: "enabled" };
          await activateIfIdle(locked, index, given);
        }
      }
      return { changed, from, active: locked.active };
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
    await this.change((locked) => {
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
      const names = order.map((it) => shortName(accountIn(locked, it)));
      const reason = `asked for: ${names.join(", ") || "by number"}`;
      locked.record({ event: "order_changed", reason });
    });
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
    await this.change((locked) => {
      requireAccount(locked, index);
      const isAllowed = weight === undefined ||
        Number.isInteger(weight) && weight >= 1 && weight <= MAX_WEIGHT;
      if (!isAllowed) {
        throw new RangeError(
          `Cannot set the weight ${weight}: it is not a whole number from 1 ` +
            `to ${MAX_WEIGHT}`,
        );
      }
      const { weight: before } = accountState(locked.state, index);
      if (before === weight) return;
      locked.ledger.setWeight(index, weight);
      const reason = `asked for: ${before ?? "none"} -> ${weight ?? "none"}`;
      locked.record({ event: "account_weighted", from: index, reason });
    });
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
    return await this.change((locked) => {
      if (index !== undefined) requireAccount(locked, index);
      const from = locked.state.pins?.get(name);
      if (from === index) return false;
      locked.ledger.pin(name, index);
      const event = index === undefined ? "folder_unpinned" : "folder_pinned";
      locked.record({ event, from, to: index, reason: `asked for: ${name}` });
      return true;
    });
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
    return await this.#rest(index, (now) => now + durationMs);
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
    return await this.#rest(index, () => until);
  }

  async #rest(index: number, endAt: (now: number) => number): Promise<number> {
    return await this.change((locked) => {
      const until = endAt(locked.now);
      requireAccount(locked, index);
      if (!(until > locked.now && until < LAST_END)) {
        const state = until > locked.now
          ? "it would end after the year 9999"
          : "it would end in the past";
        throw new RangeError(`Cannot set a cooldown: ${state}`);
      }
      locked.ledger.rest(index, until);
      const reason = `${ASKED_FOR}, until ${formatEnd(until)}`;
      locked.record({ event: "account_cooldown", from: index, reason });
      return wholeEnd(until);
    });
  }

  /**
   * Removes the cooldowns of account `index`, or of all accounts.
   *
   * @throws {AccountError} If the account does not exist.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async clearCooldowns(index?: number): Promise<void> {
    await this.change((locked) => {
      if (index !== undefined) {
        requireAccount(locked, index);
        tellOfDisabled(locked, index);
      }
      for (const it of index === undefined ? allAccounts(locked) : [index]) {
        if (!locked.ledger.clearCooldowns(it)) continue;
        locked.record({
          event: "cooldown_cleared",
          from: it,
          reason: ASKED_FOR,
        });
      }
    });
  }
}

/**
 * Returns `folder` as pins name it: absolute and without links. If the folder is
 * gone, only the links above it are followed, so that its pin can be removed.
 */
export async function pinnedName(folder: string): Promise<string> {
  try {
    const real = await runtime.files.realPath(folder);
    if (real !== undefined) return real;
  } catch (error) {
    // A file may have replaced the folder above; the pin can be removed.
    if (errorCode(error) !== "ENOTDIR") throw error;
  }
  const whole = folder.startsWith("/")
    ? folder
    : `${runtime.host.cwd()}/${folder}`;
  const parts: string[] = [];
  for (const it of whole.split("/")) {
    if (it === "..") parts.pop();
    else if (it !== "" && it !== ".") parts.push(it);
  }
  const name = parts.pop();
  if (name === undefined) return "/";
  const above = await pinnedName(`/${parts.join("/")}`);
  return `${above === "/" ? "" : above}/${name}`;
}
