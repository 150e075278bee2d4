/**
 * The accounts of a folder, as a gateway uses them. Rules:
 *
 * - One account serves at a time: requests share the turn of the run. Only a
 *   request that saw this account fail can leave it. If many requests meet the
 *   same exhaustion, the first one switches and the others use the account that
 *   it found.
 * - Each outcome is recorded once, when it arrives. Leaving an account ends its
 *   run with the verdict. The last run ends by whether its account has
 *   answered.
 * - While requests are in flight, nothing is held except the record of the run.
 *
 * @module
 */

import type { Verdict } from "../../verdict/classify.ts";
import type { RunOutcome } from "../end_run.ts";
import { defaultOf } from "../../setting_lookup.ts";
import { type Notify, realSystem, type System } from "../../system/system.ts";
import type { AccountPoolOptions, LeftAccount, Pool, Turn } from "./pool.ts";
import { AccountSearch, SWITCHED } from "./account_search.ts";
import { Changes } from "./changes.ts";
import { Mishaps } from "./mishaps.ts";
import { Places } from "./places.ts";
import type { RunTurn } from "./run_turn.ts";
import { recordUsage } from "../record_usage.ts";
import { modelOfRun, type Upstream } from "./upstream.ts";
import { policyOf } from "../../verdict/policy.ts";
import { Overflow } from "./overflow.ts";

