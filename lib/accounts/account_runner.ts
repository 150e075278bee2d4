import { AccountError } from "../errors.ts";
import { noAccount, noneActive } from "../common_errors.ts";
import { takeSnapshot } from "../vault/snapshot.ts";
import { allAccounts } from "../disk/names.ts";
import { realSystem } from "../system/system.ts";
import { AccountReader } from "./account_reader.ts";
import { beginRun, type BeginRunOptions, type BegunRun } from "./begin_run.ts";
import { KIND, policyOf } from "../verdict/policy.ts";
import { awaitAgentLock } from "../vault/settle/agent_locks.ts";
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
} from "./refresh/refresh.ts";
import { accountsOfPlace, accountsOfServices, loginMark } from "./secret_of.ts";
import { findRemoval } from "../vault/settle/live_link.ts";
import type { SwitchResult } from "./switch_account.ts";
import {
  leaveFor,
  type LeaveForOptions,
  type SwitchNextOptions,
  switchToNext,
} from "./switch_next.ts";
import { type Update, update } from "./update.ts";
import type { RefreshResult } from "./refresh/exchange_tokens.ts";

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
   * @throws {AccountError} If no account has that number.
   * @throws {AccountError} If the user has disabled that account.
   * @throws {LoginNeededError} If the stash may have a newer login for it.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async beginRun(options: BeginRunOptions = {}): Promise<BegunRun> {
    const all = { quota: this.quotaWatch, ...options };
    return await this.update({ change: (locked) => beginRun(locked, all) });
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
    const { agentVersion } = this.options;
    try {
      return await this.update({
        look: ({ active }) => options.from ?? active,
        change: (locked, from) =>
          switchToNext(locked, { ...options, from, agentVersion }),
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
   * Returns the accounts `indexes`, and all others at the same services; takes
   * no lock and changes nothing.
   *
   * @internal
   */
  async accountsOfServices(indexes: ReadonlySet<number>): Promise<Set<number>> {
    return await accountsOfServices(await takeSnapshot(this.layout), indexes);
  }

  /**
   * Returns account `index`, and all others that a run for `model` asks at the
   * same address and for the same model; takes no lock and changes nothing.
   *
   * @internal
   */
  async accountsOfPlace(
    index: number,
    options: { model: string | undefined },
  ): Promise<Set<number>> {
    const snapshot = await takeSnapshot(this.layout);
    return await accountsOfPlace(snapshot, index, options);
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
    return await this.update({
      look: findRemoval,
      tellsOfRemoval: true,
      change: (locked, removal) =>
        continueRun(locked, run, { outcome: all, removal }, options),
    });
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
    await this.update({ change: (locked) => noteAnswer(locked, run) });
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
   * Returns `run` with the present login of its account, as after a refresh.
   *
   * @internal
   */
  async withPresentLogin(run: BegunRun): Promise<BegunRun> {
    if (run.login === undefined) return run;
    const snapshot = await takeSnapshot(this.layout);
    return { ...run, login: await loginMark(snapshot, run.account) };
  }

  /**
   * Changes something under the lock.
   *
   * @internal
   */
  protected async update<T, L = undefined>(it: Update<T, L>): Promise<T> {
    const { notify = () => {}, lockTimeoutMs, system = realSystem } =
      this.options;
    const { agentVersion, rotateLogins = false, namedAgent } = this.options;
    await awaitAgentLock(this.layout, { notify, system });
    const options = {
      notify,
      lockTimeoutMs,
      agentVersion,
      rotatesLogins: rotateLogins,
      reserved: await this.findReserved(),
      namedAgent,
      system,
    };
    return await update(this.layout, it, options);
  }

  /** Adds the version of an agent that refuses such logins, or what is full. */
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
    const { notify = () => {}, lockTimeoutMs, system = realSystem } =
      this.options;
    const { fetch } = realSystem;
    return { notify, lockTimeoutMs, system: { fetch, ...system } };
  }
}
