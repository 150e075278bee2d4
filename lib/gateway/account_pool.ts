/**
 * The accounts of a folder, as a gateway uses them. Rules:
 *
 * - One account serves at a time. Only a request that saw this account fail can
 *   leave it. If many requests meet the same exhaustion, the first one switches
 *   and the others use the account that it found.
 * - Each outcome is recorded once, when it arrives. Leaving an account ends its
 *   run with the verdict. The last run ends by whether its account has
 *   answered.
 * - While requests are in flight, nothing is held except the record of the run.
 *
 * @module
 */

import type { Verdict } from "../verdict/classify.ts";
import type { AccountManager } from "../accounts/account_manager.ts";
import type { BegunRun } from "../accounts/begin_run.ts";
import type { RunOutcome } from "../accounts/end_run.ts";
import { DEFAULTS } from "../settings.ts";
import { realSystem, type System } from "../system/system.ts";
import {
  type AccountPoolOptions,
  type LeftAccount,
  LONGEST_WAIT_MS,
  type Pool,
  type Serving,
  type Turn,
  type Upstream,
} from "./pool.ts";
import { AccountSearch } from "./account_search.ts";
import { Mishaps } from "./mishaps.ts";
import { modelOfRun } from "./upstreams.ts";
import { passes } from "../verdict/next_move.ts";
import { KIND, policyOf } from "../verdict/policy.ts";

/** A pool of the accounts of one kind; its first run has already begun. */
export class AccountPool implements Pool {
  /** The accounts that requests have left, in order. */
  readonly left: LeftAccount[] = [];
  /** The failures since the last answer. */
  readonly mishaps: Mishaps = new Mishaps();
  readonly #accounts: AccountManager;
  readonly #options: AccountPoolOptions;
  readonly #system: Pick<System, "now" | "elapsed" | "sleep">;
  readonly #except: Set<number>;
  readonly #first: BegunRun;
  readonly #search: AccountSearch;
  #serving: Serving | undefined;
  readonly #changes = new Changes();
  #account: number;
  #isEnded = false;