/** A pool of the accounts of one kind; its first run has already begun. */
export class AccountPool implements Pool {
  /** The accounts that requests have left, in order. */
  readonly left: LeftAccount[] = [];
  /** {@inheritDoc Pool.sink} */
  readonly sink: (Pool["sink"] & AsyncDisposable) | undefined;
  /** The failures since the last answer. */
  readonly mishaps: Mishaps = new Mishaps();
  readonly #options: AccountPoolOptions & {
    except: Set<number>;
    system: Pick<System, "now" | "elapsed" | "sleep">;
  };
  readonly #first: RunTurn;
  readonly #search: AccountSearch;
  readonly #others: Overflow;
  readonly #places: Places;
  readonly #changes = new Changes();
  /** The turn of the current run, or of the last one. */
  #own: RunTurn;
  /** The turn that requests share; `undefined` if no account serves. */
  #shared: Turn | undefined;
  /** When the ledger last said that its account is ready, epoch ms. */
  #asOf = 0;
  #isEnded = false;

  private constructor(turn: RunTurn, options: AccountPoolOptions) {
    const { system = realSystem } = options;
    const given = { ...options, except: new Set(options.except), system };
    this.sink = recordUsage(turn.accounts, options);
    this.#first = this.#own = turn;
    this.#options = given;
    const { mishaps } = this;
    this.#search = new AccountSearch(turn, { ...given, mishaps });
    this.#others = new Overflow(turn, {
      ...given,
      onLeave: (left) => {
        mishaps.note(left);
        this.left.push({ ...left, to: this.#shared?.upstream.account });
      },
    });
    this.#places = new Places(turn, {
      ...given,
      others: this.#others,
      onFull: (error) => mishaps.noteFailure(error),
    });
  }

  /** Creates a pool that begins with `turn`. The pool ends its run. */
  static async of(
    turn: RunTurn,
    options: AccountPoolOptions,
  ): Promise<AccountPool> {
    const pool = new AccountPool(turn, options);
    await pool.#serve(turn);
    return pool;
  }

  /** The account that requests go to, or the last one they went to. */
  get account(): number {
    return this.#own.account;
  }

  /** {@inheritDoc Pool.take} */
  async take(signal?: AbortSignal): Promise<Turn> {
    const deadline = this.#places.deadline();
    while (true) {
      const shared = await this.#current();
      const isShared = () => this.#shared === shared;
      const given = { asOf: this.#asOf, deadline, isShared, signal };
      const turn = await this.#places.enter(shared, given);
      if (turn) return turn;
      if (isShared()) this.#search.lookAgain();
    }
  }

  /** Returns the turn that requests share. */
  async #current(): Promise<Turn> {
    await this.#search.noticeChange();
    const search = this.#search;
    const isDue = () => this.#isServing && search.isEarlyDue(this.#own);
    const leave = () => search.leaveEarly(this.#own, (it) => this.#serve(it));
    if (isDue()) await this.#changes.take(isDue, leave);
    if (search.isReserved(this.#own)) search.lookAgain();
    if (this.#changes.isPending || search.isCheckDue || !this.#shared) {
      await this.#changes.take(
        () => this.#isServing && search.isCheckDue,
        () => this.#checkAccount(),
      );
      await this.#changes.take(
        () => !this.#shared && !this.#isEnded && search.isDue,
        () => this.#findAccount(),
      );
    }
    if (this.#shared) return this.#shared;
    throw this.#isEnded
      ? new TypeError("Cannot use an account: the run has ended")
      : search.error;
  }

  get #isServing(): boolean {
    return this.#shared !== undefined && !this.#isEnded;
  }

  /** {@inheritDoc Pool.isOutage} */
  isOutage(): boolean {
    return this.mishaps.isOutage(this.#options.system.elapsed());
  }

  /** {@inheritDoc Pool.elsewhere} */
  readonly elsewhere: NonNullable<Pool["elsewhere"]> = async (turn, model) => {
    const upstream = await this.#others.elsewhere(turn?.upstream, model);
    return upstream && this.#turnWith(upstream);
  };

  /**
   * Ends the current run with `outcome`. No request may be in flight.
   *
   * @throws {BusyError} If another process holds the lock for too long.
   */
  async end(outcome?: RunOutcome): Promise<void> {
    await this.#stop((turn) => turn.end());
    await this.#own.end(outcome);
  }

  /** Ends the current run as {@linkcode RunTurn.endOrNotify} does. */
  async endOrNotify(notify: Notify): Promise<void> {
    await this.#stop((turn) => turn.endOrNotify(notify));
    await this.#own.endOrNotify(notify);
  }

  /** Ends all but the current run; `endTurn` ends those with other accounts. */
  async #stop(endTurn: (turn: RunTurn) => Promise<unknown>): Promise<void> {
    this.#isEnded = true;
    this.#search.stop();
    await this.#changes.end();
    this.#share(undefined);
    await this.#others.end(endTurn);
    await this.#places[Symbol.asyncDispose]();
    await this.sink?.[Symbol.asyncDispose]();
  }

  #turnWith(upstream: Upstream): Turn {
    const { account } = upstream;
    const isShared = () => this.#shared === turn;
    const turn: Turn = {
      upstream,
      leave: async (verdict, options = {}) => {
        const left = { account, verdict, ...options };
        await this.#changes.take(isShared, () => this.#leave(left));
        return this.#shared !== undefined && this.account !== account;
      },
      renew: async () => {
        const isDue = () => isShared() && this.#own.kind === "oauth";
        await this.#changes.take(isDue, () => this.#renew(upstream));
        const now = this.#shared?.upstream;
        return now?.account === account && now.secret !== upstream.secret;
      },
      answered: () => this.#noteAnswer(account),
      refused: (verdict) => this.mishaps.note({ account, verdict }),
    };
    return turn;
  }

  #noteAnswer(account: number): void {
    const own = this.#own;
    if (!this.#shared || own.account !== account) return;
    this.mishaps.end();
    if (own.hasAnswered) return;
    own.hasAnswered = true;
    if (own.run.seen.length === 0) return;
    const isDue = () => this.#own === own && this.#isServing;
    // Not awaited: if this cannot be saved now, it is saved at the end.
    this.#changes.take(isDue, () => own.saveAnswer()).catch(() => {});
  }

  async #serve(own: RunTurn): Promise<void> {
    this.#own = own;
    this.#share(undefined);
    try {
      const upstream = await this.#options.toUpstream(own.run);
      this.#asOf = own.run.at;
      this.#share(this.#turnWith(upstream));
      this.#options.onAccount?.(own.account);
    } catch (error) {
      await own.end();
      throw error;
    }
  }

  /** Makes requests share `turn`; those that wait for another one look again. */
  #share(turn: Turn | undefined): void {
    this.#shared = turn;
    this.#places.wake();
  }

  async #leave(left: LeftAccount): Promise<void> {
    const { account, verdict } = left;
    this.mishaps.note(left);
    const { blames } = policyOf(verdict);
    const isBroken = blames === "service" && !left.isPassedOn;
    if (isBroken && this.isOutage()) return;
    if (blames === "account type") this.#options.except.add(account);
    this.mishaps.count(left);
    const next = await this.#next(verdict);
    if (next) await this.#serve(next);
    if (next?.account === account) {
      if (isBroken) this.mishaps.beginOutage(this.#options.system.elapsed());
      return;
    }
    left.to = next?.account;
    this.left.push(left);
    if (next) {
      return await this.#options.onSwitch?.({ ...left, to: next.account });
    }
    await this.#shareNone();
    if (this.#isEnough) this.#search.pause();
  }

  /**
   * Leaves the current turn and returns the next one; `undefined` if no account
   * is ready, or if enough accounts were tried.
   */
  async #next(verdict: Verdict): Promise<RunTurn | undefined> {
    const model = modelOfRun(verdict, this.#first.run, this.#shared?.upstream);
    const outcome = { ...verdict, model };
    if (this.#isEnough) {
      await this.#own.end(outcome);
      return undefined;
    }
    return await this.#search.next(this.#own, outcome, { verdict });
  }

  /** Leaves the account if another process has stopped using it. */
  async #checkAccount(): Promise<void> {
    const own = this.#own;
    this.#asOf = this.#options.system.now();
    const reason = await this.#search.abandonedFor(own.run);
    if (reason === undefined) return;
    const next = await this.#search.next(own, own.ownOutcome, { reason });
    if (!next) return await this.#shareNone();
    await this.#serve(next);
    const left = { account: own.account, to: next.account, reason };
    const isTold = reason !== SWITCHED && left.to !== left.account;
    if (isTold) await this.#options.onEarly?.(left);
  }

  async #shareNone(): Promise<void> {
    this.#share(undefined);
    await this.#search.readReadiness();
  }

  get #isEnough(): boolean {
    return this.mishaps.inARow >
      (this.#options.maxRetries ?? defaultOf("max-retries"));
  }

  async #findAccount(): Promise<void> {
    this.mishaps.resetCount();
    const turn = await this.#search.begin();
    if (turn) await this.#serve(turn);
  }

  async #renew({ account, secret }: Upstream): Promise<void> {
    const { accounts, run } = this.#own;
    // A refusal is recorded where it happens.
    await accounts.refresh(account).catch(() => {});
    const renewed = await this.#options.toUpstream(run);
    // With the same token, the requests still share the turn.
    if (renewed.secret !== secret) this.#shared = this.#turnWith(renewed);
  }
}
