import { noAccount, noneActive } from "../common_errors.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import { allAccounts } from "../disk/names.ts";
import { realSystem } from "../system/system.ts";
import { AccountReader } from "./account_reader.ts";
import { beginRun, type BegunRun } from "./begin_run.ts";
import type { BeginRunOptions } from "./choose_for_run.ts";
import { KIND, policyOf } from "../verdict/policy.ts";
import { awaitAgentLock } from "../vault/settle/agent_locks.ts";
import {
  continueEarly,
  type ContinueEarlyOptions,
  continueRun,
  type ContinueRunOptions,
  type EarlyRun,
} from "./continue_run.ts";
import {
  type EndedRun,
  endRun,
  noteAnswer,
  type RunOutcome,
} from "./end_run.ts";
import {
  type DueOutcome,
  refreshAccount,
  refreshIfDue,
} from "./refresh/refresh.ts";
import { findRemoval } from "../vault/settle/live_link.ts";
import { leaveFor, type LeaveForOptions } from "./switch_next.ts";
import { type Update, update } from "./update.ts";
import type { RefreshResult } from "./refresh/exchange_tokens.ts";
import type { Locked } from "../vault/locked.ts";
import {
  awaitStart,
  returnLease,
  type StartOptions,
} from "./refresh/leases.ts";

/** Starts and ends runs of the agent with the accounts of one folder. */
export class AccountRunner extends AccountReader {
  /**
   * Prepares a run of the agent: saves what an earlier run left behind, creates
   * the link if it is missing, chooses the account, and records the run. Call
   * {@linkcode endRun} when the run has ended.
   *
   * The account is `account`, else the active one, else the next one that
   * rotation may use. It is activated only if the run reads its login through
   * the link: if the account has no key, and the run is not `isApart`.
   *
   * @throws {LoginNeededError} If there are no accounts.
   * @throws {LoginNeededError} If rotation may use none of them.
   * @throws {NoAccountReadyError} If none is ready now; says when one is.
   * @throws {AccountError} If the account to leave is the only one.
   * @throws {AccountError} If no account has that number, or that kind.
   * @throws {AccountError} If the user has disabled that account.
   * @throws {AccountError} If several plan logins would be used at once.
   * @throws {LoginNeededError} If the stash may have a newer login for it.
   * @throws {FileError} If its slot is unusable.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async beginRun(options: BeginRunOptions = {}): Promise<BegunRun> {
    const all = { quota: this.quotaWatch, ...options };
    return await this.change((locked) => beginRun(locked, all));
  }

  /**
   * Leaves account `from`, which cannot be used now, and returns the account to
   * use instead. Activates it, unless another account is active and ready. With
   * `ends`, first records the end of that run, as {@linkcode endRun} does.
   *
   * @throws The errors of {@linkcode switchNext}, also if `from` is the only
   * account.
   *
   * @internal
   */
  async leave(
    { ends, ...options }: LeaveForOptions & {
      /** A run that ends now. @default none */
      ends?: { run: BegunRun; outcome: RunOutcome } | undefined;
    },
  ): Promise<number> {
    const outcome = ends &&
      await this.#withFacts(ends.run.account, ends.outcome);
    return await this.update({
      look: (before) => ends && findRemoval(before),
      tellsOfRemoval: ends !== undefined,
      async change(locked, removal) {
        if (ends && outcome) {
          await endRun(locked, ends.run, { outcome, removal });
        }
        return await leaveFor(locked, options);
      },
    });
  }

  /**
   * Records that a run of the agent has ended, and how, if that is known.
   * Settles what the run put in the place of the link.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async endRun(
    run: BegunRun,
    outcome: RunOutcome = { kind: KIND.failed },
  ): Promise<EndedRun> {
    const all = await this.#withFacts(run.account, outcome);
    return await this.#afterRun((locked, removal) =>
      endRun(locked, run, { outcome: all, removal })
    );
  }

  /**
   * Continues a run with another account, in one step: ends `run` as
   * {@linkcode endRun} does, leaves its account as {@linkcode leave} does, and
   * begins a run with the other account. If there is no other account, still
   * ends `run`; with `mayStay`, then begins a new run with the same account.
   *
   * @throws {LoginNeededError} If rotation may use no account.
   * @throws {NoAccountReadyError} If others will be ready later; says when.
   * @throws {AccountError} If the account of `run` is the only one.
   * @throws {FileError} If the slot of the next account is unusable.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async continueRun(
    run: BegunRun,
    outcome: RunOutcome,
    options: ContinueRunOptions = {},
  ): Promise<BegunRun> {
    const all = await this.#withFacts(run.account, outcome);
    return await this.#afterRun((locked, removal) =>
      continueRun(locked, run, { outcome: all, removal }, options)
    );
  }

  /**
   * Records that the service answered for the account of `run`, while the run
   * continues: removes its ended cooldowns, so that other calls may use it.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   *
   * @internal
   */
  async noteAnswer(run: BegunRun): Promise<void> {
    await this.change((locked) => noteAnswer(locked, run));
  }

