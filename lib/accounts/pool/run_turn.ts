import type { Notify } from "../../system/system.ts";
import type { CooldownLimits } from "../../ledger/cooldown_length.ts";
import { messageOf } from "../../system/message_of.ts";
import { type AccountKind, nameFrom } from "../../vault/account_name.ts";
import { KIND } from "../../verdict/policy.ts";
import type { AccountManager } from "../account_manager.ts";
import type { BegunRun } from "../begin_run.ts";
import type { BeginRunOptions } from "../choose_for_run.ts";
import {
  type ContinueEarlyOptions,
  type ContinueRunOptions,
  unlessNoneLeft,
} from "../continue_run.ts";
import type { EndedRun, RunOutcome } from "../end_run.ts";
import type { StartOptions } from "../refresh/leases.ts";
import { loginMark } from "../secret_of.ts";
import { takeSnapshot } from "../../vault/snapshot.ts";

/** How to take an account for a run. */
interface TakeOptions extends BeginRunOptions {
  /** The longest cooldown. @default a day, or an hour */
  limits?: CooldownLimits | undefined;
}

/** How to leave an account, and which one to use instead. */
interface NextOptions extends ContinueRunOptions {
  /** The account that is out. @default the account of the turn */
  from?: number | undefined;
}

/**
 * An account that was taken for a run of the agent, until the run leaves it.
 * Through the link a run has a turn of its own; a pool shares one among the
 * requests of a run. The record of the run ends once: by itself, or in the
 * update that leaves the account.
 */
export class RunTurn {
  /** The accounts, of which this turn has one. */
  readonly accounts: AccountManager;
  /** Whether the account has answered. */
  hasAnswered = false;
  readonly #limits: CooldownLimits | undefined;
  #run: BegunRun;
  #hasEnded = false;

  private constructor(
    accounts: AccountManager,
    run: BegunRun,
    limits: CooldownLimits | undefined,
  ) {
    this.accounts = accounts;
    this.#run = run;
    this.#limits = limits;
  }

  /**
   * Begins a run with the account that `options` choose.
   *
   * @throws The errors of {@linkcode AccountManager.beginRun}.
   */
  static async take(
    accounts: AccountManager,
    { limits, ...options }: TakeOptions = {},
  ): Promise<RunTurn> {
    return new RunTurn(accounts, await accounts.beginRun(options), limits);
  }

  /** The run. */
  get run(): BegunRun {
    return this.#run;
  }

  /** The account. */
  get account(): number {
    return this.#run.account;
  }

  /** The kind of the account. */
  get kind(): AccountKind {
    return this.#run.key ? "api-key" : "oauth";
  }

  /** How the run ends if nothing else is known: by whether it has answered. */
  get ownOutcome(): RunOutcome {
    return { kind: this.hasAnswered ? KIND.ok : KIND.failed };
  }

