import { AccountError } from "../errors.ts";
import { noAccount, noneActive } from "../common_errors.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import { allAccounts } from "../disk/slot_names.ts";
import { realSystem } from "../system/system.ts";
import { AccountReader } from "./account_reader.ts";
import {
  beginRun,
  type BeginRunOptions,
  type BegunRun,
  loginMark,
} from "./begin_run.ts";
import { policyOf } from "../verdict/policy.ts";
import { awaitAgentLock } from "../vault/settle/agent_lock.ts";
import { continueRun, type ContinueRunOptions } from "./continue_run.ts";
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
  type RefreshResult,
} from "./refresh/refresh.ts";
import { accountsOfServices } from "./service_of.ts";
import { findRemoval } from "../vault/settle/removal.ts";
import type { SwitchResult } from "./switch_account.ts";
import {
  leaveFor,
  type LeaveForOptions,
  type SwitchNextOptions,
  switchToNext,
} from "./switch_next.ts";
import { type Update, update } from "./update.ts";

/** Begins and ends runs of the agent with the accounts of one folder. */
export class AccountRunner extends AccountReader {
  /**
   * Prepares a run of the agent: saves what an earlier run left, makes the link
   * if it is missing, chooses the account, and records the run. Call {@linkcode
   * endRun} when the run has ended.
   *
   * The account is `account`, else the active one, else the next one that
   * rotation may use. It becomes the active one only if the run reads its login
   * through the link: if it has no key, and the run is not `isApart`.
   *
   * @throws {LoginNeededError} If there are no accounts.
   * @throws {LoginNeededError} If rotation may use none of them.
   * @throws {AccountError} If no account has that number.
   * @throws {AccountError} If the user has disabled that one.
   * @throws {LoginNeededError} If the stash may have a newer login of it.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async beginRun(options: BeginRunOptions = {}): Promise<BegunRun> {
    return await this.update({
      change: (locked) => beginRun(locked, options),
    });
  }

  /**
   * Makes the next account the active one, in ascending order and from the
   * last one back to the first. If the active account is the only one, nothing
   * changes, and `switched` is `false`.
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
   * @throws {LoginNeededError} If none may be used.
   * @throws {NoAccountReadyError} If others will be ready later; says when.
   * @throws {AccountError} If none of the others may be used.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async switchNext(options: SwitchNextOptions = {}): Promise<SwitchResult> {
    try {
      return await this.update({
        look: ({ active }) => options.from ?? active,
        change: (locked, from) => switchToNext(locked, { ...options, from }),
      });
    } catch (error) {
      const index = error instanceof AccountError &&
          error.code === "only-account"
        ? error.index
        : undefined;
      if (index === undefined) throw error;
      return { switched: false, from: index, to: index };
    }
  }

  /**
   * Leaves account `from`, which is out, and returns the account to use instead.
   * Activates it, unless the active account is another one and ready. With
   * `ends`, first notes the end of that run, as {@linkcode endRun} does.
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
    const outcome = ends && await this.#withVersion(ends.outcome);
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
   * The accounts that go to the service of one of `indexes`, those included;
   * takes no lock and changes nothing.
   *
   * @internal
   */
  async accountsOfServices(indexes: ReadonlySet<number>): Promise<Set<number>> {
    return await accountsOfServices(await takeSnapshot(this.layout), indexes);
  }

  /**
   * Notes that a run of the agent has ended, and how, if that is known; brings
   * home what it put into the link's place.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async endRun(
    run: BegunRun,
    outcome: RunOutcome = { kind: "failed" },
  ): Promise<EndedRun> {
    const all = await this.#withVersion(outcome);
    return await this.update({
      look: findRemoval,
      tellsOfRemoval: true,
      change: (locked, removal) =>
        endRun(locked, run, { outcome: all, removal }),
    });
  }

  /**
   * Continues a run with another account, in one step: ends `run` as
   * {@linkcode endRun} does, leaves its account as {@linkcode leave} does, and
   * begins a run with the other one. Without another account `run` is ended all the same; with `mayStay` a
   * new run with its own account begins.
   *
   * @throws {LoginNeededError} If rotation may use none of them.
   * @throws {NoAccountReadyError} If others will be ready later; says when.
   * @throws {AccountError} If the account of `run` is the only one.
   * @throws {FileError} If the slot of the next one is unusable.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async continueRun(
    run: BegunRun,
    outcome: RunOutcome,
    options: ContinueRunOptions = {},
  ): Promise<BegunRun> {
    const all = await this.#withVersion(outcome);
    return await this.update({
      look: findRemoval,
      tellsOfRemoval: true,
      change: (locked, removal) =>
        continueRun(locked, run, { outcome: all, removal }, options),
    });
  }

  /**
   * Notes that the account of `run` has answered, while the run continues: its
   * ended cooldowns are removed, and other calls may use it.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   *
   * @internal
   */
  async noteAnswer(run: BegunRun): Promise<void> {
    await this.update({ change: (locked) => noteAnswer(locked, run) });
  }

  /**
   * Gets new tokens for account `index`, by default the active one; with
   * `withinMs` only if its token expires within that time. One process asks,
   * and the others wait for it.
   *
   * @throws {LoginNeededError} If there are no accounts.
   * @throws {AccountError} If no account is active.
   * @throws {LoginNeededError} If it needs a new login.
   * @throws {OAuthError} If the service grants nothing now.
   * @throws {AccountError} If no OAuth account has that number.
   * @throws {FileError} If its slot does not contain a login.
   * @throws {LoginNeededError} If the stash may have a newer login of it.
   * @throws {FileError} If the new tokens cannot be put into the slot.
   * @throws {BusyError} If another process holds the lock for too long.
   * @throws {BusyError} If another process refreshes for too long.
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
   * `withinMs`; 0 turns that off. Tells what goes wrong, and does not throw.
   *
   * @internal
   */
  async refreshIfDue(index: number, withinMs: number): Promise<DueOutcome> {
    const options = { ...this.#refreshOptions(), withinMs };
    return await refreshIfDue(this.layout, index, options);
  }

  /**
   * `run` with the login that its account has by now, as after a refresh.
   *
   * @internal
   */
  async withPresentLogin(run: BegunRun): Promise<BegunRun> {
    if (run.login === undefined) return run;
    return { ...run, login: await loginMark(this.layout, run.account) };
  }

  /**
   * Changes something under the lock.
   *
   * @internal
   */
  protected async update<T, L = undefined>(it: Update<T, L>): Promise<T> {
    const { notify = () => {}, lockTimeoutMs, system = realSystem } =
      this.options;
    const { agentVersion } = this.options;
    await awaitAgentLock(this.layout, { notify, system });
    const options = { notify, lockTimeoutMs, agentVersion, system };
    return await update(this.layout, it, options);
  }

  /** Adds the version of the agent that no longer accepts such logins. */
  async #withVersion(outcome: RunOutcome): Promise<RunOutcome> {
    if (policyOf(outcome).blames !== "account type") return outcome;
    const version = await this.options.agentVersion?.();
    return { ...outcome, agentVersion: version };
  }

  async #requireActive(): Promise<number> {
    const snapshot = await takeSnapshot(this.layout);
    if (snapshot.active !== undefined) return snapshot.active;
    const all = allAccounts(snapshot);
    throw all.length > 0 ? noneActive(all) : noAccount(this.layout.accounts);
  }

  #refreshOptions() {
    const { notify = () => {}, lockTimeoutMs, system = realSystem } =
      this.options;
    const { fetch } = realSystem;
    return { notify, lockTimeoutMs, system: { fetch, ...system } };
  }
}