  private constructor(
    accounts: AccountManager,
    first: BegunRun,
    options: AccountPoolOptions,
  ) {
    this.#accounts = accounts;
    this.#first = first;
    this.#account = first.account;
    this.#options = options;
    this.#system = options.system ?? realSystem;
    this.#except = new Set(options.except);
    this.#search = new AccountSearch(accounts, {
      first,
      except: this.#except,
      kind: first.key ? "api-key" : "oauth",
      strategy: options.strategy,
      system: this.#system,
    });
  }

  /**
   * Creates a pool that begins with the account of `run`. The pool ends the
   * run.
   */
  static async of(
    accounts: AccountManager,
    run: BegunRun,
    options: AccountPoolOptions,
  ): Promise<AccountPool> {
    const pool = new AccountPool(accounts, run, options);
    await pool.#serve(run);
    return pool;
  }

  /** The account that requests go to, or the last one they went to. */
  get account(): number {
    return this.#account;
  }

  /** {@inheritDoc Pool.take} */
  async take(): Promise<Turn> {
    await this.#search.noticeChange();
    await this.#changes.take(
      () =>
        this.#serving !== undefined && !this.#isEnded &&
        this.#search.isCheckDue,
      () => this.#checkAccount(),
    );
    await this.#changes.take(
      () => !this.#serving && !this.#isEnded && this.#search.isDue,
      () => this.#findAccount(),
    );
    if (this.#serving) return this.#serving.turn;
    throw this.#isEnded
      ? new TypeError("Cannot use an account: the run has ended")
      : this.#search.error;
  }

  /** {@inheritDoc Pool.isOutage} */
  isOutage(): boolean {
    return this.mishaps.isOutage(this.#system.elapsed());
  }

  /** {@inheritDoc Pool.elsewhere} */
  readonly elsewhere: NonNullable<Pool["elsewhere"]> = async (turn, model) => {
    const { toUpstream } = this.#options;
    const from = turn?.upstream;
    const upstream = await this.#search.elsewhere(from, model, toUpstream);
    return upstream && this.#turnWith(upstream);
  };

  /**
   * Ends the current run with `outcome`. No request may be in flight.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async end(outcome?: RunOutcome): Promise<void> {
    this.#isEnded = true;
    this.#search.stop();
    await this.#changes.end();
    const serving = this.#serving;
    this.#serving = undefined;
    if (!serving) return;
    const kind = serving.hasAnswered ? KIND.ok : KIND.failed;
    await this.#accounts.endRun(serving.run, outcome ?? { kind });
  }

  #turnWith(upstream: Upstream): Turn {
    const { account } = upstream;
    const turn: Turn = {
      upstream,
      leave: async (verdict, options = {}) => {
        await this.#changes.take(
          () => this.#serving?.turn === turn,
          () => this.#leave({ account, verdict, ...options }),
        );
        const { run } = this.#serving ?? {};
        return run !== undefined && run.account !== account;
      },
      renew: async () => {
        await this.#changes.take(
          () => this.#serving?.turn === turn && !this.#serving.run.key,
          () => this.#renew(),
        );
        const now = this.#serving?.turn.upstream;
        return now?.account === account && now.secret !== upstream.secret;
      },
      answered: () => this.#noteAnswer(account),
      refused: (verdict) => this.mishaps.note({ account, verdict }),
    };
    return turn;
  }

  #noteAnswer(account: number): void {
    const serving = this.#serving;
    if (serving?.run.account !== account) return;
    this.mishaps.end();
    if (serving.hasAnswered) return;
    serving.hasAnswered = true;
    if (serving.run.seen.length === 0) return;
    const isDue = () => this.#serving === serving && !this.#isEnded;
    // Not awaited: if this cannot be saved now, it is saved at the end.
    this.#changes.take(isDue, () => this.#accounts.noteAnswer(serving.run))
      .catch(() => {});
  }

  async #serve(run: BegunRun): Promise<void> {
    this.#serving = undefined;
    this.#account = run.account;
    try {
      const turn = this.#turnWith(await this.#options.toUpstream(run));
      this.#serving = { run, turn, hasAnswered: false };
      this.#options.onAccount?.(run.account);
    } catch (error) {
      await this.#accounts.endRun(run, { kind: KIND.failed });
      throw error;
    }
  }

  async #leave(left: LeftAccount): Promise<void> {
    const { verdict } = left;
    const run = this.#serving?.run ?? this.#first;
    this.mishaps.note(left);
    const { blames } = policyOf(verdict);
    const isBroken = blames === "service" && !left.isPassedOn;
    if (isBroken && this.isOutage()) return;
    if (blames === "account type") this.#except.add(run.account);
    this.mishaps.count(left);
    const next = await this.#continue(run, verdict);
    if (next) await this.#serve(next);
    if (next?.account === run.account) {
      if (isBroken) this.mishaps.beginOutage(this.#system.elapsed());
      return;
    }
    left.to = next?.account;
    this.left.push(left);
    if (next) {
      return await this.#options.onSwitch?.({ ...left, to: next.account });
    }
    this.#serving = undefined;
    await this.#search.readReadiness();
    if (this.#isEnough) this.#search.pause();
  }

  /**
   * Begins a run with the next account. Returns `undefined` if none is ready,
   * or if enough accounts were tried.
   */
  async #continue(
    run: BegunRun,
    verdict: Verdict,
  ): Promise<BegunRun | undefined> {
    const model = modelOfRun(
      verdict,
      this.#first,
      this.#serving?.turn.upstream,
    );
    const outcome = { ...verdict, model, limits: this.#options.limits };
    if (this.#isEnough) {
      await this.#accounts.endRun(run, outcome);
      return undefined;
    }
    return await this.#search.continueFrom(run, outcome, {
      mishaps: this.mishaps,
      broken: this.mishaps.broken,
      mayStay: passes(verdict, {
        now: this.#system.now(),
        withinMs: LONGEST_WAIT_MS,
      }),
    });
  }

  /** Leaves the account if another process has stopped using it. */
  async #checkAccount(): Promise<void> {
    const { run, hasAnswered } = this.#serving ?? {};
    if (!run) return;
    if (!await this.#search.isAbandoned(run, !!this.#options.follows)) return;
    const kind = hasAnswered ? KIND.ok : KIND.failed;
    const next = await this.#search.continueFrom(run, { kind }, this);
    if (next) return await this.#serve(next);
    this.#serving = undefined;
    await this.#search.readReadiness();
  }

  get #isEnough(): boolean {
    return this.mishaps.inARow >
      (this.#options.maxRetries ?? DEFAULTS.maxRetries);
  }

  async #findAccount(): Promise<void> {
    this.mishaps.resetCount();
    const run = await this.#search.begin();
    if (run) await this.#serve(run);
  }

  async #renew(): Promise<void> {
    const serving = this.#serving;
    if (!serving) return;
    const { account } = serving.run;
    // A refusal is recorded where it happens.
    await this.#accounts.refresh(account).catch(() => {});
    const renewed = await this.#options.toUpstream(serving.run);
    // With the same token, the requests still share the turn.
    if (renewed.secret === serving.turn.upstream.secret) return;
    serving.turn = this.#turnWith(renewed);
  }
}

/** Runs changes one after another, each only if it is still due. */
export class Changes {
  #change: Promise<void> | undefined;

  /**
   * Runs `change` when no other is pending, if it is still due.
   *
   * @throws The error of this change, or of one that was pending before it.
   */
  async take(isDue: () => boolean, change: () => Promise<void>): Promise<void> {
    while (this.#change) await this.#change;
    if (!isDue()) return;
    this.#change = change().finally(() => this.#change = undefined);
    await this.#change;
  }

  /** Waits until no change is pending. */
  async end(): Promise<void> {
    while (this.#change) await this.#change.catch(() => {});
  }
}