  /**
   * Refreshes a token that expires within `withinMs`; 0 for never. If the
   * account needs a new login, ends the run and returns `false`. A login that
   * the agent refreshes is left to it, one start at a time.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   * @throws {BusyError} If another process may be refreshing that login.
   */
  async renew(withinMs: number, options: StartOptions = {}): Promise<boolean> {
    if (this.#run.key) return true;
    const { accounts, account } = this;
    if (this.#run.store !== undefined) {
      if (await accounts.awaitStart(this.#run, options)) {
        await this.#renewLogin();
      }
      return true;
    }
    const outcome = await accounts.refreshIfDue(account, withinMs);
    if (outcome === "refreshed") await this.#renewLogin();
    if (outcome !== "login needed") return true;
    await this.end({ kind: KIND.login });
    return false;
  }

  /**
   * Saves that the account has answered, while the run continues.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async saveAnswer(): Promise<void> {
    await this.accounts.noteAnswer(this.#run);
  }

  /**
   * Ends the run, unless it has ended.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async end(
    outcome: RunOutcome = this.ownOutcome,
  ): Promise<EndedRun | undefined> {
    if (this.#hasEnded) return undefined;
    const all = this.#withLimits(outcome);
    const ended = await this.accounts.endRun(this.#run, all);
    this.#hasEnded = true;
    return ended;
  }

  /**
   * Ends the run, unless it has ended. If that fails, notifies: the next command
   * repairs what is left.
   */
  async endOrNotify(
    notify: Notify,
    outcome?: RunOutcome,
  ): Promise<EndedRun | undefined> {
    try {
      return await this.end(outcome);
    } catch (error) {
      this.#hasEnded = true;
      const what = this.#run.key ? "note the end of its run" : "save its login";
      const name = await nameFrom(this.accounts, this.account);
      notify(
        `${name}: cannot ${what}; the next command tries again: ` +
          messageOf(error),
      );
      return undefined;
    }
  }

  /**
   * Leaves the account, ends the run in the same update, and returns a turn with
   * the next account that is ready; `undefined` if there is none.
   *
   * @throws {FileError} If the slot of the next account is unusable.
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async next(
    outcome: RunOutcome,
    { from = this.account, mayStay, reason, ...options }: NextOptions = {},
  ): Promise<RunTurn | undefined> {
    if (this.#hasEnded) {
      const insteadOf = { account: from, reason: reason ?? outcome.kind };
      return await this.takeAnother({ ...options, insteadOf });
    }
    const { accounts } = this;
    const all = this.#withLimits(outcome);
    const run = await unlessNoneLeft(
      accounts.continueRun(this.#run, all, { ...options, mayStay, reason }),
    );
    this.#hasEnded = true;
    return run && new RunTurn(accounts, run, this.#limits);
  }

  /**
   * Leaves the account before it reaches a limit, and returns a turn with one
   * that has room, and the reason; `undefined`, and the turn continues, if there is
   * none.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async nextEarly(
    options: Omit<ContinueEarlyOptions, "quota">,
  ): Promise<{ turn: RunTurn; reason: string } | undefined> {
    const { accounts } = this;
    const outcome = this.#withLimits(this.ownOutcome);
    const early = await accounts.continueEarly(this.#run, outcome, options);
    if (!early) return undefined;
    this.#hasEnded = true;
    const turn = new RunTurn(accounts, early.run, this.#limits);
    return { turn, reason: early.reason };
  }

  /**
   * Leaves the account and ends the run in the same update, without a next run.
   * Returns the account that later runs use; `undefined` if none is ready.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async leave(
    outcome: RunOutcome,
    { from = this.account, ...options }: Omit<
      NextOptions,
      "mayStay" | "reason"
    > = {},
  ): Promise<number | undefined> {
    const run = this.#run;
    const ends = this.#hasEnded
      ? undefined
      : { run, outcome: this.#withLimits(outcome) };
    const all = { model: run.model, ...options, from, reason: outcome.kind };
    const to = await unlessNoneLeft(this.accounts.leave({ ...all, ends }));
    this.#hasEnded = true;
    return to;
  }

  /**
   * Takes an account for another run of the same kind and model; returns
   * `undefined` if none is ready.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async takeAnother(options: BeginRunOptions): Promise<RunTurn | undefined> {
    const { model, reads } = this.#run;
    const limits = this.#limits;
    return await unlessNoneLeft(
      RunTurn.take(this.accounts, { model, ...options, ...reads, limits }),
    );
  }

  /** The account has another login now, as after a refresh. */
  async #renewLogin(): Promise<void> {
    if (this.#run.login === undefined) return;
    const snapshot = await takeSnapshot(this.accounts.layout);
    const login = await loginMark(snapshot, this.account);
    this.#run = { ...this.#run, login };
  }

  #withLimits(outcome: RunOutcome): RunOutcome {
    return { ...outcome, limits: this.#limits };
  }
}