  /**
   * Refreshes the login of account `index`, by default the active one; with
   * `withinMs`, only if its token expires within that time. One process asks
   * the service, and the others wait for it.
   *
   * @throws {LoginNeededError} If there are no accounts.
   * @throws {AccountError} If no account is active.
   * @throws {LoginNeededError} If it needs a new login.
   * @throws {OAuthError} If the service grants nothing now.
   * @throws {AccountError} If no OAuth account has that number.
   * @throws {FileError} If its slot does not contain a login.
   * @throws {LoginNeededError} If the stash may have a newer login for it.
   * @throws {FileError} If the new tokens cannot be saved in the slot.
   * @throws {BusyError} If another process holds the lock for too long.
   * @throws {BusyError} If a refresh by another process takes too long.
   */
  async refresh(
    index?: number,
    { withinMs }: { withinMs?: number | undefined } = {},
  ): Promise<RefreshResult> {
    const options = { ...this.#refreshOptions(), withinMs };
    const account = index ?? await this.#requireActive();
    return await refreshAccount(this.layout, account, options);
  }

  /**
   * Refreshes account `index` before a run if its token expires within
   * `withinMs`; 0 turns this off. Reports failures and does not throw.
   *
   * @internal
   */
  async refreshIfDue(index: number, withinMs: number): Promise<DueOutcome> {
    const options = { ...this.#refreshOptions(), withinMs };
    return await refreshIfDue(this.layout, index, options);
  }

  /**
   * Waits until the agent may start with the login of `run`, which it refreshes
   * itself: two starts at once could spend the refresh token twice. Returns
   * whether another start may have refreshed it meanwhile.
   *
   * @throws {BusyError} If another start may be refreshing it for too long.
   * @throws {BusyError} If the plain agent is running with the same login.
   *
   * @internal
   */
  async awaitStart(
    run: BegunRun,
    { force }: StartOptions = {},
  ): Promise<boolean> {
    const { layout, notify, system } = this;
    const change = this.change.bind(this);
    return await awaitStart(layout, run, { force, notify, system, change });
  }

  /**
   * Continues a run elsewhere before its account reaches a limit; returns
   * `undefined`, and changes nothing, if its account is not nearly full, or no
   * other has room.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   *
   * @internal
   */
  async continueEarly(
    run: BegunRun,
    outcome: RunOutcome,
    options: Omit<ContinueEarlyOptions, "quota">,
  ): Promise<EarlyRun | undefined> {
    const quota = this.quotaWatch;
    if (!quota) return undefined;
    return await this.#afterRun((locked, removal) =>
      continueEarly(locked, run, { outcome, removal }, { ...options, quota })
    );
  }

  /**
   * Lets other starts with the login of `run` begin, since the service has
   * answered. Does nothing if another process holds our lock for too long: the
   * lease ends by itself.
   *
   * @internal
   */
  async endStart({ account, id, store }: BegunRun): Promise<void> {
    if (store === undefined) return;
    const { layout, options: { lockTimeoutMs }, system } = this;
    const lease = { id };
    await returnLease(layout, account, { lease, lockTimeoutMs, system });
  }

  /**
   * Changes the folder under the lock, after the update has settled.
   *
   * @internal
   */
  protected async change<T>(
    change: (locked: Locked) => T | Promise<T>,
  ): Promise<T> {
    return await this.update({ change });
  }

  /**
   * Changes the folder under the lock, as `it` describes.
   *
   * @internal
   */
  protected async update<T, L = undefined>(it: Update<T, L>): Promise<T> {
    const { layout, notify, system } = this;
    const { rotateLogins: rotatesLogins = false } = this.options;
    await awaitAgentLock(layout, { notify, system });
    const reserved = await this.findReserved();
    const given = { ...this.options, notify, rotatesLogins, reserved, system };
    return await update(layout, it, given);
  }

  /** Changes the folder after a run, which may have removed the live file. */
  async #afterRun<T>(
    change: (locked: Locked, removal: number[] | undefined) => Promise<T>,
  ): Promise<T> {
    return await this.update({
      look: findRemoval,
      tellsOfRemoval: true,
      change,
    });
  }

  /**
   * Adds the version of an agent that refuses such logins, or the full window.
   */
  async #withFacts(index: number, outcome: RunOutcome): Promise<RunOutcome> {
    const { blames, limit } = policyOf(outcome);
    if (blames === "account type") {
      return { ...outcome, agentVersion: await this.options.agentVersion?.() };
    }
    const watch = limit === "long" ? this.quotaWatch : undefined;
    await watch?.look();
    return { ...outcome, ...watch?.whatIsFull(index, outcome.model) };
  }

  async #requireActive(): Promise<number> {
    const snapshot = await takeSnapshot(this.layout);
    if (snapshot.active !== undefined) return snapshot.active;
    const all = allAccounts(snapshot);
    throw all.length > 0 ? noneActive(all) : noAccount(this.layout.accounts);
  }

  #refreshOptions() {
    const { notify, options: { lockTimeoutMs } } = this;
    const { fetch } = realSystem;
    return { notify, lockTimeoutMs, system: { fetch, ...this.system } };
  }
}
